/** Each fault an exchange can have, alone and with each other: no order twice, none lost, both ledgers agree at the end. */
import { afterAll, expect, test } from 'vitest';
import { FAULTS } from '#infra/venues-local/faults.ts';
import { type Day, dayName, runDay } from './day.ts';
import { dropFolder, openExchange } from './world.ts';

const LANES = 6;
const SEEDS = Number(process.env['EFFECTS_SEEDS'] ?? 7);
const exchanges = await Promise.all(Array.from({ length: LANES }, () => openExchange()));
afterAll(async () => {
  for (const exchange of exchanges) {
    await exchange.close();
    dropFolder(exchange.folder);
  }
});

const sets = [[], ...FAULTS.map((name) => [name]), ...FAULTS.flatMap((a, i) => FAULTS.slice(i + 1).map((b) => [a, b]))];
const days: Day[] = Array.from({ length: SEEDS }, (_, round) =>
  sets.map((faults, index) => ({ seed: 1 + round * sets.length + index, faults })),
).flat();

test(`${days.length} days at a failing exchange end with both ledgers equal`, { timeout: 100_000 + days.length * 1_000 }, async () => {
  const failures: string[] = [];
  const total = { orders: 0, fills: 0, lost: 0 };
  let next = 0;
  await Promise.all(
    exchanges.map(async (exchange) => {
      for (let day = days[next++]; day !== undefined; day = days[next++]) {
        try {
          const { found, orders, fills, lost, picture } = await runDay(exchange, day);
          total.orders += orders;
          total.fills += fills;
          total.lost += lost;
          if (found.length > 0) failures.push(`${dayName(day)}: ${found.join('; ')}\n${picture}`);
        } catch (error) {
          failures.push(`${dayName(day)}: ${String(error)}`);
        }
      }
    }),
  );
  process.stdout.write(
    `${days.length} days: ${total.orders} orders, ${total.fills} fills, ${total.lost} outcomes that were unknown for a while\n`,
  );
  expect(failures.slice(0, 4).join('\n\n'), `${failures.length} of ${days.length}`).toBe('');
  expect(total.lost).toBeGreaterThan(days.length / 12); // fewer on a machine so busy that many stay home late;
});
