/** Moves a replay: one is under way at a time, and of those that are asked for meanwhile the last one counts. */
import { useCallback, useRef, useState } from 'react';
import type { ReplayMove, ReplayStanding } from '#gateway/contracts/replays.ts';
import { api } from '../../api.ts';
import { toast } from '../../ui/toasts.tsx';

export type Moves = Readonly<{
  move: (move: ReplayMove) => void;
  /** What is under way; null: nothing. */
  busy: ReplayMove | null;
  /** Why the last one did not lead anywhere; null where it did. */
  told: string | null;
}>;

const NOWHERE: Partial<Record<NonNullable<ReplayStanding['why']>, string>> = {
  start: 'this is the beginning',
  end: 'this is the end',
  'none further': 'there is none further in that direction',
};

export function useMoves(id: string): Moves {
  const [busy, setBusy] = useState<ReplayMove | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const underWay = useRef(false);
  const next = useRef<ReplayMove | null>(null);
  const move = useCallback(
    (wanted: ReplayMove): void => {
      if (underWay.current) {
        next.current = wanted;
        return;
      }
      underWay.current = true;
      setBusy(wanted);
      void api<ReplayStanding>('POST', `/api/v1/replays/${id}/move`, { body: wanted })
        .then(
          ({ why }) => setTold('play' in wanted || 'to' in wanted ? null : ((why === null ? null : NOWHERE[why]) ?? null)),
          (error: unknown) => toast('stop', 'The replay did not move', error instanceof Error ? error.message : String(error)),
        )
        .finally(() => {
          underWay.current = false;
          const after = next.current;
          next.current = null;
          setBusy(null);
          if (after !== null) move(after);
        });
    },
    [id],
  );
  return { move, busy, told };
}
