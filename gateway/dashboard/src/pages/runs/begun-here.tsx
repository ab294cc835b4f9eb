/** Backtests and branches that this gateway began, as they wait, run and end: all of it is pushed. */

import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { RunRow } from '#gateway/contracts/rows.ts';
import { api } from '../../api.ts';
import { useRows } from '../../live/live.ts';
import { useSecond } from '../../second.ts';
import { reaches, useWho } from '../../session.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failed } from '../../ui/states.tsx';
import { toast } from '../../ui/toasts.tsx';
import { span } from '../../zone.ts';
import { RunLink } from './run-link.tsx';

const TONES: Record<RunRow['state'], Tone> = { waiting: 'calm', running: 'accent', done: 'good', failed: 'stop', cancelled: 'calm' };
/** Of those that ended the newest are shown. */
const ENDED_SHOWN = 5;

export function BegunHere() {
  const runs = useRows('runs');
  const rows = runs.rows.map(({ row }) => row);
  useReadAgain(rows);
  const going = rows.filter(({ state }) => state === 'waiting' || state === 'running');
  const ended = rows.filter((row) => !going.includes(row)).slice(-ENDED_SHOWN);
  const shown = [...going, ...ended.reverse()];
  if (shown.length === 0) return null;
  return (
    <Panel title="Begun here" count={going.length === 0 ? 'none runs now' : `${going.length} now`}>
      <ul>
        {shown.map((row) => (
          <One key={row.backtest} row={row} />
        ))}
      </ul>
    </Panel>
  );
}

/** A run that came into the catalogue is not in the lists that were read before. */
function useReadAgain(rows: readonly RunRow[]): void {
  const client = useQueryClient();
  const done = rows.filter(({ state }) => state === 'done').length;
  const before = useRef(done);
  useEffect(() => {
    if (done > before.current)
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey.some((part) => String(part).startsWith('/api/v1/runs?')) });
    before.current = done;
  }, [done, client]);
}

function One({ row }: Readonly<{ row: RunRow }>) {
  const { backtest, kind, state, share, strategy, over, by, askedAt, startedAt, endedAt, run, result, problem } = row;
  const who = useWho();
  const now = useSecond();
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState(false);
  const may = reaches(who.role, 'trader') && (by === who.user || reaches(who.role, 'admin'));
  const cancel = (): void => {
    setAsked(true);
    api('DELETE', `/api/v1/backtests/${backtest}`).then(
      () => toast('calm', 'It was ended', `${strategy ?? kind} over ${over.join(', ')}`),
      (refused: unknown) => {
        setAsked(false);
        setError(refused);
      },
    );
  };
  const going = state === 'waiting' || state === 'running';
  const took = startedAt === null ? null : (endedAt ?? now * 1_000) - startedAt;
  return (
    <li
      data-begun={backtest}
      data-state={state}
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line/60 px-3 py-2 first:border-t-0"
    >
      <Badge tone={TONES[state]}>{state}</Badge>
      <div className="min-w-48 flex-1">
        <p>
          {run === null ? <span className="font-medium">{strategy ?? 'branch'}</span> : <RunLink run={run} className="font-medium" />}{' '}
          <span className="text-dim">
            {kind === 'fork' ? 'a branch of' : 'over'} {over.join(', ')}
          </span>
        </p>
        <p className="text-xs text-faint">
          {by},{' '}
          {state === 'waiting'
            ? `waits for ${span(Math.max(0, now - askedAt / 1_000))}`
            : took === null
              ? 'never began'
              : span(Math.max(0, took / 1_000))}
          {result === null ? null : (
            <>
              , {result.fills} fills, ended at <Figure text={result.equity} unit={result.currency} />
              {result.again ? '; it was in the catalogue already, hash for hash' : ''}
            </>
          )}
        </p>
        {problem === null ? null : (
          <div className="text-xs text-stop">
            {problem.messages.map((message) => (
              <p key={message} className="break-words">
                {message}
              </p>
            ))}
            {problem.next === null ? null : <p className="text-dim">next: {problem.next}</p>}
          </div>
        )}
        {error === null ? null : <Failed error={error} />}
      </div>
      {state !== 'running' ? null : share === null ? (
        <span className="text-xs text-faint">is played twice over</span>
      ) : (
        <span className="flex w-44 items-center gap-2">
          <progress
            value={share}
            max={1}
            aria-label={`How much of ${strategy ?? kind} is played`}
            data-share={share}
            className="h-1.5 min-w-0 flex-1 overflow-hidden rounded-full bg-raised [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-raised [&::-webkit-progress-value]:bg-accent"
          />
          <span className="figure w-10 text-right text-xs">{Math.floor(share * 100)} %</span>
        </span>
      )}
      {!going || kind === 'fork' ? null : (
        <Button small blocked={may ? (asked ? 'it is being ended' : null) : `only ${by} and an admin may end it`} onClick={cancel}>
          <X aria-hidden className="size-3" /> End
        </Button>
      )}
    </li>
  );
}
