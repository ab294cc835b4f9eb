/** The catalogue: what was kept, found and put in order as the address says; two of them can be chosen and set beside each other. */
import { useNavigate } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import type { RestRun } from '#gateway/contracts/rest-runs.ts';
import { Problem } from '../../api.ts';
import { pathOf, usePages } from '../../asked.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useView } from '../../view.ts';
import { RunLink } from './run-link.tsx';
import { percentText, plainText, setText, spanText } from './run-words.ts';

const SORTS = [
  ['made', 'Newest'],
  ['return', 'Return'],
  ['sharpe', 'Sharpe'],
  ['drawdown', 'Least drawdown'],
] as const;
const KINDS = ['backtest', 'fork'] as const;
const BOX = 'h-6 rounded-[5px] border border-line bg-ground px-2 text-xs';
const FILTERS = ['strategy', 'tape', 'tag', 'kind'] as const;

export function Catalogue() {
  const [view, change] = useView();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const sort = SORTS.find(([key]) => key === view['sort'])?.[0] ?? 'made';
  const asked = Object.fromEntries(FILTERS.flatMap((key) => (view[key] === undefined ? [] : [[key, view[key]]])));
  const path = pathOf('/api/v1/runs', { ...asked, find: view['find'] ?? null, sort, limit: 50 });
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = usePages<RestRun>(path);
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const filtered = Object.keys(asked).length > 0 || view['find'] !== undefined;
  const toggle = (run: string): void =>
    setChosen((before) => (before.includes(run) ? before.filter((one) => one !== run) : [...before, run].slice(-2)));
  const compare = (): void => void navigate({ to: '/runs', search: { compare: chosen.join(',') } } as never);
  const cannot = chosen.length === 2 ? null : 'choose two runs first';
  useActions([
    { id: 'runs compare', name: 'Compare the two runs that are chosen', group: 'Runs', keys: 'c', blocked: cannot, run: compare },
  ]);
  const columns: readonly Column<RestRun>[] = [
    {
      ...{ name: 'Choose to compare', unnamed: true },
      cell: ({ run }) => (
        <input
          type="checkbox"
          aria-label={`Choose ${run} to compare`}
          checked={chosen.includes(run)}
          onChange={() => toggle(run)}
          className="size-4 align-middle accent-[var(--accent)]"
        />
      ),
    },
    {
      name: 'Run',
      cell: ({ run, kind, strategy, parameters }) => (
        <>
          <RunLink run={run} className="font-medium" /> {kind === 'backtest' ? null : <Badge tone="calm">{kind}</Badge>}
          <br />
          <span className="text-2xs text-faint">
            {run.startsWith(strategy) ? '' : `${strategy} `}
            {setText(parameters)}
          </span>
        </>
      ),
    },
    {
      ...{ name: 'Data', wide: true },
      cell: (row) => (
        <span className="text-xs">
          {row.tapes.join(', ')}
          <br />
          <span className="figure text-2xs whitespace-nowrap text-faint">{spanText(row)}</span>
        </span>
      ),
    },
    { name: 'Return', right: true, cell: ({ figures }) => <Figure text={percentText(figures['totalReturn'])} signed /> },
    { name: 'Sharpe', right: true, cell: ({ figures }) => <Figure text={plainText(figures['sharpe'])} /> },
    { ...{ name: 'Drawdown', right: true, wide: true }, cell: ({ figures }) => <Figure text={percentText(figures['maxDrawdown'])} /> },
    { ...{ name: 'Trades', right: true, wide: true }, cell: ({ figures }) => <Figure text={plainText(figures['trades'], 0)} /> },
    { ...{ name: 'Ended at', right: true, wide: true }, cell: ({ equity, currency }) => <Figure text={equity} unit={currency} /> },
    {
      ...{ name: 'Made, tags', wide: true },
      cell: ({ made, tags }) => (
        <span className="text-xs">
          <span className="figure whitespace-nowrap text-faint">{made.slice(0, 16).replace('T', ' ')}</span>
          <span className="flex flex-wrap gap-1">
            {tags.map((tag) => (
              <button
                key={tag}
                type="button"
                title={`only runs with the tag ${tag}`}
                onClick={() => change({ tag })}
                className="rounded-[4px] bg-raised px-1.5 text-2xs text-dim hover:text-ink"
              >
                {tag}
              </button>
            ))}
          </span>
        </span>
      ),
    },
  ];
  return (
    <Panel
      title="Catalogue"
      {...(data === undefined ? {} : { count: `${rows.length}${hasNextPage ? ' and more' : ''}` })}
      tools={
        <>
          {FILTERS.filter((key) => view[key] !== undefined && key !== 'kind').map((key) => (
            <Button key={key} small look="quiet" onClick={() => change({ [key]: null })} title="take this away">
              {key} {view[key]} ×
            </Button>
          ))}
          <select
            aria-label="Kind"
            value={view['kind'] ?? ''}
            onChange={({ target }) => change({ kind: target.value || null })}
            className={BOX}
          >
            <option value="">all kinds</option>
            {KINDS.map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </select>
          <select
            aria-label="Order"
            value={sort}
            onChange={({ target }) => change({ sort: target.value === 'made' ? null : target.value })}
            className={BOX}
          >
            {SORTS.map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
          <Find value={view['find'] ?? ''} change={(find) => change({ find })} />
          <Button small look={cannot === null ? 'main' : 'plain'} blocked={cannot} onClick={compare}>
            Compare
          </Button>
        </>
      }
    >
      {error !== null ? (
        error instanceof Problem && error.status === 404 ? (
          <Empty title="This gateway has no catalogue of runs." />
        ) : (
          <div className="p-3">
            <Failed error={error} again={() => void refetch()} />
          </div>
        )
      ) : data === undefined ? (
        <Loading lines={6} what="Looking for runs" />
      ) : rows.length === 0 ? (
        <Empty icon={FlaskConical} title={filtered ? 'No run fits.' : 'No run is kept here yet.'}>
          {filtered ? 'Take a filter away, or find something else.' : 'npx retrace backtest keeps one; so does a branch of a recorded day.'}
        </Empty>
      ) : (
        <>
          <Table label="Runs" columns={columns} rows={rows} keyOf={({ run }) => run} />
          {hasNextPage ? (
            <div className="flex justify-center border-t border-line/60 p-2">
              <Button small disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                More runs
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Panel>
  );
}

/** Asked for when it is meant, and not letter by letter. */
function Find({ value, change }: Readonly<{ value: string; change: (find: string | null) => void }>) {
  const [text, setText_] = useState(value);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change(text.trim() === '' ? null : text.trim());
      }}
    >
      <input
        type="search"
        aria-label="Find in the runs"
        placeholder="Find … ↵"
        value={text}
        onChange={({ target }) => {
          setText_(target.value);
          if (target.value === '') change(null);
        }}
        className={`${BOX} w-32`}
      />
    </form>
  );
}
