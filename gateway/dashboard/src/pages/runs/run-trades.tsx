/** A run's trades from flat to flat, in their order; each leads to its moment in the replay of the run. */
import type { RestRunPart, RestRunTrade } from '#gateway/contracts/rest-runs.ts';
import { usePages } from '../../asked.ts';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type LongColumn, LongTable } from './long-table.tsx';
import { AtMoment } from './watch-link.tsx';

type Said = Extract<RestRunPart, { part: 'trades' }>;

const columnsOf = (run: string | null): readonly LongColumn<RestRunTrade>[] => [
  { name: 'No.', width: '2.75rem', right: true, cell: ({ number }) => <span className="figure text-faint">{number}</span> },
  {
    name: 'Trade',
    width: 'auto',
    cell: ({ side, instrument }) => (
      <>
        <span className={`font-semibold ${side === 'long' ? 'text-gain' : 'text-loss'}`}>{side}</span> {instrument}
      </>
    ),
  },
  { name: 'Net', width: '5.5rem', right: true, cell: ({ net }) => <Figure text={net} signed /> },
  { name: 'From', width: '8.25rem', cell: ({ entry, entryTime }) => <AtMoment run={run} address={entry} iso={entryTime} /> },
  {
    name: 'To',
    width: '8.25rem',
    cell: ({ exit, exitTime }) =>
      exit === null ? <span className="text-faint">open</span> : <AtMoment run={run} address={exit} iso={exitTime!} />,
  },
  { name: 'Entry', width: '5.5rem', right: true, cell: ({ entryPrice }) => <Figure text={entryPrice} /> },
  { name: 'Exit', width: '5.5rem', right: true, cell: ({ exitPrice }) => <Figure text={exitPrice} /> },
  { name: 'Fees', width: '4.25rem', right: true, cell: ({ fees }) => <Figure text={fees} className="text-faint" /> },
];

export function RunTrades({ run, path, watched }: Readonly<{ run: string; path: string; watched: boolean }>) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = usePages<RestRunTrade, Said>(`${path}/trades?limit=500`);
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  return (
    <Panel title="Trades" {...(data === undefined ? {} : { count: total })}>
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <Loading lines={5} what="Playing the run again" />
      ) : rows.length === 0 ? (
        <Empty title="It made no trade." />
      ) : (
        <LongTable
          label="Trades"
          columns={columnsOf(watched ? run : null)}
          rows={rows}
          total={total}
          keyOf={({ number }) => String(number)}
          more={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null}
        />
      )}
    </Panel>
  );
}
