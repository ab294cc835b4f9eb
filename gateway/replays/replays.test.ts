// All replays of a gateway: whose, how many, until when, which two share a clock. The players are real ones, over message ports.
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { Film } from '#replay/film.ts';
import { asked as requestAsked } from '#tests/http-request.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { seal } from '#tests/replay/forge.ts';
import { randomDesk } from '#tests/replay/random-desk.ts';
import { nodeDigest } from '#tests/replay/recorder.ts';
import { serverMessage } from '../contracts/live.ts';
import { type ReplayAsked, type ReplayRow, replayDocument, replayRow } from '../contracts/replays.ts';
import { problem, Refused } from '../http/problem.ts';
import { openRouter } from '../http/router.ts';
import type { HubClock } from '../live/hub.ts';
import { STANDARD_LIMITS } from '../live/hub.ts';
import type { Method, Sent, Socket } from '../transport/server.ts';
import type { Line } from './port-socket.ts';
import { type ReplayLimits, Replays } from './replays.ts';
import { replayOffer, replayRoutes } from './routes.ts';
import { ReplaySession } from './session.ts';
import { type Player, playerOver, serveSession } from './thread.ts';

const recorded = randomDesk({ seed: 4, ticks: 1200, cuts: [400, 30] });
const sealed = seal(recorded.frames);
const film = await Film.read(sealed.reader().frames(), { mostBytes: 1e9 });

const wall: HubClock = {
  nowMs: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** As a thread would: a session behind a port. `die`: what a thread that ends without a word looks like. */
function played(id: string, dies: Map<string, (why: string) => void>): Promise<Player> {
  const { port1, port2 } = new MessageChannel();
  const lines: MessageChannel[] = [];
  const hub = { epoch: id, windowMs: 5, beatMs: 60_000, limits: STANDARD_LIMITS, kept: { messages: 10, bytes: 1000 } };
  const session = new ReplaySession({
    ...{ id, film, derive: { digest: nodeDigest, catalogue: testCatalogue }, clock: wall, hub },
    packing: { pack: (bytes) => bytes, unpack: (bytes) => bytes },
    told: (stands, ready) => port2.postMessage({ stands, ready }),
  });
  const stop = (): void => {
    session.end();
    for (const one of [port1, port2, ...lines.map(({ port1: near }) => near)]) one.close(); // their far ends were in the thread
  };
  closing.push(stop);
  const { opened, died } = playerOver(
    {
      line: port1 as unknown as Line,
      channel() {
        const made = new MessageChannel();
        lines.push(made);
        return { near: made.port1 as unknown as Line, far: made.port2 as unknown as Line };
      },
      stop,
    },
    (why) => new Refused(problem(422, 'cannot-replay', 'Cannot be played', why.join('; '))),
  );
  dies.set(id, (why) => {
    stop();
    died(why);
  });
  serveSession(port2 as unknown as Line, session, STANDARD_LIMITS.unsentBytes);
  return opened;
}

/** Time by hand, of the replays as a whole. */
class Hands {
  now = 0;
  #due: { at: number; call: () => void }[] = [];
  readonly clock: HubClock = {
    nowMs: () => this.now,
    after: (ms, call) => {
      const one = { at: this.now + ms, call };
      this.#due.push(one);
      return () => {
        this.#due = this.#due.filter((other) => other !== one);
      };
    },
  };
  pass(ms: number): void {
    for (const end = this.now + ms; ; ) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) {
        this.now = end;
        return;
      }
      this.#due = this.#due.filter((one) => one !== next);
      this.now = next.at;
      next.call();
    }
  }
}

const LIMITS: ReplayLimits = { each: 2, all: 3, idleMs: 60_000, answerMs: 10_000 };

