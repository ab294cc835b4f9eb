/** The one clock of a replay, as its own line tells it. */
import { useEffect, useState } from 'react';
import type { ReplayDocument, ReplayRow } from '#gateway/contracts/replays.ts';
import { api, Problem } from '../../api.ts';
import { frameOf, lineTo, live, useLineOf, useLive, useRows } from '../../live/live.ts';
import type { LiveStore } from '../../live/store.ts';

/** The line of a replay, as long as the component is there. `framed`: the frame of the page is about it. */
export function useReplayLine(id: string, framed: boolean): LiveStore | null {
  const [store, setStore] = useState<LiveStore | null>(null);
  useEffect(() => {
    const line = lineTo(`/api/v1/replays/live?replay=${encodeURIComponent(id)}`);
    line.line.begin();
    setStore(line);
    if (framed) frameOf(line);
    return () => {
      setStore(null);
      if (framed) frameOf(live);
      line.line.end('left');
    };
  }, [id, framed]);
  return store;
}

/** Null before it was told. */
export function useClock(): ReplayRow | null {
  const told = useRows('system').rows.find(({ key }) => key === 'replay');
  return (told?.row as unknown as ReplayRow | undefined) ?? null;
}

/** Why it is no more; null while it is. Asked once for each time its line breaks. */
export function useEnded(id: string): string | null {
  const { state } = useLineOf(useLive());
  const [ended, setEnded] = useState<string | null>(null);
  const tries = state.is === 'waiting' ? state.tries : null;
  useEffect(() => {
    if (tries === null) return;
    api<ReplayDocument>('GET', `/api/v1/replays/${id}`).then(
      (found) => setEnded(found.ended),
      (error: unknown) => {
        if (error instanceof Problem && error.status === 404) setEnded('the gateway that played it is no more');
      },
    );
  }, [id, tries]);
  return ended;
}
