/** The desk's journal in a real Kafka, the desk and the broker killed while it trades: journal and the venue's ledger say one truth in the end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingKafka, startBrokers } from '#tests/services/kafka.ts';
import { BROKER_VICTIMS, type KilledDay, KilledLane, killedName } from './killed-day.ts';
import { bundle, ExchangeProcess, type Programs } from './processes.ts';
import { dropFolder } from './world.ts';

const missing = missingKafka();
const ROUNDS = Number(process.env['KAFKA_DAYS'] ?? 1);
const VICTIMS = ['desk, desk again', ...BROKER_VICTIMS] as const;

describe.skipIf(missing !== null)(`on a real Kafka${missing === null ? '' : ` (${missing})`}`, () => {
  let kafka: Awaited<ReturnType<typeof startBrokers>>;
  let programs: Programs;
  let lane: KilledLane;
  let days = 0;
  let back: Promise<void> = Promise.resolve();
  beforeAll(async () => {
    [kafka, programs] = await Promise.all([startBrokers(1), bundle()]);
    const [broker] = kafka.brokers;
    lane = new KilledLane(programs, new ExchangeProcess(programs), {
      fresh: () => ({ place: `kafka://${broker!.address}/day-${++days}/effects`, drop: () => {} }),
      kill() {
        back = broker!.kill().then(() => broker!.start());
        return back;
      },
      there: () => back,
    });
  });
  afterAll(async () => {
    await lane?.close();
    await kafka?.end();
    if (programs !== undefined) dropFolder(programs.folder);
  });

  test.each(VICTIMS)(
    '%s killed while it trades: no order is lost or doubled, and the journal verifies',
    { timeout: 60_000 * ROUNDS },
    async (victims) => {
      let orders = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        const day: KilledDay = { seed: 100 * round + VICTIMS.indexOf(victims), victims, faults: [] };
        const { found, story, ...counts } = await lane.run(day);
        expect(found.join('; '), `${killedName(day)}\n${story}`).toBe('');
        orders += counts.orders;
      }
      expect(orders).toBeGreaterThan(0);
    },
  );
});
