/** The replay that an address names: joined where it is open and shows that moment, opened anew otherwise. One is asked for at a time. */
import { useEffect, useRef, useState } from 'react';
import type { ReplayAsked, ReplayDocument } from '#gateway/contracts/replays.ts';
import { api, Problem } from '../../api.ts';
import { type Named, showsIt } from './replay-address.ts';

export type Opened = Readonly<
  { is: 'none' } | { is: 'opening'; what: string } | { is: 'failed'; error: unknown } | { is: 'open'; replay: ReplayDocument }
>;

/** `open`: another day, or the same one anew. */
export function useOpened(named: Named): readonly [Opened, (found: ReplayDocument | null) => void, () => void] {
  const [opened, setOpened] = useState<Opened>({ is: 'none' });
  const [tries, setTries] = useState(0);
  const newest = useRef(named);
  newest.current = named;
  const id = opened.is === 'open' ? opened.replay.id : null;
  // the address follows the replay that is open: only another name in it is a wish
  const wish = named.replay ?? JSON.stringify(named.source);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `wish` and `tries` stand for what is asked
  useEffect(() => {
    const asked = newest.current;
    if (asked.replay !== null && asked.replay === id) return;
    if (asked.source === null && asked.replay === null) {
      setOpened({ is: 'none' });
      return;
    }
    let over = false;
    setOpened({ is: 'opening', what: asked.source === null ? `replay ${asked.replay}` : Object.values(asked.source)[0]! });
    shown(asked).then(
      (replay) => {
        if (!over) setOpened({ is: 'open', replay });
      },
      (error: unknown) => {
        if (!over) setOpened({ is: 'failed', error });
      },
    );
    return () => {
      over = true;
    };
  }, [wish, tries]);
  return [opened, (replay) => setOpened(replay === null ? { is: 'none' } : { is: 'open', replay }), () => setTries((count) => count + 1)];
}

async function shown(named: Named): Promise<ReplayDocument> {
  const found = named.replay === null ? null : await stillThere(named.replay);
  if (found !== null && showsIt(found, named)) return found;
  const source = named.source ?? found?.source ?? null;
  if (source === null)
    throw new Problem(
      404,
      'not-found',
      'It has ended',
      `replay ${named.replay} is no more`,
      'choose the day it played below: it is opened again',
    );
  const at = named.at ?? null;
  const replay = await openDay(source);
  if (at === null) return replay;
  const stands = await api<ReplayDocument['stands']>('POST', `/api/v1/replays/${replay.id}/move`, { body: { to: at } });
  return { ...replay, stands };
}

export const openDay = (source: ReplayAsked): Promise<ReplayDocument> => api<ReplayDocument>('POST', '/api/v1/replays', { body: source });

async function stillThere(id: string): Promise<ReplayDocument | null> {
  try {
    return await api<ReplayDocument>('GET', `/api/v1/replays/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 410)) return null;
    throw error;
  }
}
