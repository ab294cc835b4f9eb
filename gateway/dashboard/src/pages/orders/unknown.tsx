/** Orders whose outcome nobody knows: said above everything else, with what to do. */
import { CircleHelp } from 'lucide-react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { Button } from '../../ui/button.tsx';
import { STRIPES } from './order-cells.tsx';

export function Unknown({ rows, choose }: Readonly<{ rows: readonly RowOf<'orders'>[]; choose: (order: string) => void }>) {
  if (rows.length === 0) return null;
  return (
    <section
      aria-label="Orders whose outcome is unknown"
      role="alert"
      className="rounded-lg border-2 border-warn bg-panel p-3"
      style={{ backgroundImage: STRIPES }}
    >
      <div className="rounded-[5px] bg-panel p-3">
        <h2 className="flex items-center gap-2 font-semibold text-warn">
          <CircleHelp aria-hidden className="size-5" />
          {rows.length === 1 ? 'The outcome of an order is unknown' : `The outcome of ${rows.length} orders is unknown`}
        </h2>
        <p className="mt-1 max-w-[80ch]">
          It was sent, and no answer came: the venue may have it, may have filled it, or may never have seen it. Its worst case counts
          against every limit, and its account takes no new risk until the venue says. The desk asks by itself. Do not send it again; look
          at the venue’s own screen, and cancel here if it must not stand.
        </p>
        <ul className="mt-2 flex flex-wrap gap-2">
          {rows.map(({ order, side, lots, instrument, account }) => (
            <li key={order}>
              <Button onClick={() => choose(order)}>
                {side} {lots} {instrument} at {account} <span className="figure text-faint">{order}</span>
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
