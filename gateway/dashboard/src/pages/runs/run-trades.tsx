/** A run's trades from flat to flat, in their order; each leads to its moment in the replay of the run. */
import type { RestRunTrade } from '#gateway/contracts/rest-runs.ts';
import { Figure } from '../../ui/figure.tsx';
import type { LongColumn } from './long-table.tsx';
import { RunList } from './run-list.tsx';
import { AtMoment } from './watch-link.tsx';

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

export const RunTrades = ({ run, path, watched }: Readonly<{ run: string; path: string; watched: boolean }>) => (
  <RunList
    title="Trades"
    path={`${path}/trades`}
    nothing="It made no trade."
    columns={columnsOf(watched ? run : null)}
    keyOf={({ number }) => String(number)}
  />
);
