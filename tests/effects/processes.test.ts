/** Real processes over real files and sockets, killed at any instant: what the desk's journal and the venue's ledger say in the end is one truth. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KilledDay, KilledLane, killedDay, killedName, VICTIMS } from './killed-day.ts';
import { bundle, ExchangeProcess, type Programs } from './processes.ts';
import { dropFolder } from './world.ts';

const LANES = 5;
const RUNS = Number(process.env['EFFECTS_KILLS'] ?? 54);
const FIRST = Number(process.env['EFFECTS_KILL_SEED'] ?? 1);
const days: KilledDay[] = Array.from({ length: RUNS }, (_, index) => killedDay(FIRST + index));
let programs: Programs;
const lanes: KilledLane[] = [];

beforeAll(async () => {
  programs = await bundle();
  for (let lane = 0; lane < Math.min(LANES, RUNS); lane += 1) lanes.push(new KilledLane(programs, new ExchangeProcess(programs)));
});
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  dropFolder(programs.folder);
});

test(`${RUNS} days in which desk and venue are killed end in one truth (from seed ${FIRST})`, {
  timeout: 120_000 + RUNS * 5_000,
}, async () => {
  const failures: string[] = [];
  const began = Date.now();
  const total = { kills: 0, orders: 0, fills: 0, lost: 0, requests: 0, rearmed: 0, alerts: 0 };
  let next = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      for (let day = days[next++]; day !== undefined; day = days[next++]) {
        try {
          const { found, story, ...counts } = await lane.run(day);
          for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
          if (found.length > 0) failures.push(`${killedName(day)}: ${found.join('; ')}\n${story}`);
        } catch (error) {
          failures.push(`${killedName(day)}: ${String(error)}`);
        }
      }
    }),
  );
  const { kills, orders, fills, lost, requests, rearmed, alerts } = total;
  process.stdout.write(
    `${RUNS} days, ${kills} kills: ${orders} orders, ${requests} requests, ${fills} fills, ${lost} outcomes unknown for a while, ${rearmed} stops placed again, ${alerts} alerts; ${((Date.now() - began) / 1000).toFixed(0)} s\n`,
  );
  expect(failures.slice(0, 4).join('\n\n'), `${failures.length} of ${RUNS}`).toBe('');
  expect(kills).toBeGreaterThanOrEqual(RUNS);
  if (RUNS >= 2 * VICTIMS.length) expect(Math.min(orders, fills, lost, rearmed)).toBeGreaterThan(0);
});
