/** What each account is worth, and its way since this page was opened. */
import { useEffect } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useLive, useRows } from '../../live/live.ts';
import type { LiveStore } from '../../live/store.ts';
import { State } from '../../ui/badge.tsx';
import { Figure, signOf } from '../../ui/figure.tsx';
import { useHold } from '../../ui/hold.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { type EquityPaths, equityPath, noteEquity } from './equity-path.ts';

/** Of each line its own: a recorded day and the desk's are two. */
const ways = new WeakMap<LiveStore, EquityPaths>();
function pathsOf(store: LiveStore): EquityPaths {
  let paths = ways.get(store);
  if (paths === undefined) ways.set(store, (paths = new Map()));
  return paths;
}

export function Equity() {
  const hold = useHold();
  const told = useRows('equity');
  const paths = pathsOf(useLive());
  useEffect(() => {
    for (const { row } of told.rows) noteEquity(paths, row.account, told.at, Number(row.equity));
  }, [told, paths]);
  const equity = hold.keep(told);
  return (
    <Panel title="Equity" hold={hold}>
      <Rows of={equity} lines={2} empty={<Empty title="No account is open." />}>
        {(rows) => (
          <ul>
            {rows.map(({ key, row, seq }) => (
              <Account key={key} row={row} seq={seq} paths={paths} />
            ))}
          </ul>
        )}
      </Rows>
    </Panel>
  );
}

const negated = (text: string): string => (signOf(text) === 0 ? text : text.startsWith('-') ? text.slice(1) : `-${text}`);

function Account({ row, seq, paths }: Readonly<{ row: RowOf<'equity'>; seq: number; paths: EquityPaths }>) {
  const path = equityPath(paths, row.account, 240, 36);
  return (
    <li
      className="flex flex-wrap items-center gap-x-5 gap-y-1 border-t border-line/60 px-3 py-2 first:border-t-0"
      data-account={row.account}
    >
      <div>
        <p className="flex items-center gap-1.5 text-xs text-dim">
          {row.account}
          {row.session === 'ready' ? null : <State of={row.session} />}
        </p>
        <Figure text={row.equity} unit={row.currency} seq={seq} className="text-lg font-medium" />
      </div>
      <dl className="grid grid-cols-3 gap-x-4 text-xs">
        <dt className="text-faint">today</dt>
        <dt className="text-faint">below peak</dt>
        <dt className="text-faint">cash</dt>
        <dd>
          <Figure text={negated(row.dayLoss)} signed />
        </dd>
        <dd>
          <Figure text={row.drawdown} />
        </dd>
        <dd>
          <Figure text={row.cash} />
        </dd>
      </dl>
      {path === null ? null : (
        <svg
          viewBox="0 0 240 36"
          preserveAspectRatio="none"
          className="h-9 min-w-24 flex-1"
          role="img"
          aria-label={`${row.account} since this page was opened: ${path.said}`}
        >
          <path d={path.line} fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
        </svg>
      )}
    </li>
  );
}
