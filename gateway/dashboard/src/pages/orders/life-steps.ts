/** The life of an order as steps of a timeline: what led to it, what was judged, what was asked, what the venue said, what it became. */
import type { OrderLife } from '../../asked.ts';

type Link = OrderLife['life'][number];
export type Kind = 'cause' | 'approved' | 'terms' | 'asked' | 'answer' | 'move' | 'fill' | 'money' | 'end';
export type Step = Readonly<{
  link: Link;
  kind: Kind;
  title: string;
  /** The state it led to; null where it moved none. */
  state: string | null;
  /** µs since the step before; 0 for the first. */
  afterUs: number;
}>;

const ENDED = /^(FILLED|REJECTED|CANCELLED|EXPIRED)$/;

export function stepsOf(life: readonly Link[]): Step[] {
  let before: number | null = null;
  const known = new Set<string>();
  const steps: Step[] = [];
  for (const link of life) {
    // a clause and what it belongs to share an address; the same sentence twice is told once
    const key = `${link.address} ${link.type} ${link.what}`;
    if (known.has(key)) continue;
    known.add(key);
    const at = microsOf(link.at);
    const moved = link.type === 'OrderMoved' ? /went from (\S+) to (\w+)/.exec(link.what) : null;
    const state = moved?.[2] ?? null;
    steps.push({ link, ...titleOf(link, state), state, afterUs: before === null ? 0 : Math.max(0, at - before) });
    before = at;
  }
  return steps;
}

const FEW = 4;

/** Steps of which long runs of fills, with what the venue said and was booked of them, are one part. Nothing is left out and nothing moved. */
export function foldedFills(steps: readonly Step[]): (Step | readonly Step[])[] {
  const parts: (Step | readonly Step[])[] = [];
  let run: Step[] = [];
  const end = (): void => {
    // what the venue says of a fill stands before it: what is left behind the last fill is a step of its own
    const last = run.findLastIndex(({ kind }) => kind === 'fill') + 1;
    const first = run.slice(0, last).filter(({ kind }) => kind === 'fill').length > FEW ? [run.slice(0, last)] : run.slice(0, last);
    parts.push(...first, ...run.slice(last));
    run = [];
  };
  for (const step of steps) {
    if (ofFills(step)) run.push(step);
    else {
      end();
      parts.push(step);
    }
  }
  end();
  return parts;
}

const ofFills = ({ kind, link: { type, what } }: Step): boolean =>
  kind === 'fill' || kind === 'money' || type === 'Tick' || (kind === 'answer' && /filled/i.test(what));

function titleOf({ type, what }: Link, state: string | null): Readonly<{ kind: Kind; title: string }> {
  switch (type) {
    case 'OrderApproved':
      return { kind: 'approved', title: 'Approved' };
    case 'OrderAdopted':
      return { kind: 'approved', title: 'Found at the venue' };
    case 'OrderQualified':
      return { kind: 'terms', title: 'Terms' };
    case 'OrderRequested':
      return {
        kind: 'asked',
        title: what.startsWith('cancel') ? 'Cancel asked for' : what.startsWith('replace') ? 'Change asked for' : 'Sent',
      };
    case 'VenueReported':
    case 'OrderReported':
      return { kind: 'answer', title: 'Venue' };
    case 'OrderMoved':
      return { kind: state !== null && ENDED.test(state) ? 'end' : 'move', title: state?.replaceAll('_', ' ') ?? 'Moved' };
    case 'OrderFilled':
      return { kind: 'fill', title: 'Fill' };
    case 'OrderRetired':
      return { kind: 'end', title: 'Put away' };
    case 'Posted':
      return { kind: 'money', title: 'Booked' };
    case 'Clause':
      return { kind: 'terms', title: 'Clause' };
    default:
      return { kind: 'cause', title: type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) };
  }
}

/** `2026-01-05T10:32:00.123456Z` as µs; digits behind the milliseconds are kept. */
export function microsOf(iso: string): number {
  const [, rest = ''] = /\.\d{3}(\d{0,3})/.exec(iso) ?? [];
  return Date.parse(iso.replace(/(\.\d{3})\d+/, '$1')) * 1_000 + Number(rest.padEnd(3, '0'));
}