function opened(limits = LIMITS) {
  const hands = new Hands();
  const dies = new Map<string, (why: string) => void>();
  let count = 0;
  const forked: unknown[] = [];
  const replays = new Replays({
    ...{ limits, clock: hands.clock, journals: () => ['a-day'], newId: () => `r${++count}` },
    async open(id, source: ReplayAsked) {
      if ('journal' in source && source.journal === 'gone')
        throw new Refused(problem(404, 'not-found', 'Nothing here', 'there is no journal gone'));
      return played(id, dies);
    },
    async fork(source, change) {
      forked.push([source, change]);
      return { run: 'a-branch', first: null, firstDeed: null, same: 1, different: 0 };
    },
  });
  closing.push(() => replays.close('the test is over'));
  return { replays, hands, forked, die: (id: string, why: string) => dies.get(id)!(why) };
}

/** Somebody who watches, and reads all. */
class Page implements Socket {
  readonly remote = '127.0.0.1';
  readonly topics: readonly string[] = [];
  open = true;
  readonly bufferedBytes = 0;
  clock: ReplayRow | null = null;
  readonly frames: unknown[] = [];
  readonly refused: string[] = [];
  closed: readonly [number, string] | null = null;
  send(message: Uint8Array | string): Sent {
    for (const one of JSON.parse(Buffer.from(message as Uint8Array).toString()) as unknown[]) {
      const told = serverMessage.parse(one);
      this.frames.push(told);
      if (told.say === 'refused') this.refused.push(told.reason);
      if (told.say !== 'snapshot' && told.say !== 'delta') continue;
      for (const [key, row] of told.rows) if (key === 'replay') this.clock = replayRow.parse(row);
    }
    return 'sent';
  }
  close(code: number, reason: string): void {
    this.open = false;
    this.closed ??= [code, reason];
  }
  subscribe(): void {}
  unsubscribe(): void {}
}

function watch(replays: Replays, id: string) {
  const offered = replayOffer(replays)(requestOf('GET', `/api/v1/replays/live?replay=${id}`), (topic) =>
    topic === 'orders' ? { reason: 'not yours', remedy: 'ask' } : null,
  );
  if ('refuse' in offered) throw new Error(`refused: ${offered.refuse.status}`);
  const page = new Page();
  offered.listener.open(page);
  for (const topic of ['system', 'decisions', 'orders', 'logs'])
    offered.listener.message(page, JSON.stringify({ do: 'subscribe', id: 1, topic }));
  return { page, leave: () => offered.listener.close(page, 1000, 'left') };
}

const until = async (holds: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 2000 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
};
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Refused ? error.problem : error),
  );

const requestOf = (method: Method, address: string, more: Parameters<typeof requestAsked>[0] = {}) => {
  const [path = '', query = ''] = address.split('?');
  return requestAsked({ method, path, query, ...more });
};

