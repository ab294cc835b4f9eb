/** All orders of the journal, a page at a time, newest first; asked anew when somebody asks. */
import { RotateCw } from 'lucide-react';
import type { RestOrder } from '#gateway/contracts/rest-orders.ts';
import { usePages } from '../../asked.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { ORDER_COLUMNS } from './order-cells.tsx';

export function History({ chosen, choose }: Readonly<{ chosen: string | null; choose: (order: string) => void }>) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = usePages<RestOrder>('/api/v1/orders?state=all&limit=50');
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const seq = data?.pages[0]?.seq;
  return (
    <Panel
      title="All orders"
      {...(seq === undefined ? {} : { count: `${rows.length}${hasNextPage ? ' and more' : ''}, as of number ${seq}` })}
      className="flex-1 max-lg:max-h-[36rem]"
      bodyClass="flex flex-col"
      tools={
        <Button small look="quiet" disabled={isFetching} onClick={() => void refetch()}>
          <RotateCw aria-hidden className="size-3" /> Read again
        </Button>
      }
    >
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <Loading lines={6} what="Reading the journal" />
      ) : rows.length === 0 ? (
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
          {hasNextPage ? (
            <div className="shrink-0 border-t border-line/60 p-1.5 text-center">
              <Button small disabled={isFetching} onClick={() => void fetchNextPage()}>
                {isFetching ? 'Reading …' : 'Older ones'}
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Panel>
  );
}
