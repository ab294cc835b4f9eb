/** The orders that work, as the desk tells them. */
import { ListChecks } from 'lucide-react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import type { Picture } from '../../live/store.ts';
import { useHold } from '../../ui/hold.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { ORDER_COLUMNS } from './order-cells.tsx';
import { ENDS } from './order-states.ts';

type Props = Readonly<{ told: Picture<RowOf<'orders'>>; chosen: string | null; choose: (order: string) => void; tools: ReactNode }>;

export function Working({ told, chosen, choose, tools }: Props) {
  const hold = useHold();
  const orders = hold.keep(told);
  const rows = orders.rows
    .map(({ row }) => row)
    .filter(({ state }) => !ENDS.has(state))
    .reverse();
  const walk = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0 || rows.length === 0) return;
    event.preventDefault();
    const place = rows.findIndex(({ order }) => order === chosen);
    choose(rows[Math.min(rows.length - 1, Math.max(0, place + by))]!.order);
  };
  return (
    <Panel
      title="Working"
      hold={hold}
      tools={tools}
      {...(orders.known ? { count: rows.length } : {})}
      className="max-h-[50%] shrink-0 max-lg:max-h-96"
    >
      <Rows of={orders} empty={<Nothing />}>
        {() =>
          rows.length === 0 ? (
            <Nothing />
          ) : (
            // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the table in it
            <div onKeyDown={walk} className="contents">
              <Table
                label="Orders that work; arrows choose"
                columns={ORDER_COLUMNS}
                rows={rows}
                keyOf={({ order }) => order}
                chosen={chosen}
                choose={({ order }) => choose(order)}
              />
            </div>
          )
        }
      </Rows>
    </Panel>
  );
}

const Nothing = () => (
  <Empty icon={ListChecks} title="No order works.">
    What was ordered before stands below. Press o to place one.
  </Empty>
);
