/** The orders that worked at the clock. */
import { ListChecks } from 'lucide-react';
import { useRows } from '../../live/live.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { ORDER_COLUMNS } from '../orders/order-cells.tsx';

export function Orders() {
  const orders = useRows('orders');
  const rows = orders.rows.map(({ row }) => row).reverse();
  return (
    <Panel title="Orders" className="max-h-80 shrink-0" {...(orders.known ? { count: rows.length } : {})}>
      <Rows of={orders} empty={<Empty icon={ListChecks} title="No order worked at this moment." />}>
        {() => <Table label="Orders at this moment" columns={ORDER_COLUMNS} rows={rows} keyOf={({ order }) => order} />}
      </Rows>
    </Panel>
  );
}
