/** How an order stands in a table: the same for one that works and one that was. */
import type { RestOrder } from '#gateway/contracts/rest-orders.ts';
import { Badge, State, spaced } from '../../ui/badge.tsx';
import { Figure } from '../../ui/figure.tsx';
import type { Column } from '../../ui/table.tsx';
import { sayState } from './order-states.ts';

export type OrderLine = Pick<
  RestOrder,
  | 'order'
  | 'account'
  | 'strategy'
  | 'instrument'
  | 'side'
  | 'type'
  | 'state'
  | 'lots'
  | 'filled'
  | 'limit'
  | 'stop'
  | 'timeInForce'
  | 'reducing'
  | 'movedBy'
>;

/** An outcome nobody knows is told by its word, by stripes and by a colour: whoever sees none of them sees the others. */
export const STRIPES = 'repeating-linear-gradient(135deg, color-mix(in oklch, var(--warn) 30%, transparent) 0 6px, transparent 6px 12px)';

export const OrderState = ({ of }: Readonly<{ of: string }>) =>
  of === 'UNKNOWN' ? (
    <span
      title={sayState(of)}
      className="inline-flex rounded-[4px] border border-warn px-1.5 py-px text-2xs font-bold tracking-wide whitespace-nowrap text-warn"
      style={{ backgroundImage: STRIPES }}
    >
      UNKNOWN
    </span>
  ) : (
    <State of={of} title={sayState(of)} />
  );

export const Side = ({ of }: Readonly<{ of: 'buy' | 'sell' }>) => (
  <span className={`font-semibold ${of === 'buy' ? 'text-gain' : 'text-loss'}`}>{of}</span>
);

export const ORDER_COLUMNS: readonly Column<OrderLine>[] = [
  {
    name: 'Order',
    cell: (row) => (
      <>
        <span className="whitespace-nowrap">
          <Side of={row.side} /> <span className="font-medium">{row.instrument}</span>
        </span>
        <br />
        <span className="text-2xs whitespace-nowrap text-faint">
          <span className="figure">{row.order}</span> · {row.strategy === 'none' ? 'by hand' : row.strategy}
        </span>
      </>
    ),
  },
  { name: 'State', cell: (row) => <OrderState of={row.state} /> },
  {
    name: 'Filled of',
    right: true,
    cell: (row) => (
      <>
        <Figure text={row.filled} />
        <br />
        <Figure text={row.lots} seq={row.movedBy} className="text-2xs text-faint" />
      </>
    ),
  },
  {
    name: 'Price',
    right: true,
    cell: (row) => (
      <>
        {row.limit === null ? <span className="text-faint">{row.stop === null ? 'market' : ''}</span> : <Figure text={row.limit} />}
        {row.stop === null ? null : (
          <span className="block text-2xs text-faint">
            stop <Figure text={row.stop} />
          </span>
        )}
      </>
    ),
  },
  {
    name: 'Terms',
    wide: true,
    cell: (row) => (
      <span className="text-xs text-dim">
        {spaced(row.type)} {row.timeInForce} {row.reducing ? <Badge tone="calm">reduces</Badge> : null}
        <span className="block text-2xs text-faint">{row.account}</span>
      </span>
    ),
  },
];
