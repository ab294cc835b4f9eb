/** One seeded day of trading at an exchange that misbehaves: orders of every kind, a market that moves, hands at the venue. Ends at rest. */
import { type RandomStream, randomStream } from '#engine/random.ts';
import type { FaultName } from '#infra/venues-local/faults.ts';
import type { ExchangeServer } from '#infra/venues-local/serve.ts';
import type { Wanted } from './ordered-strategy.ts';
import { admin, type DeskOptions, disagreements, dropFolder, faults, freshFolder, verified, World, wait } from './world.ts';

const PRICES = { 'BTC-USD': { tick: 0.1, home: 60_000 }, 'ETH-USD': { tick: 0.01, home: 3_000 } } as const;
export type Symbol = keyof typeof PRICES;
export const SYMBOLS = Object.keys(PRICES) as Symbol[];

export type Day = Readonly<{ seed: number; faults: readonly FaultName[]; steps?: number; rate?: number }>;
export type DayResult = Readonly<{ found: readonly string[]; orders: number; fills: number; lost: number; picture: string }>;

export const dayName = ({ seed, faults: names }: Day): string => `${names.join(' + ') || 'no fault'}, seed ${seed}`;

export async function runDay(server: ExchangeServer, day: Day, options: Partial<DeskOptions> = {}): Promise<DayResult> {
  const stream = randomStream(day.seed, 'effects day');
  await admin(server, 'reset', { seed: day.seed });
  await faults(server, 0, {});
  for (const symbol of SYMBOLS) await quote(server, symbol, 0);
  const folder = freshFolder();
  const world = await World.open({ folder, server, ...options });
  try {
    await world.ready();
    const rate = day.rate ?? 0.35;
    await faults(server, day.seed, Object.fromEntries(day.faults.map((name) => [name, rate])), 20 + stream.below(100_000));
    for (let step = 0; step < (day.steps ?? 10); step += 1) {
      await act(world, server, stream);
      await wait(stream.below(10));
    }
    await faults(server, 0, {});
    await world.rest();
    const found = disagreements(world, server);
    const { decisions } = world;
    const result = {
      orders: world.state.orders.all.size,
      fills: decisions.filter(({ type }) => type === 'OrderFilled').length,
      lost: decisions.filter((decision) => decision.type === 'OrderMoved' && decision.to === 'UNKNOWN').length,
      picture: found.length === 0 ? '' : world.picture(),
    };
    await world.desk.close();
    if (!(await verified(folder))) found.push('the journal does not verify');
    return { ...result, found };
  } finally {
    await world.desk.close().catch(() => {});
    dropFolder(folder);
  }
}

async function act(world: World, server: ExchangeServer, stream: RandomStream): Promise<void> {
  const symbol = SYMBOLS[stream.below(SYMBOLS.length)]!;
  const nth = stream.below(8);
  const draw = stream.below(16);
  if (draw < 7) world.want(randomOrder(symbol, stream));
  else if (draw < 9) world.want({ do: 'cancel', instrument: symbol, nth });
  else if (draw < 11)
    world.want({
      do: 'replace',
      instrument: symbol,
      nth,
      lots: 1 + stream.below(9),
      price: ticks(symbol, stream.between(-6, 6)),
      stop: null,
    });
  else if (draw < 15) await trade(server, symbol, stream);
  else await quote(server, symbol, stream.between(-4, 4));
}

export function randomOrder(symbol: Symbol, stream: RandomStream): Wanted {
  const type = (['market', 'limit', 'limit', 'limit', 'stop'] as const)[stream.below(5)]!;
  const side = stream.chance(0.5) ? 'buy' : 'sell';
  const away = stream.between(-3, 4) * (side === 'buy' ? -1 : 1);
  const price = type === 'market' ? null : ticks(symbol, type === 'stop' ? -away : away);
  return { do: 'order', instrument: symbol, side, type, lots: 1 + stream.below(9), price };
}

export const ticks = (symbol: Symbol, away: number): number => Math.round(PRICES[symbol].home / PRICES[symbol].tick) + away;
const text = (symbol: Symbol, away: number): string =>
  (PRICES[symbol].home + away * PRICES[symbol].tick).toFixed(symbol === 'BTC-USD' ? 1 : 2);
const lotText = (symbol: Symbol, lots: number): string =>
  (symbol === 'BTC-USD' ? lots * 0.0001 : lots * 0.001).toFixed(symbol === 'BTC-USD' ? 4 : 3);

export function quote(server: Pick<ExchangeServer, 'url' | 'keys'>, symbol: Symbol, middle: number): Promise<void> {
  return admin(server, 'quote', {
    symbol,
    bid: text(symbol, middle - 1),
    bidQuantity: lotText(symbol, 40),
    ask: text(symbol, middle + 1),
    askQuantity: lotText(symbol, 40),
  });
}

export function trade(server: Pick<ExchangeServer, 'url' | 'keys'>, symbol: Symbol, stream: RandomStream): Promise<void> {
  const side = stream.chance(0.5) ? 'buy' : 'sell';
  const price = text(symbol, stream.between(-5, 5));
  return admin(server, 'trade', { symbol, side, price, quantity: lotText(symbol, 1 + stream.below(12)) });
}
