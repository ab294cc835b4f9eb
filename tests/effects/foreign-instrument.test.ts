/** Somebody trades by hand, on the desk's account, what the desk was never given: its cash moves, and the desk goes on. */
import { afterAll, expect, test } from 'vitest';
import { TestExchange } from '#tests/venues/exchange-client.ts';
import { ACCOUNT, disagreements, dropFolder, freshFolder, verified, World } from './world.ts';

const venue = await TestExchange.open({ symbols: ['BTC-USD', 'ETH-USD', 'SOL-USD'], limit: 100_000 });
const folder = freshFolder();
afterAll(async () => {
  await venue.close();
  dropFolder(folder);
});

/** A busy machine must not be taken for a late order. */
const open = () => World.open({ folder, server: venue.server, terms: { sendWindowUs: 3_000_000, orphans: 'adopt' }, timeoutUs: 2_000_000 });

const byHand = async (side: 'buy' | 'sell', quantity: string, price: string | null = null): Promise<void> => {
  const asked = price === null ? { type: 'market' } : { type: 'limit', price };
  const { status, body } = await venue.call('POST', '/orders', { symbol: 'SOL-USD', side, quantity, ...asked });
  expect(status, JSON.stringify(body)).toBe(200);
};

const differences = ({ decisions }: World): string[] =>
  decisions.flatMap((decision) => {
    if (decision.type !== 'DifferenceFound' || decision.what !== 'balance') return [];
    const { what, of, held, venue: there, resolution } = decision;
    return [`${what} ${of}: ${held} here, ${there} there: ${resolution}`];
  });

/** Sessions that were ready and are no more. */
const lost = ({ decisions }: World): number =>
  decisions.filter((decision) => decision.type === 'SessionMoved' && decision.from === 'ready').length;

const state = (world: World) => `${world.gate}, ${world.state.accounts.byId.get(ACCOUNT)!.session.value}`;
const cash = (world: World): bigint => world.state.accounts.ledger.cashOf(ACCOUNT, 'USD');

/** The desk's own, meanwhile. */
async function traded(world: World, side: 'buy' | 'sell', lots: number): Promise<void> {
  const filled = () => [...world.state.orders.all.values()].filter(({ living }) => living.value === 'FILLED').length;
  const before = filled();
  world.want({ do: 'order', instrument: 'BTC-USD', side, type: 'market', lots, price: null });
  await world.until(() => filled() > before, `${side} ${lots} is filled`);
}

test('SOL bought by hand is money that moved: booked once, through restarts too, and the desk goes on', async () => {
  await venue.quote('60000.0', '60000.1');
  await venue.quote('150.01', '150.03', '1000', 'SOL-USD');
  const account = () => venue.server.exchange.state.account;
  const world = await open();
  await world.ready();
  expect(differences(world)).toEqual(['balance USD: 0 here, 10000000 there: opening balance']);
  await traded(world, 'buy', 5);

  await byHand('buy', '12.37');
  await byHand('buy', '3.5', '140.00'); // and one that rests: not ours to adopt
  await traded(world, 'sell', 2);
  await world.rest();
  // 12.37 × 150.03 = 1855.8711, and 500 millionths of it
  const bought = 'balance USD: none here, -185680 there: booked: SOL-USD was traded by hand';
  expect(differences(world).slice(1)).toEqual([bought]);
  expect([state(world), lost(world)]).toEqual(['OPEN, ready', 0]);
  expect(cash(world)).toBe(account().cash('USD'));
  await world.rest(); // and again, now that it is known
  expect(differences(world)).toHaveLength(2);
  expect(disagreements(world, venue.server)).toEqual(["order 2 there is nobody's here", "order 3 there is nobody's here"]);
  await world.desk.close();

  await byHand('sell', '2.00'); // while nobody looks
  const again = await open();
  await again.ready();
  await again.rest();
  // 2 × 150.01 = 300.02, less 0.15
  expect(differences(again)).toEqual(['balance USD: none here, 29987 there: booked: SOL-USD was traded by hand']);
  expect([state(again), cash(again)]).toEqual(['OPEN, ready', account().cash('USD')]);
  await again.desk.close();

  const third = await open();
  await third.ready();
  await third.rest();
  expect([differences(third), state(third), cash(third)]).toEqual([[], 'OPEN, ready', account().cash('USD')]);
  await third.desk.close();
  expect(await verified(folder)).toBe(true);
});
