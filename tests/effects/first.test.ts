import { afterAll, expect, test } from 'vitest';
import { admin, disagreements, dropFolder, freshFolder, openExchange, verified, World } from './world.ts';

const exchange = await openExchange();
afterAll(async () => {
  await exchange.close();
  dropFolder(exchange.folder);
});

test('orders leave, are filled, cancelled and replaced, and both ledgers agree', async () => {
  await admin(exchange, 'reset', { seed: 1 });
  const folder = freshFolder();
  const world = await World.open({ folder, server: exchange });
  await world.ready();
  world.want({ do: 'order', instrument: 'BTC-USD', side: 'buy', type: 'market', lots: 5, price: null });
  await world.rest();
  expect(disagreements(world, exchange)).toEqual([]);
  await world.desk.close();
  expect(await verified(folder)).toBe(true);
  dropFolder(folder);
});
