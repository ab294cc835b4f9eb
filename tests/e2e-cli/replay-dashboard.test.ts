// What a stranger does with a recorded day: opens it in the browser's place, moves about in it, branches it, and ends it; in threads, over real sockets.
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type ServerMessage, serverMessage } from '#gateway/contracts/live.ts';
import { replayDocument, replayForked, replayList, replayRow, replayStanding, replayTimeline } from '#gateway/contracts/replays.ts';
import { build, documentOf, Homes, type Running, retrace, start, until } from './run.ts';

const homes = new Homes();
const running: Running[] = [];
let home = '';
let base = '';
let cookie = '';
let csrf = '';

async function call(method: string, path: string, body?: unknown): Promise<Readonly<{ status: number; body: unknown }>> {
  const answer = await fetch(base + path, {
    method,
    headers: { cookie, origin: base, 'x-csrf-token': csrf, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

/** All it was told, with the newest row of each key of each topic. */
function watched(path: string) {
  const rows = new Map<string, unknown>();
  const told: ServerMessage[] = [];
  let closed: number | null = null;
  const socket = new WebSocket(base.replace('http', 'ws') + path, [`csrf.${csrf}`, 'retrace.live.v1'], {
    headers: { cookie, origin: base },
  });
  socket.on('message', (message: Buffer) => {
    for (const one of JSON.parse(message.toString()) as unknown[]) {
      const said = serverMessage.parse(one);
      told.push(said);
      if (said.say !== 'snapshot' && said.say !== 'delta') continue;
      if (said.say === 'snapshot') for (const key of rows.keys()) if (key.startsWith(`${said.topic} ${said.of} `)) rows.delete(key);
      for (const [key, row] of said.rows) rows.set(`${said.topic} ${said.of} ${key}`, row);
    }
  });
  socket.on('error', () => {});
  socket.on('close', (code) => {
    closed = code;
  });
  socket.on('open', () => {
    for (const topic of ['quotes', 'orders', 'decisions', 'system']) socket.send(JSON.stringify({ do: 'subscribe', id: 1, topic }));
  });
  const clock = () => {
    const row = rows.get('system * replay');
    return row === undefined ? null : replayRow.parse(row);
  };
  return { told, rows, clock, closed: () => closed, socket };
}

beforeAll(async () => {
  await build();
  home = homes.make();
  documentOf(await retrace(['demo', '--ticks', '20000', '--json'], home));
  const journals = join(home, 'journals');
  cpSync(join(journals, 'demo-7'), join(journals, 'broken'), { recursive: true });
  const [segment = ''] = readdirSync(join(journals, 'broken')).filter((name) => name.endsWith('.seg'));
  const bytes = readFileSync(join(journals, 'broken', segment));
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
  writeFileSync(join(journals, 'broken', segment), bytes);
  const replay = start(['replay', 'demo-7', '--dashboard', '--port', '0', '--from', '5000'], home);
  running.push(replay);
  await until(() => /dashboard (http:\S+)/.test(replay.stderr()) && /replay \w+ of/.test(replay.stderr()), 'its address', 60_000);
  base = /dashboard (http:\S+)/.exec(replay.stderr())![1]!;
  const signed = await fetch(`${base}/api/v1/session/demo`, {
    method: 'POST',
    headers: { origin: base, 'content-type': 'application/json' },
    body: '{}',
  });
  cookie = signed.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const session = (await signed.json()) as { csrf: string; mode: string };
  csrf = session.csrf;
  expect(session.mode).toBe('REPLAY');
}, 120_000);

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  homes.remove();
});

test('a recorded day is watched, moved about in, branched beside itself and ended, and the journal is what it was', async () => {
  const digest = () => {
    const folder = join(home, 'journals', 'demo-7');
    return readdirSync(folder).map((name) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    );
  };
  const before = digest();
  const { replays } = replayList.parse((await call('GET', '/api/v1/replays')).body);
  const [{ id, to }] = replays as [(typeof replays)[number]];
  // what a page watches without knowing of replays, and what one that knows does
  const [page, knowing] = [watched('/api/v1/live'), watched(`/api/v1/replays/live?replay=${id}`)];
  await until(() => page.clock() !== null && knowing.clock()?.seq === 5000, 'both clocks, where it was told to begin');
  expect(page.told[0]).toMatchObject({ say: 'welcome', mode: 'REPLAY', desk: 'demo-7' });
  expect(knowing.clock()).toMatchObject({ seq: 5000, playing: false });

  const there = replayStanding.parse((await call('POST', `/api/v1/replays/${id}/move`, { to: { seq: 15_000 } })).body);
  expect(there).toMatchObject({ seq: 15_000, why: 'moved' });
  await until(() => page.clock()?.seq === 15_000 && knowing.clock()?.seq === 15_000, 'one clock');
  const fill = replayStanding.parse((await call('POST', `/api/v1/replays/${id}/move`, { jump: 'fill', back: true })).body);
  await until(() => page.clock()?.seq === fill.seq, 'the fill');
  for (const key of page.rows.keys())
    if (key.startsWith('decisions * ')) expect(Number.parseInt(key.slice('decisions * '.length), 10)).toBeLessThanOrEqual(fill.seq);
  const state = documentOf(await retrace(['state', 'demo-7', '--at', String(fill.seq), '--json'], home)) as Record<string, unknown>;
  expect(state['ok']).toBe(true);

  const timeline = replayTimeline.parse((await call('GET', `/api/v1/replays/${id}/timeline?buckets=20`)).body);
  expect(timeline.buckets.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(20_000);

  const forked = replayForked.parse((await call('POST', `/api/v1/replays/${id}/fork`, { change: { fee: '25' } })).body);
  expect(forked.replay).toMatchObject({ beside: id, together: true, original: 'fork', source: { run: forked.run } });
  expect(forked.replay.marks).toContainEqual(expect.objectContaining({ name: 'the branch parts', seq: fill.seq }));
  expect(forked.first === null || forked.first.seq > fill.seq).toBe(true);
  const branch = watched(`/api/v1/replays/live?replay=${forked.replay.id}`);
  await call('POST', `/api/v1/replays/${id}/move`, { to: { seq: to.seq } });
  await until(() => branch.clock()?.seq === to.seq, 'the branch on the same clock');
  expect(documentOf(await retrace(['verify', forked.run, '--json'], home)).ok).toBe(true);

  expect((await call('POST', '/api/v1/replays', { journal: 'nothing' })).status).toBe(404);
  const broken = await call('POST', '/api/v1/replays', { journal: 'broken' });
  expect(broken.status).toBe(422);
  expect((broken.body as { detail: string }).detail).toMatch(/broken/);
  const own = replayDocument.parse((await call('POST', '/api/v1/replays', { journal: 'demo-7' })).body);
  expect(own.owner).toBe('demo');
  expect((await call('DELETE', `/api/v1/replays/${id}`)).status).toBe(403);
  expect((await call('DELETE', `/api/v1/replays/${own.id}`)).status).toBe(204);
  expect((await call('POST', `/api/v1/replays/${own.id}/move`, { pause: true })).status).toBe(410);
  expect(digest()).toEqual(before);

  running[0]!.child.kill('SIGINT');
  const ran = await running[0]!.ended;
  expect(ran.code).toBe(0);
  await until(() => page.closed() !== null && branch.closed() !== null, 'both closed');
}, 120_000);

test('what a dashboard cannot do is refused in words', async () => {
  for (const [args, says] of [
    [['replay', 'demo-7', '--port', '4000'], '--port 4000: is for --dashboard'],
    [['replay', 'demo-7', '--dashboard', '--to', '5'], '--to 5: is for the terminal'],
    [['replay', 'demo-7', '--dashboard', '--speed', '5000'], 'plays at 0.25 to 1000, or max'],
    [['replay', 'nothing', '--dashboard'], 'no journal lies there'],
    [['replay', 'broken', '--dashboard'], 'broken'],
  ] as const) {
    const ran = await retrace([...args], home);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain(says);
  }
});
