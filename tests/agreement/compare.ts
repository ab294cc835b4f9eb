/** Runs the same steps through the production desk and the reference desk and finds the first difference of decisions or state. */

import type { Machines, Scans } from '#actors/desk/core.ts';
import type { SavedDesk } from '#actors/desk/state.ts';
import { Desk } from '#actors/desk.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import { addressOf, type Decision } from '#engine/decisions.ts';
import { decisionBytes } from '#engine/journal/record-codec.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import { Ledger } from '#engine/portfolio/ledger.ts';
import { type RandomStream, randomStream } from '#engine/random.ts';
import type { DeskId } from '#engine/values.ts';
import type { Step } from '../reference/adventure.ts';
import { ReferenceDesk } from '../reference/desk.ts';
import { testCatalogue } from '../reference/strategies.ts';

export const DESK = 'test' as DeskId;

/** Cuts every frame at random borders: what was decided must not depend on them. */
export function recut(steps: readonly Step[], seed: number): Step[] {
  const stream: RandomStream = randomStream(seed, 'cuts');
  return steps.flatMap((step) => {
    if (step.do !== 'market' || step.frame.count === 1 || stream.chance(0.3)) return [step];
    const frames: MarketFrame[] = [];
    const end = step.frame.first + step.frame.count;
    for (let from: number = step.frame.first; from < end; ) {
      const to = Math.min(end, from + stream.between(1, step.frame.count));
      frames.push(sliceFrame(step.frame, from, to));
      from = to;
    }
    return frames.map((frame): Step => ({ do: 'market', frame }));
  });
}

export function production(sink: (decision: Decision) => void, altered: Readonly<{ machines?: Machines; scans?: Scans }> = {}): Desk {
  return new Desk({ desk: DESK, digest: nodeDigest, catalogue: testCatalogue, sink, ...altered });
}

export function step(desk: Desk, one: Step): void {
  if (one.do === 'market') desk.takeMarket(one.frame);
  else if (one.do === 'input') desk.takeInput(one.record);
  else desk.passTime(one.at);
}

export function reference(): ReferenceDesk {
  return new ReferenceDesk({ desk: DESK, digest: nodeDigest, catalogue: testCatalogue });
}

export function referenceStep(desk: ReferenceDesk, one: Step): void {
  if (one.do === 'market') desk.takeMarket(one.frame);
  else if (one.do === 'input') desk.takeInput(one.record);
  else desk.passTime(one.at);
}

export const asText = (value: unknown): string => JSON.stringify(value, (_, held) => (typeof held === 'bigint' ? `${held}n` : held));

export type Difference = Readonly<{ at: string; reference: string; production: string }>;

export function firstDifference(before: readonly Decision[], after: readonly Decision[], from = 0): Difference | null {
  const count = Math.max(before.length, after.length);
  for (let i = from; i < count; i++) {
    const [a, b] = [before[i], after[i]];
    if (a !== undefined && b !== undefined && sameBytes(decisionBytes(a), decisionBytes(b))) continue;
    const [left, right] = [a === undefined ? 'nothing' : asText(a), b === undefined ? 'nothing' : asText(b)];
    return { at: addressOf(a ?? b), reference: sorted(left), production: sorted(right) };
  }
  return null;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Both desks over the same steps: the first difference in words, or null. States are compared every so many steps and at the end. */
export function disagreement(
  steps: readonly Step[],
  options: Readonly<{ every?: number; machines?: Machines; scans?: Scans }> = {},
): string | null {
  const said: Decision[] = [];
  const { every = 50, ...altered } = options;
  const desk = production((decision) => said.push(decision), altered);
  const judge = reference();
  let compared = 0;
  for (const [index, one] of steps.entries()) {
    referenceStep(judge, one);
    step(desk, one);
    const found = firstDifference(judge.decisions, said, compared);
    if (found !== null)
      return `step ${index} (${one.do}), decision ${found.at}\n  reference:  ${found.reference}\n  production: ${found.production}`;
    compared = said.length;
    if (index % every !== 0 && index !== steps.length - 1) continue;
    const state = firstStateDifference(referenceState(judge), stateOf(desk));
    if (state !== null) return `step ${index} (${one.do}), state ${state}`;
  }
  return null;
}

/** Key order is no difference. */
function sorted(text: string): string {
  if (text === 'nothing') return text;
  return JSON.stringify(order(JSON.parse(text)));
}
function order(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(order);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, order(held)]),
  );
}

