/** Orders: what works now, what was, the life of one; and asking for one by hand. */
import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useRows } from '../../live/live.ts';
import { reaches, useWho } from '../../session.ts';
import { useActions } from '../../shell/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/panel.tsx';
import { useView } from '../../view.ts';
import { Cancel, Change } from './change.tsx';
import { History } from './history.tsx';
import { Life } from './life.tsx';
import { ENDS, mayCancel, mayChange } from './order-states.ts';
import { Ticket } from './ticket.tsx';
import { Unknown } from './unknown.tsx';
import { Working } from './working.tsx';

type Asking = Readonly<{ is: 'place' }> | Readonly<{ is: 'change' | 'cancel'; order: RowOf<'orders'> }>;

export function OrdersPage() {
  const who = useWho();
  const [view, change] = useView();
  const told = useRows('orders');
  const [asking, setAsking] = useState<Asking | null>(null);
  const rows = told.rows.map(({ row }) => row);
  const working = rows.filter(({ state }) => !ENDS.has(state)).reverse();
  const chosen = view['order'] ?? null;
  const order = rows.find((one) => one.order === chosen) ?? null;
  const choose = (id: string | null): void => change({ order: id });
  const viewer = reaches(who.role, 'trader') ? null : 'it takes a trader';
  const none = order === null ? 'choose an order that works' : null;
  const step = (by: 1 | -1): void => {
    const place = working.findIndex((one) => one.order === chosen);
    const next = working[place === -1 ? (by === 1 ? 0 : working.length - 1) : Math.min(working.length - 1, Math.max(0, place + by))];
    if (next !== undefined) choose(next.order);
  };
  const ask = (is: 'change' | 'cancel') => () => {
    if (order !== null) setAsking({ is, order });
  };
  useActions([
    {
      id: 'place',
      name: 'Place an order',
      group: 'Orders',
      keys: 'o',
      words: 'buy sell ticket',
      blocked: viewer,
      run: () => setAsking({ is: 'place' }),
    },
    { id: 'next-order', name: 'The next order that works', group: 'Orders', keys: ']', run: () => step(1) },
    { id: 'previous-order', name: 'The one before', group: 'Orders', keys: '[', run: () => step(-1) },
    {
      ...{ id: 'change-order', name: 'Change the chosen order', group: 'Orders', keys: 'e', words: 'modify replace amend' },
      ...{ blocked: viewer ?? none ?? mayChange(order!.state, order!.type), run: ask('change') },
    },
    {
      ...{ id: 'cancel-order', name: 'Cancel the chosen order', group: 'Orders', keys: 'x', words: 'delete withdraw' },
      ...{ blocked: viewer ?? none ?? mayCancel(order!.state), run: ask('cancel') },
    },
  ]);
  const close = (): void => setAsking(null);
  return (
    <Page title="Orders" className="lg:h-full">
      <Unknown rows={rows.filter(({ state }) => state === 'UNKNOWN')} choose={choose} />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,6fr)_minmax(0,5fr)]">
        <div className="flex min-h-0 flex-col gap-2">
          <Working
            told={told}
            chosen={chosen}
            choose={choose}
            tools={
              <Button small look="main" blocked={viewer} onClick={() => setAsking({ is: 'place' })}>
                <Plus aria-hidden className="size-3.5" /> Place an order
              </Button>
            }
          />
          <History chosen={chosen} choose={choose} />
        </div>
        <Life
          of={chosen}
          live={order}
          close={() => choose(null)}
          change={order === null || viewer !== null || mayChange(order.state, order.type) !== null ? null : ask('change')}
          cancel={order === null || viewer !== null || mayCancel(order.state) !== null ? null : ask('cancel')}
        />
      </div>
      {asking?.is === 'place' ? (
        <Ticket
          close={close}
          instrument={view['instrument'] ?? order?.instrument ?? null}
          placed={(placed) => {
            close();
            choose(placed);
          }}
        />
      ) : null}
      {asking?.is === 'change' ? <Change order={asking.order} close={close} /> : null}
      {asking?.is === 'cancel' ? <Cancel order={asking.order} close={close} /> : null}
    </Page>
  );
}
