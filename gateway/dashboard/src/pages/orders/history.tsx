/** All orders of the journal, a page at a time, newest first; asked anew when somebody asks. */
import type { RestOrder } from '#gateway/contracts/rest-orders.ts';
import { usePages } from '../../asked.ts';
import { Answer, OlderOnes, ReadAgain } from '../../ui/answers.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { ORDER_COLUMNS } from './order-cells.tsx';

export function History({ chosen, choose }: Readonly<{ chosen: string | null; choose: (order: string) => void }>) {
  const asked = usePages<RestOrder>('/api/v1/orders?state=all&limit=50');
  const rows = asked.data?.pages.flatMap(({ items }) => items) ?? [];
  const seq = asked.data?.pages[0]?.seq;
  return (
    <Panel
      title="All orders"
      {...(seq === undefined ? {} : { count: `${rows.length}${asked.hasNextPage ? ' and more' : ''}, as of number ${seq}` })}
      className="flex-1 max-lg:max-h-[36rem]"
      bodyClass="flex flex-col"
      tools={<ReadAgain of={asked} />}
    >
      <Answer of={asked} lines={6} what="Reading the journal">
        {() =>
          rows.length === 0 ? (
            <Empty title="No order was approved in this journal.">What was wanted and refused stands on the page Risk.</Empty>
          ) : (
            <>
              <div className="min-h-0 flex-1 overflow-hidden">
                <Table
                  label="All orders, newest first"
                  columns={ORDER_COLUMNS}
                  rows={rows}
                  keyOf={({ order }) => order}
                  chosen={chosen}
                  choose={({ order }) => choose(order)}
                />
              </div>
              <OlderOnes of={asked} />
            </>
          )
        }
      </Answer>
    </Panel>
  );
}