describe('replays', () => {
  test('are opened, told of, moved by all who watch on one clock, and ended', async () => {
    const { replays } = opened();
    const one = await replays.open('ann', { journal: 'day' });
    expect(replayDocument.parse(one)).toMatchObject({ id: 'r1', owner: 'ann', from: { seq: 0 }, to: film.last, ended: null });
    const [ann, bob] = [watch(replays, 'r1'), watch(replays, 'r1')];
    await until(() => ann.page.clock !== null && bob.page.clock !== null);
    const standing = await replays.move('r1', { to: { seq: 700 } });
    expect(standing).toMatchObject({ seq: 700, why: 'moved' });
    await until(() => ann.page.clock!.seq === 700 && bob.page.clock!.seq === 700);
    expect(ann.page.clock).toEqual(bob.page.clock);
    expect(ann.page.refused.sort()).toEqual(['a replay has no logs', 'not yours']);
    expect(replays.one('r1')).toMatchObject({ watchers: 2, stands: { seq: 700 } });
    bob.leave();
    expect(replays.one('r1').watchers).toBe(1);
    replays.end('r1', 'ended by ann');
    await until(() => ann.page.closed !== null);
    expect(await refusalOf(replays.move('r1', { pause: true }))).toMatchObject({
      status: 410,
      detail: 'this replay is no more: ended by ann',
    });
    expect(replays.list().replays).toMatchObject([{ id: 'r1', ended: 'ended by ann' }]);
  });

  test('are bounded for each and in all, also while they are being opened', async () => {
    const { replays } = opened();
    const asked = await Promise.all(['ann', 'ann', 'ann', 'bob', 'bob'].map((who) => refusalOf(replays.open(who, { journal: 'day' }))));
    expect(asked.map((one) => (one as { detail?: string } | null)?.detail ?? null)).toEqual([
      null,
      null,
      'ann has 2 replays open, and 2 is the most',
      null,
      '3 replays are open, and 3 is the most',
    ]);
    replays.end('r1', 'enough');
    expect(await refusalOf(replays.open('bob', { journal: 'day' }))).toBe(null);
  });

  test('leave no trace where they cannot be opened', async () => {
    const { replays } = opened();
    for (let i = 0; i < 5; i++) expect(await refusalOf(replays.open('ann', { journal: 'gone' }))).toMatchObject({ status: 404 });
    expect(replays.list().replays).toEqual([]);
  });

  test('that nobody watches or moves are over after a while; those that are watched are not', async () => {
    const { replays, hands } = opened();
    await replays.open('ann', { journal: 'day' });
    await replays.open('ann', { journal: 'day' });
    const page = watch(replays, 'r2');
    hands.pass(50_000);
    await replays.move('r1', { to: { seq: 5 } });
    hands.pass(50_000);
    expect(replays.one('r1').ended).toBe(null);
    hands.pass(30_000);
    expect(replays.one('r1').ended).toBe('nobody watched or moved it for 1 minutes');
    expect(replays.one('r2').ended).toBe(null);
    page.leave();
    hands.pass(80_000);
    expect(replays.one('r2').ended).not.toBe(null);
  });

  test('whose thread dies end with the reason, for whoever asks, watches or waits', async () => {
    const { replays, die } = opened();
    await replays.open('ann', { journal: 'day' });
    const { page } = watch(replays, 'r1');
    await until(() => page.clock !== null);
    const waiting = refusalOf(replays.move('r1', { to: { seq: film.last.seq } }));
    die('r1', 'it needed more memory than a replay may have');
    expect(await waiting).toMatchObject({ status: 410, detail: 'this replay is no more: it needed more memory than a replay may have' });
    await until(() => page.closed !== null);
    expect(replays.one('r1').ended).toBe('it needed more memory than a replay may have');
    const offered = replayOffer(replays)(requestOf('GET', '/api/v1/replays/live?replay=r1'), () => null);
    expect('refuse' in offered && offered.refuse.status).toBe(410);
    expect(await refusalOf(replays.open('ann', { journal: 'day' }))).toBe(null);
  });

  test('that say nothing for too long are over', async () => {
    const { replays, hands } = opened();
    await replays.open('ann', { journal: 'day' });
    const waiting = refusalOf(replays.move('r1', { to: { seq: film.last.seq } })); // asked, and its port not served while time passes
    hands.pass(10_000);
    expect(await waiting).toMatchObject({ status: 410, detail: 'this replay is no more: it did not answer for 10 s' });
  });

  test('a branch is opened beside its baseline, at the number where that stands, on one clock until they are let apart', async () => {
    const { replays, forked } = opened();
    await replays.open('ann', { journal: 'day' });
    await replays.move('r1', { to: { seq: 800 } });
    const made = await replays.fork('r1', 'ann', { set: { lots: 1 } });
    expect(forked).toEqual([[{ journal: 'day' }, { set: { lots: 1 }, at: 800 }]]);
    expect(made.replay).toMatchObject({ id: 'r2', beside: 'r1', together: true, source: { run: 'a-branch' } });
    const stands = (id: string) => replays.one(id).stands;
    await until(() => stands('r2').seq === 800);
    await replays.move('r1', { jump: 'fill', back: true });
    await until(() => JSON.stringify(stands('r2')) === JSON.stringify(stands('r1')));
    await replays.move('r2', { to: { seq: 123 } });
    await until(() => stands('r1').seq === 123 && stands('r2').seq === 123);
    await replays.move('r2', { play: 'max' });
    await until(() => stands('r1').why === 'end' && stands('r2').seq === film.last.seq);
    expect(await refusalOf(replays.fork('r1', 'ann', {}))).toMatchObject({ status: 409 });
    replays.together('r2', false);
    await replays.move('r2', { to: { seq: 5 } });
    expect([stands('r1').seq, stands('r2').seq]).toEqual([film.last.seq, 5]);
    replays.together('r1', true);
    await until(() => stands('r2').seq === film.last.seq);
    replays.end('r1', 'enough');
    expect(replays.one('r2')).toMatchObject({ beside: null, together: false, ended: null });
    await replays.move('r2', { to: { seq: 9 } });
    expect(stands('r2').seq).toBe(9);
  });
});

