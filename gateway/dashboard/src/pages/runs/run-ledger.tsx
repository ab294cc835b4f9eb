/** A run's fills, in their order. */
import type { RestLedgerRow, RestRunPart } from '#gateway/contracts/rest-runs.ts';
import { usePages } from '../../asked.ts';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { isoOf } from '../../zone.ts';
import { type LongColumn, LongTable } from './long-table.tsx';
import { AtMoment } from './watch-link.tsx';

type Said = Extract<RestRunPart, { part: 'ledger' }>;

const columnsOf = (run: string | null): readonly LongColumn<RestLedgerRow>[] => [
  { name: 'When', width: '8.25rem', cell: ({ address, timeUs }) => <AtMoment run={run} address={address} iso={isoOf(timeUs)} /> },
  {
    name: 'Fill',
    width: 'auto',
    cell: ({ side, instrument, maker }) => (
      <>
        <span className={`font-semibold ${side === 'buy' ? 'text-gain' : 'text-loss'}`}>{side}</span> {instrument}
        <span className="text-2xs text-faint"> {maker ? 'maker' : 'taker'}</span>
      </>
    ),
  },
  { name: 'Lots', width: '4.25rem', right: true, cell: ({ lots }) => <Figure text={String(lots)} /> },
  { name: 'Price', width: '5.5rem', right: true, cell: ({ price }) => <Figure text={price} /> },
  { name: 'Fee', width: '4.25rem', right: true, cell: ({ fee }) => <Figure text={fee} className="text-faint" /> },
  { name: 'Realised', width: '5.5rem', right: true, cell: ({ realised }) => <Figure text={realised} signed /> },
];

export function RunLedger({ run, path, watched }: Readonly<{ run: string; path: string; watched: boolean }>) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = usePages<RestLedgerRow, Said>(
    `${path}/ledger?limit=500`,
  );
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  return (
    <Panel title="Fills" {...(data === undefined ? {} : { count: total })}>
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <Loading lines={5} what="Playing the run again" />
      ) : rows.length === 0 ? (
        <Empty title="Nothing was filled." />
      ) : (
        <LongTable
          label="Fills"
          columns={columnsOf(watched ? run : null)}
          rows={rows}
          total={total}
          keyOf={({ address }) => address}
          more={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null}
        />
      )}
    </Panel>
  );
}
