// Watchers of a real hub over a real control socket: whatever each of them reads, or does not, all come to know what the hub holds.
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Line, type LinePorts } from '#gateway/contracts/line.ts';
import { Hub, STANDARD_LIMITS } from '#gateway/live/hub.ts';
import { type Watching, watchSocket } from '#infra/control/client.ts';
import { type Control, openControl } from '#infra/control/server.ts';
import { ControlWatchers } from './control-watchers.ts';
import { hubClock } from './desk-gateway.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; !holds(); ) {
    if (Date.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function opened() {
  const home = mkdtempSync(join(tmpdir(), 'retrace-watchers-'));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  let seq = 0;
  const hub = new Hub({
    ...{ epoch: 'e', desk: 'd', mode: 'PAPER', windowMs: 5, beatMs: 1_000, limits: STANDARD_LIMITS, clock: hubClock },
    kept: { messages: 100, bytes: 64 * 1024 },
    truth: () => ({ seq, at: seq, age: null, durable: seq }),
  });
  cleanups.push(() => hub.close());
  const gate = hub.channel('gate', '*', { keeps: 'newest' });
  const watchers = new ControlWatchers(hub);
  const control = await openControl({
    ...{ home, desk: 'd', about: { build: 'b', journal: '/j', breaker: null } },
    handler: {
      status: () => null,
      health: () => ({ live: true, ready: true, reasons: [] }),
      command: () => Promise.reject(new Error('no commands here')),
      stop: () => {},
      watch: (peer) => watchers.attach(peer),
    },
  });
  cleanups.push(() => control.close());
  const rows = new Map<string, unknown>();
  const put = (key: string, row: unknown): void => {
    seq += 1;
    rows.set(key, row);
    gate.put(key, row);
    hub.changed();
  };
  return { hub, watchers, control, put, rows };
}

function line({ path }: Control): Line {
  const ports: LinePorts = {
    open: ({ heard, closed }) => watchSocket(path, { heard, closed: (why) => closed(0, why.message) }, 2_000) satisfies Watching,
    nowMs: () => performance.now(),
    after: hubClock.after,
    random: () => 0,
  };
  const one = new Line(ports, { changed: () => {} });
  one.watch('gate', '*');
  one.begin();
  cleanups.push(() => one.end('over'));
  return one;
}
const heldBy = (one: Line): [string, unknown][] => one.places('gate', '*').flatMap(({ followed }) => [...followed.rows]);

test('one that reads holds what the hub holds; one that did not read for a while is told how things are, not how they were', async () => {
  const { hub, watchers, control, put, rows } = await opened();
  const reader = line(control);
  const slow = createConnection({ path: control.path });
  cleanups.push(() => slow.destroy());
  slow.write('{"id":1,"do":"watch"}\n{"do":"subscribe","id":1,"topic":"gate"}\n');
  await until(() => watchers.count === 2 && heldBy(reader).length === rows.size, 'both to watch');
  for (let n = 0; n < 300; n += 1) {
    for (let key = 0; key < 10; key += 1) put(`k${key}`, { n, text: 'x'.repeat(1_000) });
    hub.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => JSON.stringify(heldBy(reader)) === JSON.stringify([...rows]), 'the reader to hold all');
  expect(reader.gaps).toBe(0);
  expect(watchers.count).toBe(2);
  let heard = '';
  slow.on('data', (part: Buffer) => {
    heard += part.toString();
  });
  const messages = () =>
    heard
      .split('\n')
      .slice(1, -1)
      .flatMap((frame) => JSON.parse(frame) as { say: string; why?: string; rows?: [string, unknown][] }[]);
  await until(() => messages().some(({ why }) => why === 'behind'), 'the slow one to be told that it was behind');
  const last = messages().findLast(({ say }) => say === 'snapshot')!;
  expect(last.rows).toEqual([...rows]);
  expect(Buffer.byteLength(heard)).toBeLessThan(2 * STANDARD_LIMITS.unsentBytes + 2 ** 20); // of some three megabytes that changed
});

test('one that leaves is no viewer any more; at the end each is told why', async () => {
  const { hub, watchers, control, put } = await opened();
  const [first, second] = [line(control), line(control)];
  put('k', 1);
  await until(() => [first, second].every((one) => heldBy(one).length === 1), 'both to be told');
  expect([hub.viewers, watchers.count]).toEqual([2, 2]);
  first.end('left');
  await until(() => hub.viewers === 1, 'the first to be gone');
  expect(watchers.count).toBe(1);
  watchers.close('the desk stops');
  expect([hub.viewers, watchers.count]).toEqual([0, 0]);
  await until(() => second.state.is === 'waiting', 'the second to hear of it');
  expect(second.state).toMatchObject({ why: 'the desk stops' });
});

test('what is no message of the protocol is refused by name; one that says too much of it is let go', async () => {
  const { hub, control } = await opened();
  const heard: string[] = [];
  let ended = '';
  const one = watchSocket(control.path, { heard: (text) => heard.push(text), closed: ({ message }) => (ended = message) }, 2_000);
  await until(() => heard.length === 1, 'the welcome');
  one.send('hello');
  await until(() => heard.length === 2, 'the refusal');
  expect(JSON.parse(heard[1]!)).toMatchObject([{ say: 'refused', reason: expect.stringContaining('is not JSON') }]);
  for (let n = 0; n < 30; n += 1) one.send('{}');
  await until(() => ended !== '', 'its end');
  expect(ended).toContain('messages that say nothing');
  expect(hub.viewers).toBe(0);
});