/** The production desk's state in the words of the reference's: same facts, its own ledger spelled out. */
export function stateOf(desk: Desk): unknown {
  const saved = desk.save() as unknown as SavedDesk;
  const { index: _index, ledger, ...rest } = saved;
  const lines = [...Ledger.load(ledger).balances()];
  return {
    ...rest,
    feeds: rest.feeds.map(({ spec: _spec, ordinal: _ordinal, ...feed }) => feed),
    strategies: rest.strategies.map(({ parameters: _p, subscriptions: _s, history: _h, ...strategy }) => ({
      ...strategy,
      cash: lines.reduce((sum, line) => (line.strategy === strategy.id ? sum + line.cash : sum), 0n),
    })),
    orders: rest.orders.map(({ context, ...order }) => ({ ...order, context })),
    ledger: lines
      .map(({ account, strategy, instrument, currency, lots, rounding, lastFillPrice, borrow = 0n, funding = 0n, ...books }) => ({
        key: `${account}|${strategy}|${instrument}|${currency}`,
        lots,
        lastFillPrice,
        books: {
          cash: books.cash,
          inventory: books.inventory,
          realised: books.realised,
          fees: books.fees,
          equity: books.equity,
          borrow,
          funding,
        },
        rounding,
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

type ReferenceState = {
  holdings: { account: string; strategy: string; instrument: string; lots: number; lastPrice: number | null }[];
  balances: { account: string; strategy: string; instrument: string; currency: string; book: string; amount: bigint }[];
  rounding: { account: string; strategy: string; instrument: string; atto: bigint }[];
  orders: { lots: number; limit: number | null; stop: number | null }[];
};

/** The reference's state in the same words. */
export function referenceState(desk: Pick<ReferenceDesk, 'state'>): unknown {
  const { holdings, balances, rounding, orders, ...rest } = desk.state() as unknown as ReferenceState;
  const keys = [
    ...new Set(balances.map(({ account, strategy, instrument, currency }) => `${account}|${strategy}|${instrument}|${currency}`)),
  ].sort();
  return {
    ...rest,
    orders: orders.map(({ lots: _l, limit: _i, stop: _s, ...order }) => order),
    ledger: keys.map((key) => {
      const of = (one: { account: string; strategy: string; instrument: string }) =>
        key.startsWith(`${one.account}|${one.strategy}|${one.instrument}|`);
      const amount = (book: string) => balances.reduce((sum, one) => (of(one) && one.book === book ? sum + one.amount : sum), 0n);
      const holding = holdings.find(of);
      return {
        key,
        lots: holding?.lots ?? 0,
        lastFillPrice: holding?.lastPrice ?? null,
        books: {
          cash: amount('cash'),
          inventory: amount('inventory'),
          realised: amount('realised'),
          fees: amount('fees'),
          equity: amount('equity'),
          borrow: amount('borrow'),
          funding: amount('funding'),
        },
        rounding: rounding.find(of)?.atto ?? 0n,
      };
    }),
  };
}

export function firstStateDifference(expected: unknown, actual: unknown, path = ''): string | null {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return `${path}: ${expected.length} entries in the reference, ${actual.length} in production: ${asText(expected).slice(0, 300)} / ${asText(actual).slice(0, 300)}`;
    for (let i = 0; i < expected.length; i++) {
      const found = firstStateDifference(expected[i], actual[i], `${path}[${i}]`);
      if (found !== null) return found;
    }
    return null;
  }
  if (expected !== null && actual !== null && typeof expected === 'object' && typeof actual === 'object') {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const key of keys) {
      const found = firstStateDifference(
        (expected as Record<string, unknown>)[key],
        (actual as Record<string, unknown>)[key],
        `${path}.${key}`,
      );
      if (found !== null) return found;
    }
    return null;
  }
  return Object.is(expected, actual) ? null : `${path}: ${asText(expected)} in the reference, ${asText(actual)} in production`;
}
