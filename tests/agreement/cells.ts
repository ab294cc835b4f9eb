/** How often each kind of order was filled under each part of a fill model: what a comparison of two desks has seen, as a table. */
import { type Decision, type DecisionOf, ORDER_TYPES } from '#engine/decisions.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { BlockKind } from '#engine/market/blocks.ts';
import type { Step } from '../reference/adventure.ts';
import { production, step } from './compare.ts';

type Asked = Readonly<{ approved: DecisionOf<'OrderApproved'>; said: DecisionOf<'OrderQualified'> | null; reduceOnly: boolean }>;

const ORDERS: Readonly<Record<string, (order: Asked) => boolean>> = {
  ...Object.fromEntries(ORDER_TYPES.map((type) => [type, ({ approved }: Asked) => approved.orderType === type])),
  bracket: ({ said }) => said !== null && said.bracket !== null,
  oco: ({ said }) => said !== null && said.oco !== null,
  'reduce-only': ({ reduceOnly }) => reduceOnly,
  'post-only': ({ said }) => said?.postOnly === true,
  IOC: ({ said }) => said?.timeInForce === 'IOC',
  FOK: ({ said }) => said?.timeInForce === 'FOK',
  GTD: ({ approved }) => approved.expiresAt !== null,
};

const MODELS: Readonly<Record<string, (pure: VenueSpec) => boolean>> = {
  touch: ({ limitFills }) => limitFills !== 'through',
  through: ({ limitFills }) => limitFills === 'through',
  'slip ticks': ({ slippageTicks }) => (slippageTicks ?? 0) > 0,
  'slip bp': ({ slippageBp }) => (slippageBp ?? 0) > 0,
  spread: ({ spreadTicks }) => (spreadTicks ?? 0) > 0,
  share: ({ volumePermille }) => volumePermille !== undefined,
  walk: ({ walk }) => walk !== undefined,
  lots: ({ fills }) => fills === 'lots',
  whole: ({ fills }) => fills === 'whole',
  fixed: ({ moreLatency }) => moreLatency === undefined,
  seeded: ({ moreLatency }) => moreLatency?.kind === 'seeded',
  recorded: ({ moreLatency }) => moreLatency?.kind === 'recorded',
  tiers: ({ feeTiers }) => feeTiers !== undefined,
  borrow: ({ borrow }) => borrow !== undefined,
  funding: ({ funding }) => funding !== undefined,
};

const FACTS: readonly BlockKind[] = ['trade', 'quote', 'bar'];
const COLUMNS: readonly string[] = [...Object.keys(MODELS), ...FACTS];

/** What happens to an account as a whole, and not to an order. */
const EVENTS: Readonly<Partial<Record<Decision['type'], (decision: Decision) => string | null>>> = {
  FeeTierMoved: () => 'another tier',
  PositionCharged: (decision) => (decision.type === 'PositionCharged' ? `charged: ${decision.why}` : null),
};
export const ALL_EVENTS: readonly string[] = ['another tier', 'charged: borrow', 'charged: funding'];

export type Cells = Map<string, number>;
export const ALL_CELLS: readonly string[] = Object.keys(ORDERS).flatMap((order) => COLUMNS.map((column) => cellOf(order, column)));

function cellOf(order: string, column: string): string {
  return `${order} × ${column}`;
}

/** Adds the orders that were filled, each once in a cell. */
export function countCells(steps: readonly Step[], cells: Cells): void {
  const terms = new Map<string, VenueSpec>();
  const orders = new Map<string, Asked>();
  const counted = new Set<string>();
  const said: Decision[] = [];
  const desk = production((decision) => said.push(decision));
  const held = (id: string): boolean => desk.parts.orders.all.get(id)?.reduceOnly ?? false;
  for (const one of steps) {
    if (one.do === 'input' && one.record.type === 'AccountOpened' && one.record.account.pure !== null)
      terms.set(one.record.account.id, one.record.account.pure);
    step(desk, one);
    for (const decision of said.splice(0)) {
      const event = EVENTS[decision.type]?.(decision) ?? null;
      if (event !== null) cells.set(event, (cells.get(event) ?? 0) + 1);
      if (decision.type === 'OrderApproved')
        orders.set(decision.order, { approved: decision, said: null, reduceOnly: held(decision.order) });
      if (decision.type === 'OrderQualified') orders.set(decision.order, { ...(orders.get(decision.order) as Asked), said: decision });
      const pure = decision.type === 'OrderFilled' ? terms.get(decision.account) : undefined;
      if (decision.type !== 'OrderFilled' || pure === undefined) continue;
      const order = orders.get(decision.order) as Asked;
      const columns = [...Object.keys(MODELS).filter((name) => MODELS[name](pure)), kindAt(one, decision.cause)];
      for (const row of Object.keys(ORDERS).filter((name) => ORDERS[name](order)))
        for (const column of columns) {
          const cell = cellOf(row, column);
          if (counted.has(`${decision.order} ${cell}`)) continue;
          counted.add(`${decision.order} ${cell}`);
          cells.set(cell, (cells.get(cell) ?? 0) + 1);
        }
    }
  }
}

/** Of the fact with this number. */
function kindAt(one: Step, number: number): string {
  if (one.do !== 'market') return 'none';
  const { first, lane, blocks } = one.frame;
  return blocks[lane.length === 0 ? 0 : lane[number - first]].kind;
}

export function tableOf(cells: Cells): string {
  const width = Math.max(...COLUMNS.map(({ length }) => length)) + 1;
  const row = (name: string, values: readonly (string | number)[]): string =>
    name.padEnd(12) + values.map((value) => String(value).padStart(width)).join('');
  return [
    ALL_EVENTS.map((event) => `${event} ${cells.get(event) ?? 0}`).join(', '),
    row('', COLUMNS),
    ...Object.keys(ORDERS).map((order) =>
      row(
        order,
        COLUMNS.map((column) => cells.get(cellOf(order, column)) ?? 0),
      ),
    ),
  ].join('\n');
}
