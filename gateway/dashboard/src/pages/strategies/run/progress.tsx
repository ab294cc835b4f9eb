/** A backtest under way: how far it is, and what came out, or why nothing did. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { RestRunDetail } from '#gateway/contracts/rest-runs.ts';
import { useAsked } from '../../../asked.ts';
import { reaches, useWho } from '../../../session.ts';
import { useActions } from '../../../shell/actions.ts';
import { Badge, type Tone } from '../../../ui/badge.tsx';
import { Button } from '../../../ui/button.tsx';
import { Fact, Facts } from '../../../ui/facts.tsx';
import { Figure } from '../../../ui/figure.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import { RunLink } from '../../runs/run-link.tsx';
import { type BacktestNow, cancelBacktest, useBacktest } from './backtest-row.ts';

const TONES: Record<BacktestNow['state'], Tone> = { waiting: 'calm', running: 'accent', done: 'good', failed: 'stop', cancelled: 'warn' };

export function Progress({ of, close }: Readonly<{ of: string; close: () => void }>) {
  const who = useWho();
  const { now, error, refused } = useBacktest(of);
  const [failed, setFailed] = useState<unknown>(null);
  const living = now !== null && (now.state === 'waiting' || now.state === 'running');
  const blocked = !living
    ? 'it has ended'
    : now.by === who.user || reaches(who.role, 'admin')
      ? null
      : `only ${now.by} and an admin may end it`;
  const cancel = (): void => {
    setFailed(null);
    cancelBacktest(of).catch(setFailed);
  };
  useActions([
    { id: 'cancel-backtest', name: 'Cancel the backtest', group: 'Strategies', keys: 'x', words: 'stop end', blocked, run: cancel },
  ]);
  return (
    <Panel
      title="Backtest"
      tools={
        <>
          {now === null ? null : (
            <span data-backtest={now.state}>
              <Badge tone={TONES[now.state]}>{now.state}</Badge>
            </span>
          )}
          {living ? (
            <Button small blocked={blocked} onClick={cancel}>
              Cancel
            </Button>
          ) : (
            <Button small look="quiet" onClick={close}>
              Close
            </Button>
          )}
        </>
      }
    >
      {failed === null ? null : (
        <div className="p-3">
          <Failed error={failed} />
        </div>
      )}
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} />
        </div>
      ) : now === null ? (
        <Loading lines={2} />
      ) : living ? (
        <Running now={now} refused={refused} />
      ) : now.state === 'done' && now.run !== null ? (
        <Result run={now.run} />
      ) : now.state === 'failed' ? (
        <div role="alert" className="p-3">
          {now.problem?.messages.map((line) => (
            <p key={line} className="break-words">
              {line}
            </p>
          ))}
          {now.problem?.next == null ? null : (
            <p className="mt-1 text-xs text-dim">
              What to do: <code className="figure break-all whitespace-normal">{now.problem.next}</code>
            </p>
          )}
        </div>
      ) : (
        <p className="p-3 text-dim">It was ended. Nothing of it is kept.</p>
      )}
    </Panel>
  );
}

function Running({ now, refused }: Readonly<{ now: BacktestNow; refused: string | null }>) {
  const share = now.share ?? 0;
  const percent = Math.floor(share * 100);
  return (
    <div className="flex flex-col gap-1.5 p-3">
      <div
        role="progressbar"
        aria-label="Of the data that is played"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        className="h-2 overflow-hidden rounded-full bg-raised"
      >
        <div className="h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
      </div>
      <p className="text-dim">
        {now.state === 'waiting' ? (
          'It waits for others to end.'
        ) : (
          <>
            <span className="figure">{percent} %</span> of the data is played.
          </>
        )}{' '}
        It runs beside the desk and below it: you may go on.
      </p>
      {refused === null ? null : <p className="text-xs text-warn">How it goes on is not told here: {refused}.</p>}
    </div>
  );
}

function Result({ run }: Readonly<{ run: string }>) {
  const queries = useQueryClient();
  // the catalogue as it was read before knows nothing of it
  useEffect(
    () =>
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey.some((part) => String(part).startsWith('/api/v1/runs?')) }),
    [queries],
  );
  const found = useAsked<RestRunDetail>(`/api/v1/runs/${encodeURIComponent(run)}`);
  const to = (
    <span data-run={run}>
      <RunLink run={run} />
    </span>
  );
  if (found.data === undefined)
    return (
      <div className="p-3">
        <p>It is done: {to}</p>
        {found.error === null ? <Loading lines={2} /> : <Failed error={found.error} again={() => void found.refetch()} />}
      </div>
    );
  const { equity, currency, figures, orders, fills, bars, runHash, costs } = found.data;
  const gain = figures['totalReturn'] ?? null;
  return (
    <Facts>
      <Fact name="Run">{to}</Fact>
      <Fact name="Equity">
        <Figure text={equity} unit={currency} />
        {gain === null ? null : (
          <>
            {' '}
            <Figure text={(gain * 100).toFixed(2)} signed unit="%" />
          </>
        )}
      </Fact>
      <Fact name="Orders">
        <Figure text={String(orders)} />, <Figure text={String(fills)} unit="fills" />, over <Figure text={String(bars)} unit="bars" />
      </Fact>
      {costs === null ? null : (
        <Fact name="Costs">
          <Figure text={costs} unit={currency} />
        </Fact>
      )}
      <Fact name="Run hash">
        <code className="figure text-xs break-all whitespace-normal" title="the same run gives the same hash, wherever it is played">
          {runHash}
        </code>
      </Fact>
    </Facts>
  );
}
