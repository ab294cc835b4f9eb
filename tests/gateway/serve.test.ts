// The gateway put together, over real sockets, on both drivers: who gets in, what they are shown, and that it ends when they may no longer.

import { request as plainRequest } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import { serverMessage } from '#gateway/contracts/live.ts';
import { route } from '#gateway/http/router.ts';
import { Hub, STANDARD_LIMITS } from '#gateway/live/hub.ts';
import { callerOf, nameOf } from '#gateway/serve/admission.ts';
import { type Gateway, type Listen, openGateway } from '#gateway/serve/gateway.ts';
import { SIGNED_OUT } from '#gateway/serve/watching.ts';
import { chooseTransport } from '#gateway/transport/choose.ts';
import type { DriverName } from '#gateway/transport/server.ts';
import { CannotListen } from '#gateway/transport/server.ts';
import { findUws, thisMachine } from '#gateway/transport/uws-binary.ts';
import { DOER, Place, passwordOf } from '../access/place.ts';

const uws = findUws(thisMachine());
const open: Gateway[] = [];
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close(200, 'the test is over');
});

const clock = {
  nowMs: () => performance.now(),
  after(ms: number, call: () => void) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

const HERE: Listen = { host: '127.0.0.1', port: 0, tls: null, url: null, origins: [] };

async function opened(driver: DriverName, { demo = false, listen = HERE }: { demo?: boolean; listen?: Listen } = {}) {
  const place = new Place();
  const done: string[] = [];
  const hub = new Hub({
    ...{ epoch: 'e', desk: 'test', mode: 'PAPER', windowMs: 5, beatMs: 1_000, clock },
    limits: STANDARD_LIMITS,
    kept: { messages: 10, bytes: 10_000 },
    truth: () => ({ seq: 7, at: 1, age: null, durable: 5 }),
  });
  const gate = hub.channel('gate', '*', { keeps: 'newest' });
  gate.put('global *', { state: 'OPEN' });
  hub.channel('logs', '*', { keeps: 'grows', rows: 10 }).put('1', 'a line');
  const gateway = await openGateway({
    transport: await chooseTransport(driver),
    ...{ listen, hub, clock },
    access: {
      ...{ store: place.store, passwords: place.passwords, ports: place.ports, demo, liveAccounts: () => false },
      attempts: { record: (attempt) => void place.attempts.push(attempt) },
      trouble: (error) => void place.troubles.push(error),
    },
    place: { desk: 'test', mode: () => 'PAPER', version: '1.2.3' },
    routes: () => [
      route({
        route: 'POST /api/v1/kill',
        summary: 'kills',
        body: z.strictObject({ why: z.string() }),
        out: { 200: z.object({ by: z.string(), times: z.int() }) },
        handle({ body, request }) {
          done.push(body.why);
          return { status: 200, body: { by: nameOf(callerOf(request)), times: done.length } };
        },
      }),
    ],
    files: null,
    failed: (error) => {
      throw error;
    },
  });
  open.push(gateway);
  return { gateway, place, hub, gate, done, at: gateway.origin };
}

type Signed = Readonly<{ cookie: string; csrf: string; document: Record<string, unknown> }>;
const headersOf = ({ cookie, csrf }: Signed, at: string) => ({
  cookie,
  'x-csrf-token': csrf,
  origin: at,
  'content-type': 'application/json',
});

async function signIn(at: string, path: string, body: unknown, more: Record<string, string> = {}): Promise<Signed> {
  const answer = await fetch(`${at}${path}`, {
    method: 'POST',
    headers: { origin: at, 'content-type': 'application/json', ...more },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  const document = (await answer.json()) as Record<string, unknown>;
  const set = answer.headers.get('set-cookie')!;
  expect(set).toMatch(/HttpOnly; SameSite=Strict/);
  return { cookie: set.split(';')[0]!, csrf: document['csrf'] as string, document };
}

type Seen = { told: z.infer<typeof serverMessage>[]; closed: { code: number; reason: string } | null; socket: WebSocket };
const watch = (at: string, protocols: readonly string[], headers: Record<string, string>): Promise<Seen | number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`${at.replace('http', 'ws')}/api/v1/live`, [...protocols], { headers });
    const seen: Seen = { told: [], closed: null, socket };
    socket.on('error', () => {});
    socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0));
    socket.on('message', (data) => {
      for (const one of JSON.parse(String(data)) as unknown[]) seen.told.push(serverMessage.parse(one));
      resolve(seen);
    });
    socket.on('close', (code, reason) => {
      seen.closed = { code, reason: String(reason) };
    });
  });

