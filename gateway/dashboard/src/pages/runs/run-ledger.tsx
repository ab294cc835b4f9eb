/** A run's fills, in their order. */
import type { RestLedgerRow } from '#gateway/contracts/rest-runs.ts';
import { Figure } from '../../ui/figure.tsx';
import { isoOf } from '../../zone.ts';
import type { LongColumn } from './long-table.tsx';
import { RunList } from './run-list.tsx';
import { AtMoment } from './watch-link.tsx';

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

export const RunLedger = ({ run, path, watched }: Readonly<{ run: string; path: string; watched: boolean }>) => (
  <RunList
    title="Fills"
    path={`${path}/ledger`}
    nothing="Nothing was filled."
    columns={columnsOf(watched ? run : null)}
    keyOf={({ address }) => address}
  />
);
