/** Which day and which moment of it a replay's address names, and when a replay that is open shows that moment: whoever is sent the link sees the same. */
import type { ReplayAsked, ReplayDocument, ReplayPosition } from '#gateway/contracts/replays.ts';

export type Named = Readonly<{
  /** Null: no day is named yet. */
  source: ReplayAsked | null;
  /** Null: wherever it stands, or begins. A number alone: as it arrived. */
  at: ReplayPosition | Readonly<{ seq: number }> | null;
  /** The one that was open when the address was taken; it may have ended since. */
  replay: string | null;
}>;

type Search = Readonly<Record<string, string>>;

/** What is no moment is no wish for one. */
export function namedIn(search: Search): Named {
  const { journal, run, at, replay } = search;
  return {
    source: journal !== undefined && journal !== '' ? { journal } : run !== undefined && run !== '' ? { run } : null,
    at: positionIn(at),
    replay: replay === undefined || replay === '' ? null : replay,
  };
}

/** `8412077` or `8412077@1767609120000000`. */
export function positionIn(text: string | undefined): Named['at'] {
  const [, seq, , at] = /^(\d{1,15})(@(\d{1,16}))?$/.exec(text ?? '') ?? [];
  if (seq === undefined) return null;
  return at === undefined ? { seq: Number(seq) } : { seq: Number(seq), at: Number(at) };
}

export const positionText = ({ seq, at }: ReplayPosition): string => `${seq}@${at}`;

export const sourceIn = (source: ReplayAsked): Readonly<{ journal: string | null; run: string | null }> =>
  'journal' in source ? { journal: source.journal, run: null } : { journal: null, run: source.run };
export const nameOfSource = (source: ReplayAsked): string => ('journal' in source ? source.journal : source.run);

/**
 * Whether that replay is the one to go on with. It is shared: one that stands elsewhere is somebody else's to move, and who wants to see the
 * moment of a link gets a replay of their own.
 */
export function showsIt({ source, stands, ended }: Pick<ReplayDocument, 'source' | 'stands' | 'ended'>, named: Named): boolean {
  if (ended !== null) return false;
  if (named.source !== null && JSON.stringify(source) !== JSON.stringify(named.source)) return false;
  if (named.at === null || stands.playing) return true;
  return stands.seq === named.at.seq && (!('at' in named.at) || stands.at === named.at.at);
}
