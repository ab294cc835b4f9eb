// The program on a real Kafka, as a person runs it: a demo that trades there, is killed, goes on, is copied, verified and played again.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { desksAt } from '#infra/kafka/open-kafka.ts';
import { kafkaSettings } from '#infra/kafka/settings.ts';
import { missingKafka, startBrokers } from '../services/kafka.ts';
import { build, documentOf, Homes, retrace, sleep, start, until } from './run.ts';

const missing = missingKafka();
const TICKS = 40_000;
const HASHES = ['runHash', 'stateHash', 'seq', 'ticks', 'decisions', 'orders', 'fills', 'equity'] as const;
const hashesOf = (document: Record<string, unknown>) => Object.fromEntries(HASHES.map((name) => [name, document[name]]));

describe.skipIf(missing !== null)(`on a real Kafka${missing === null ? '' : ` (${missing})`}`, () => {
  const homes = new Homes();
  let kafka: Awaited<ReturnType<typeof startBrokers>>;
  let brokers = '';
  let live: Record<string, unknown> = {};
  beforeAll(async () => {
    [kafka] = await Promise.all([startBrokers(1), build()]);
    brokers = kafka.addresses.join(',');
    live = documentOf(await retrace(demo, homes.make()));
  });
  afterAll(async () => {
    await kafka.end();
    homes.remove();
  });

  const demo = ['demo', '--ticks', String(TICKS), '--json'];
  const inTopic = (topic: string) => ({ KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic, KAFKA_PARTITIONS: '1' });
  const address = (topic: string) => `kafka://${brokers}/${topic}/demo-7`;
  /** Resolves when so many records lie there. */
  const grown = async (topic: string, records: number) => {
    const settings = kafkaSettings(inTopic(topic))!;
    for (;;) {
      const held = await desksAt(settings).catch(() => []);
      if ((held[0]?.records ?? 0) >= records) return;
      await sleep(20);
    }
  };

  test('killed in the middle, it goes on and ends with the hash of a run in files; so do its copies', async () => {
    const home = homes.make();
    const env = inTopic('killed');
    const first = start(demo, home, env);
    await grown('killed', 100);
    first.child.kill('SIGKILL');
    expect((await first.ended).signal).toBe('SIGKILL');
    const ended = documentOf(await retrace(demo, home, env));
    expect(ended).toMatchObject({ ok: true, resumed: true, finished: true, journal: address('killed') });
    expect(hashesOf(ended)).toEqual(hashesOf(live));

    const folder = join(home, 'copies', 'demo-7');
    const copied = documentOf(await retrace(['journal', 'copy', address('killed'), folder, '--json'], home));
    const back = documentOf(
      await retrace(['journal', 'copy', folder, `kafka://${brokers}/back`, '--json'], home, { KAFKA_SINGLE_BROKER: 'true' }),
    );
    expect(copied).toMatchObject({ ok: true, before: 0, chain: ended['chain'] });
    expect(back).toMatchObject({ ok: true, before: 0, chain: ended['chain'], frames: copied['frames'], to: address('back') });
    for (const place of [address('killed'), folder, address('back')]) {
      const verified = documentOf(await retrace(['verify', place, '--json'], home));
      expect(verified).toMatchObject({ ok: true, mismatches: 0, clean: true, runHash: live['runHash'], chain: ended['chain'] });
    }
    const played = documentOf(await retrace(['replay', address('killed'), '--speed', 'max', '--json'], home));
    expect(played).toMatchObject({ runHash: live['runHash'], stateHash: live['stateHash'], sameAsRecorded: true });
    const listed = documentOf(await retrace(['journal', 'ls', `kafka://${brokers}/killed`, '--json'], home));
    expect(listed['journals']).toMatchObject([{ desk: 'demo-7', kind: 'demo', partition: 0, seq: live['seq'], clean: true }]);
  });

  test('the broker is killed and comes back while it trades: the run ends with the same hash', async () => {
    const running = start(demo, homes.make(), inTopic('outage'));
    await grown('outage', 50);
    const [broker] = kafka.brokers;
    await broker!.kill();
    await broker!.start();
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).toBe(0);
    expect(hashesOf(JSON.parse(stdout))).toEqual(hashesOf(live));
  });

  test('a second process takes the desk over; the first says who has it and stops', async () => {
    const home = homes.make();
    const first = start(['demo', '--speed', '1', '--no-dashboard'], home, inTopic('shared'));
    await grown('shared', 20);
    const second = start(['demo', '--speed', '1', '--no-dashboard'], homes.make(), inTopic('shared'));
    const { code, stderr } = await first.ended;
    expect(stderr).toMatch(/trading halted at number \d+: the journal shared\[0\] of demo-7 was taken by \S+ at offset \d+/);
    expect(stderr).toContain('the other process has the desk');
    expect(code).toBe(3);
    await until(() => second.stdout().split('\n').length > 3, 'the second desk');
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(0);
    expect(documentOf(await retrace(['verify', address('shared'), '--json'], home))).toMatchObject({ ok: true, clean: true });
  });

  test('a copy that was cut off goes on; one whose original went another way is refused', async () => {
    const home = homes.make();
    const part = ['demo', '--ticks', '20000', '--json'];
    documentOf(await retrace(part, home));
    const env = { KAFKA_SINGLE_BROKER: 'true' };
    const to = `kafka://${brokers}/growing`;
    const copy = () => retrace(['journal', 'copy', 'demo-7', to, '--json'], home, env).then(documentOf);
    const before = await copy();
    expect(await copy()).toMatchObject({ ok: true, frames: 0, before: before['seq'], chain: before['chain'] });
    documentOf(await retrace(demo, home));
    const after = await copy();
    expect(after).toMatchObject({ ok: true, before: before['seq'], seq: live['seq'] });
    expect(documentOf(await retrace(['verify', address('growing'), '--json'], home))).toMatchObject({ ok: true, runHash: live['runHash'] });
    const other = homes.make();
    documentOf(await retrace(part, other));
    const refused = await retrace(['journal', 'copy', 'demo-7', to], other, env);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('holds another journal, or has gone on by itself');
    const went = documentOf(await retrace(['demo', '--ticks', '45000', '--json'], home, { ...inTopic('growing') }));
    expect(went).toMatchObject({ resumed: true, ticks: 45_000 });
    const late = await retrace(['journal', 'copy', 'demo-7', to], home, env);
    expect(late.code).toBe(2);
    expect(late.stderr).toContain('was claimed by a desk at offset');
  });

  test('what is wrong with the place is said before anything trades', async () => {
    const home = homes.make();
    documentOf(await retrace(['init', '--venue', 'local', '--json'], home));
    const cases: readonly (readonly [readonly string[], Record<string, string>, number, string])[] = [
      [['demo', '--ticks', '10'], { KAFKA_BROKERS: 'localhost' }, 2, 'KAFKA_BROKERS: "localhost" is no host:port'],
      [['demo', '--ticks', '10'], { KAFKA_BROKERS: '127.0.0.1:1' }, 3, 'retrace demo: topic retrace at 127.0.0.1:1'],
      [['demo', '--ticks', '10', '--new'], inTopic('outage'), 2, 'a topic holds a desk once'],
      [['demo', '--ticks', '10'], inTopic('killed'), 2, 'is already past 10 ticks'],
      [['verify', `kafka://${brokers}/nowhere/demo-7`], {}, 1, 'there is no topic nowhere'],
      [['verify', `kafka://${brokers}/killed/demo-8`], {}, 1, 'holds no desk demo-8; there are: demo-7'],
      [['verify', `kafka://${brokers}/killed`], {}, 2, 'names a topic and no desk'],
      [['verify', 'kafka://nobody/killed/demo-7'], {}, 2, '"nobody" is no host:port'],
      [
        ['run'],
        { ...inTopic('runs'), RETRACE_ACCOUNT_SEND_WINDOW: '5s' },
        2,
        'account.sendWindow is above 2s, and the journal lies in Kafka',
      ],
      [['run', '--new'], inTopic('runs'), 2, 'a topic holds a desk once'],
      [['journal', 'archive', address('killed'), '--to', 'cold'], {}, 2, 'lies in Kafka: segments are archived from files'],
    ];
    await Promise.all(
      cases.map(async ([args, env, code, text]) => {
        const ran = await retrace(args, home, env);
        expect(ran.stderr).toContain(text);
        expect(ran.code, args.join(' ')).toBe(code);
      }),
    );
  });
});
