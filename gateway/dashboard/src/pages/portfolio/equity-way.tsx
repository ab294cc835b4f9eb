/** Equity and how far it lies below its peak, mark by mark of the journal and on with what is told live. */
import { lazy, Suspense, useMemo, useState } from 'react';
import type { RestDecision } from '#gateway/contracts/rest-journal.ts';
import { pathOf, useAsked } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { decimalsOf } from '../orders/decimal-text.ts';
import { equityPoints } from './equity-points.ts';

const EquityChart = lazy(() => import('./equity-chart.tsx').then(({ EquityChart }) => ({ default: EquityChart })));

export function EquityWay() {
  const equity = useRows('equity');
  const accounts = equity.rows.map(({ row }) => row);
  const [chosen, setChosen] = useState<string | null>(null);
  const account = accounts.find((one) => one.account === chosen) ?? accounts[0] ?? null;
  const asked = useAsked<{ items: RestDecision[] }>(pathOf('/api/v1/decisions', { type: 'EquityMarked', limit: 1_000 }));
  const live = useRows('decisions');
  const name = account?.account ?? null;
  const scale = account === null ? 0 : decimalsOf(account.equity);
  const points = useMemo(
    () =>
      account === null ? [] : equityPoints([...(asked.data?.items ?? []), ...live.rows.map(({ row }) => row)], account.account, scale),
    [asked.data, live.rows, name, scale],
  );
  return (
    <Panel
      title="Equity"
      {...(points.length === 0 ? {} : { count: `${points.length} marks` })}
      tools={
        accounts.length < 2 ? null : (
          <select
            aria-label="Account"
            value={account?.account ?? ''}
            onChange={({ target }) => setChosen(target.value)}
            className="h-6 rounded-[5px] border border-edge bg-ground px-1 text-xs"
          >
            {accounts.map((one) => (
              <option key={one.account}>{one.account}</option>
            ))}
          </select>
        )
      }
      bodyClass="relative h-64"
    >
      {asked.error !== null && points.length < 2 ? (
        <div className="p-3">
          <Failed error={asked.error} again={() => void asked.refetch()} />
        </div>
      ) : points.length < 2 ? (
        asked.data === undefined ? (
          <Loading lines={6} what="Reading the journal" />
        ) : (
          <Empty title="No equity was marked yet.">It is marked with each fill, and when a day ends.</Empty>
        )
      ) : (
        <Suspense fallback={<Loading lines={6} />}>
          <EquityChart points={points} digits={scale} currency={account?.currency ?? ''} />
        </Suspense>
      )}
    </Panel>
  );
}