test('the routes answer as their schemas say, and a foreign replay is ended by nobody who may not', async () => {
  const { replays } = opened();
  const router = openRouter(
    replayRoutes(replays, ({ headers }) => headers['x-who'] ?? 'nobody'),
    null,
    ({ headers }, { owner }) => {
      if (headers['x-who'] !== owner) throw new Refused(problem(403, 'owner', 'Not allowed', 'it belongs to somebody else'));
    },
  );
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body: unknown = null, who = 'ann') => {
    const answer = await router.answer(
      requestOf(method, path, {
        headers: { 'x-who': who, 'content-type': 'application/json' },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      }),
    );
    return { status: answer.status, body: answer.body === null ? null : (JSON.parse(String(answer.body)) as Record<string, unknown>) };
  };
  expect(await call('POST', '/api/v1/replays', { journal: 'day' })).toMatchObject({ status: 201, body: { id: 'r1' } });
  for (const bad of [{ journal: '../day' }, { journal: '..' }, { journal: 'a/b' }, { run: '' }, {}, { journal: 'a', run: 'b' }])
    expect((await call('POST', '/api/v1/replays', bad)).status).toBe(422);
  expect((await call('POST', '/api/v1/replays', { journal: 'gone' })).status).toBe(404);
  expect(await call('POST', '/api/v1/replays/r1/move', { step: 'event' })).toMatchObject({ status: 200, body: { playing: false } });
  for (const bad of [
    { play: 0.1 },
    { play: 2000 },
    { step: 'day' },
    { to: {} },
    { pause: false },
    { to: { seq: -1 } },
    { step: 'event', jump: 'fill' },
  ])
    expect((await call('POST', '/api/v1/replays/r1/move', bad)).status).toBe(422);
  expect(((await call('GET', '/api/v1/replays/r1/timeline?buckets=7')).body as { buckets: unknown[] }).buckets).toHaveLength(7);
  expect((await call('GET', '/api/v1/replays/r1/timeline?buckets=0')).status).toBe(422);
  for (const strategy of ['../mine.ts', 'mine.yaml', '/etc/mine.js'])
    expect((await call('POST', '/api/v1/replays/r1/fork', { change: { strategy } })).status).toBe(422);
  expect((await call('POST', '/api/v1/replays/r1/fork', { change: { latency: 'recorded:/etc/passwd' } })).status).toBe(422);
  expect((await call('DELETE', '/api/v1/replays/r1', null, 'bob')).status).toBe(403);
  expect((await call('DELETE', '/api/v1/replays/r1')).status).toBe(204);
  expect((await call('GET', '/api/v1/replays/r9')).status).toBe(404);
  const none = replayOffer(replays)(requestOf('GET', '/api/v1/replays/live'), () => null);
  expect('refuse' in none && none.refuse.status).toBe(400);
});
