/** Trades from flat to flat, the newest first; entry and exit each lead to their fills. */
import type { RestTrade } from '#gateway/contracts/rest-orders.ts';
import { usePages } from '../../asked.ts';
import { Answer, OlderOnes } from '../../ui/answers.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { WhyLink } from '../../ui/why-link.tsx';

const COLUMNS: readonly Column<RestTrade>[] = [
  {
    name: 'Trade',
    cell: (row) => (
      <>
        <span className={`font-semibold ${row.side === 'long' ? 'text-gain' : 'text-loss'}`}>{row.side}</span>{' '}
        <span className="font-medium">{row.instrument}</span>
        <br />
        <span className="text-2xs text-faint">{row.strategy === 'none' ? 'by hand' : row.strategy}</span>
      </>
    ),
  },
  {
    name: 'From, to',
    wide: true,
    cell: (row) => (
      <span className="text-xs">
        <WhyLink of={row.entry}>
          <Moment us={row.entryTime} detail="seconds" />
        </WhyLink>
        <br />
        {row.exit === null ? (
          <span className="text-faint">open</span>
        ) : (
          <WhyLink of={row.exit}>
            <Moment us={row.exitTime} detail="seconds" />
          </WhyLink>
        )}
      </span>
    ),
  },
  { name: 'Largest', right: true, wide: true, cell: (row) => <Figure text={row.largest} /> },
  {
    name: 'Entry, exit (averages)',
    right: true,
    cell: (row) => (
      <>
        <Figure text={row.entryPrice} />
        <br />
        <Figure text={row.exitPrice} className="text-faint" />
      </>
    ),
  },
  {
    name: 'Net, fees',
    right: true,
    cell: (row) => (
      <>
        <Figure text={row.net} signed />
        <br />
        <Figure text={row.fees} className="text-2xs text-faint" />
      </>
    ),
  },
];

export function Trades() {
  const asked = usePages<RestTrade>('/api/v1/trades?limit=50');
  const rows = asked.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel
      title="Trades"
      {...(asked.data === undefined ? {} : { count: `${rows.length}${asked.hasNextPage ? ' and more' : ''}` })}
      bodyClass="flex max-h-[32rem] flex-col"
    >
      <Answer of={asked} lines={5} what="Reading the journal">
        {() =>
          rows.length === 0 ? (
            <Empty title="Nothing was traded." />
          ) : (
            <>
              <Table label="Trades, newest first" columns={COLUMNS} rows={rows} keyOf={({ account, trade }) => `${account} ${trade}`} />
              <OlderOnes of={asked} />
            </>
          )
        }
      </Answer>
    </Panel>
  );
}