async function until(holds: () => boolean): Promise<void> {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > 10_000) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const driver of ['uws', 'node'] as const) {
  const reason = driver === 'uws' && 'missing' in uws ? uws.missing : null;
  describe.skipIf(reason !== null)(`on ${driver}${reason === null ? '' : `: ${reason}`}`, () => {
    test('nobody sees or does anything before they are known; who signs in does what their role may, under their name', async () => {
      const { at, place, done } = await opened(driver);
      await place.users(['root', 'admin'], ['tom', 'trader'], ['vera', 'viewer']);
      const nobody = (await (await fetch(`${at}/api/v1/session`)).json()) as Record<string, unknown>;
      expect(nobody).toMatchObject({ signedIn: false, firstRun: false, demoOffered: false, desk: 'test', mode: 'PAPER', version: '1.2.3' });
      const kill = (headers: Record<string, string>) =>
        fetch(`${at}/api/v1/kill`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{"why":"a test"}',
        });
      expect((await kill({ origin: at })).status).toBe(401);
      const wrong = await fetch(`${at}/api/v1/session`, {
        ...{ method: 'POST', headers: { origin: at, 'content-type': 'application/json' } },
        body: JSON.stringify({ name: 'tom', password: 'not the words of tom' }),
      });
      expect([wrong.status, ((await wrong.json()) as { title: string }).title]).toEqual([401, 'Not signed in']);
      const vera = await signIn(at, '/api/v1/session', { name: 'vera', password: passwordOf('vera') });
      expect((await kill(headersOf(vera, at))).status).toBe(403);
      const tom = await signIn(at, '/api/v1/session', { name: 'tom', password: passwordOf('tom') });
      expect(await (await kill(headersOf(tom, at))).json()).toEqual({ by: 'tom', times: 1 });
      // without the token of the session, or from a page of somebody else, the cookie opens nothing
      expect((await kill({ ...headersOf(tom, at), 'x-csrf-token': vera.csrf })).status).toBe(403);
      expect((await kill({ ...headersOf(tom, at), origin: 'http://elsewhere.example' })).status).toBe(403);
      const token = await place.token('tom', 'trade');
      expect(await (await kill({ authorization: `Bearer ${token}` })).json()).toMatchObject({ times: 2 });
      expect((await fetch(`${at}/api/v1/session?token=${token}`)).status).toBeGreaterThanOrEqual(400);
      expect((await fetch(`${at}/api/v1/nothing`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403);
      expect(done).toEqual(['a test', 'a test']);
      expect(place.attempts.filter(({ ok }) => !ok).length).toBeGreaterThanOrEqual(6);
    });

    test('the same key does a thing once, for whoever sent it, and for nobody else', async () => {
      const { at, place } = await opened(driver);
      await place.users(['root', 'admin'], ['tom', 'trader']);
      const asked = async (token: string) => {
        const headers = { authorization: `Bearer ${token}`, 'idempotency-key': '12345678', 'content-type': 'application/json' };
        return ((await (await fetch(`${at}/api/v1/kill`, { method: 'POST', headers, body: '{"why":"once"}' })).json()) as { times: number })
          .times;
      };
      const [one, other] = [await place.token('tom', 'trade'), await place.token('root', 'admin')];
      expect([await asked(one), await asked(one), await asked(other), await asked(one)]).toEqual([1, 1, 2, 1]);
    });

    test('a session that was planted is not the one that is signed in', async () => {
      const { at, place } = await opened(driver);
      await place.users(['root', 'admin'], ['tom', 'trader']);
      const planted = await signIn(at, '/api/v1/session', { name: 'tom', password: passwordOf('tom') });
      const root = await signIn(
        at,
        '/api/v1/session',
        { name: 'root', password: passwordOf('root') },
        {
          ...{ cookie: planted.cookie, 'x-csrf-token': planted.csrf }, // as a page sends it that found itself signed in
        },
      );
      expect(root.cookie).not.toBe(planted.cookie);
      const now = (await (await fetch(`${at}/api/v1/session`, { headers: { cookie: planted.cookie } })).json()) as { signedIn: boolean };
      expect(now.signedIn).toBe(false);
    });

    test('the link of the terminal makes the first admin, once', async () => {
      const { at, gateway } = await opened(driver);
      const link = (await gateway.firstRun())!;
      expect(link.startsWith(`${at}/first-run#`)).toBe(true);
      const first = { link: link.split('#')[1]!, name: 'root', password: passwordOf('root') };
      const root = await signIn(at, '/api/v1/first-run', first);
      expect(root.document).toMatchObject({ user: 'root', role: 'admin', firstRun: false });
      const again = await fetch(`${at}/api/v1/first-run`, {
        ...{ method: 'POST', headers: { origin: at, 'content-type': 'application/json' } },
        body: JSON.stringify({ ...first, name: 'other' }),
      });
      expect(again.status).toBe(409);
      expect(await gateway.firstRun()).toBeNull();
    });

    test('the demonstration signs a page of this machine in, and no other', async () => {
      const { at } = await opened(driver, { demo: true });
      const demo = await signIn(at, '/api/v1/session/demo', null);
      expect(demo.document).toMatchObject({ user: 'demo', role: 'trader', demo: true });
      for (const headers of [{ origin: 'http://elsewhere.example' }, { origin: at, 'x-forwarded-for': '10.0.0.9' }])
        expect((await fetch(`${at}/api/v1/session/demo`, { method: 'POST', headers: headers as Record<string, string> })).status).toBe(403);
    });

    test('watching needs the session and its token, shows what the role may see, and ends when the session does', async () => {
      const { at, place, gate, hub, gateway } = await opened(driver);
      await place.users(['root', 'admin'], ['vera', 'viewer']);
      const vera = await signIn(at, '/api/v1/session', { name: 'vera', password: passwordOf('vera') });
      const own = { cookie: vera.cookie, origin: at };
      expect(await watch(at, [], {})).toBe(401);
      expect(await watch(at, ['retrace.live.v1'], own)).toBe(403);
      expect(await watch(at, ['retrace.live.v1', `csrf.${vera.csrf}`], { ...own, origin: 'http://elsewhere.example' })).toBe(403);
      const seen = (await watch(at, ['retrace.live.v1', `csrf.${vera.csrf}`], own)) as Seen;
      expect(seen.socket.protocol).toBe('retrace.live.v1');
      for (const topic of ['gate', 'logs']) seen.socket.send(JSON.stringify({ do: 'subscribe', id: 1, topic }));
      await until(() => seen.told.some(({ say }) => say === 'refused') && seen.told.some(({ say }) => say === 'snapshot'));
      expect(seen.told.find(({ say }) => say === 'refused')).toMatchObject({ reason: 'vera is a viewer, and an admin is needed' });
      gate.put('global *', { state: 'KILLED' });
      hub.changed();
      await until(() => seen.told.some(({ say }) => say === 'delta'));
      expect(seen.told.find(({ say }) => say === 'delta')).toMatchObject({ seq: 7, durable: 5, rows: [['global *', { state: 'KILLED' }]] });
      expect(gateway.watchers()).toBe(1);
      await place.administer.disable(DOER, 'vera');
      await until(() => seen.closed !== null);
      expect(seen.closed!.code).toBe(SIGNED_OUT);
      expect(gateway.watchers()).toBe(0);
    });

    test('a program watches with its token, and no longer than that is good', async () => {
      const { at, place } = await opened(driver);
      await place.users(['root', 'admin']);
      const token = await place.token('root', 'read');
      const seen = (await watch(at, [], { authorization: `Bearer ${token}` })) as Seen;
      expect(seen.told[0]).toMatchObject({ say: 'welcome', desk: 'test', mode: 'PAPER' });
      const { id } = place.store.read().tokens[0]!;
      await place.administer.revokeToken(DOER, id);
      await until(() => seen.closed !== null);
      expect(seen.closed!.code).toBe(SIGNED_OUT);
    });

    test('another name of this machine is refused, so no foreign page can come by its own', async () => {
      const { at } = await opened(driver);
      const { port } = new URL(at);
      const status = await new Promise((resolve, reject) => {
        const asking = plainRequest({ host: '127.0.0.1', port, path: '/api/v1/session', headers: { host: `rebound.example:${port}` } });
        asking.on('response', (answer) => resolve(answer.resume().statusCode));
        asking.on('error', reject).end();
      });
      expect(status).toBe(421);
    });

    test('strangers at one address use up no measure of those who are signed in', async () => {
      const { at, place } = await opened(driver);
      await place.users(['root', 'admin'], ['tom', 'trader']);
      const tom = await signIn(at, '/api/v1/session', { name: 'tom', password: passwordOf('tom') });
      const statuses = new Set<number>();
      for (let crowds = 0; crowds < 30 && !statuses.has(429); crowds++)
        for (const { status } of await Promise.all(Array.from({ length: 300 }, () => fetch(`${at}/api/v1/session`)))) statuses.add(status);
      expect(statuses).toContain(429);
      const kill = await fetch(`${at}/api/v1/kill`, { method: 'POST', headers: headersOf(tom, at), body: '{"why":"still"}' });
      expect(kill.status).toBe(200);
    });

    test('a port that is taken: the next one where it may, a clear no where it may not', async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as { port: number };
      try {
        const { at } = await opened(driver, { listen: { ...HERE, port: { from: port } } });
        expect(Number(new URL(at).port)).toBeGreaterThan(port);
        await expect(opened(driver, { listen: { ...HERE, port } })).rejects.toThrow(CannotListen);
      } finally {
        other.close();
      }
    });
  });
}
