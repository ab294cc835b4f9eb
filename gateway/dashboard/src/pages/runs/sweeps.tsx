/** Searches over parameters that were made here, each with a way to its map. */
import { Link } from '@tanstack/react-router';
import type { RestSweep } from '#gateway/contracts/rest-sweeps.ts';
import { Problem } from '../../api.ts';
import { usePages } from '../../asked.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';

const COLUMNS: readonly Column<RestSweep>[] = [
  {
    name: 'Sweep',
    cell: ({ sweep, finished }) => (
      <>
        <Link
          to={'/runs' as '/'}
          search={{ sweep } as never}
          className="font-medium break-all text-accent underline decoration-dotted underline-offset-3"
        >
          {sweep}
        </Link>{' '}
        {finished ? null : <Badge tone="warn">not finished</Badge>}
      </>
    ),
  },
  { name: 'Varies', cell: ({ dimensions }) => <span className="text-xs text-dim">{dimensions.map(({ name }) => name).join(', ')}</span> },
  { name: 'For', cell: ({ objective, lowest }) => `${lowest ? 'least' : 'most'} ${objective}` },
  { ...{ name: 'Data', wide: true }, cell: ({ tapes }) => <span className="text-xs">{tapes.join(', ')}</span> },
  { ...{ name: 'Trials', right: true }, cell: ({ trials }) => <span className="figure">{trials}</span> },
  {
    ...{ name: 'Last worked on', wide: true },
    cell: ({ made }) => <span className="figure text-xs text-faint">{made.slice(0, 16).replace('T', ' ')}</span>,
  },
];

export function Sweeps() {
  const { data, error, refetch, fetchNextPage, hasNextPage } = usePages<RestSweep>('/api/v1/sweeps?limit=25');
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  if (error instanceof Problem && error.status === 404) return null;
  return (
    <Panel title="Sweeps" {...(data === undefined ? {} : { count: `${rows.length}${hasNextPage ? ' and more' : ''}` })}>
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <Loading lines={3} what="Looking for sweeps" />
      ) : rows.length === 0 ? (
        <Empty title="No parameters were searched here yet.">
          npx retrace sweep plays a strategy with many and shows where it stands on a plateau.
        </Empty>
      ) : (
        <>
          <Table label="Sweeps" columns={COLUMNS} rows={rows} keyOf={({ sweep }) => sweep} />
          {hasNextPage ? (
            <div className="flex justify-center border-t border-line/60 p-2">
              <Button small onClick={() => void fetchNextPage()}>
                More sweeps
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Panel>
  );
}
