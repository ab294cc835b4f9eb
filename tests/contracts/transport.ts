// The contract of the gateway's sockets, on real ones, run by each driver: what is let through, what is cut, what a slow or broken peer costs, and
// how a server leaves. What the slow clocks decide is begun at once and looked at last.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { randomStream } from '#engine/random.ts';
import { openStaticFiles } from '#gateway/http/static-files.ts';
import { LOST } from '#gateway/transport/served-socket.ts';
import {
  type Answer,
  BodyTooLarge,
  CannotListen,
  DEFAULT_LIMITS,
  HEAD_WITHIN_MS,
  type Limits,
  LOOPBACK_HOSTS,
  RequestAborted,
  type Server,
  type ServerSetup,
  type Socket,
  type SocketEnd,
  type SocketListener,
  type TlsFiles,
} from '#gateway/transport/server.ts';
import * as raw from './raw-peer.ts';

export type OpenServer = (setup: ServerSetup) => Server;

const LIMITS: Limits = { ...DEFAULT_LIMITS, bodyBytes: 4_096, messageBytes: 8_192, unsentBytes: 64 * 1024 };
/** A driver's clock for heads has a grain of four seconds. */
const SURELY_CUT_MS = HEAD_WITHIN_MS + 6_000;

export const text = (status: number, body: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body,
});

const quiet: SocketListener = { open: () => {}, message: () => {}, drain: () => {}, missed: () => {}, close: () => {} };
const endAt = (listener: Partial<SocketListener>, more: Partial<SocketEnd> = {}): SocketEnd => ({
  path: '/live',
  origins: 'same host',
  upgrade: () => ({ accept: { ...quiet, ...listener }, protocol: null }),
  ...more,
});
const echoEnd = endAt({ message: (socket, message) => void socket.send(message) });

/** Requests no handler may see. One that is not whole for a parser waits for more until the clock of heads. */
const MALFORMED: Readonly<Record<string, string>> = {
  'no HTTP at all': '\x00\x01\x02 nothing\r\n\r\n',
  'HTTP/1.0': 'GET /x HTTP/1.0\r\nHost: a\r\n\r\n',
  'HTTP/2 in plain text': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'no version': 'GET /x\r\n\r\n',
  'no host': 'GET /x HTTP/1.1\r\n\r\n',
  'a method nobody has': 'FOO /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method in lower case': 'get /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'a tunnel': 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n',
  'an asterisk': 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'a whole address': 'GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n',
  'a space before the colon': 'GET /x HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n',
  'a header without a colon': 'GET /x HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n',
  'a folded header': 'GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n',
  'a zero byte in a header': 'GET /x HTTP/1.1\r\nHost: a\r\nA: b\x00c\r\n\r\n',
  'a control byte in the path': 'GET /x\x01y HTTP/1.1\r\nHost: a\r\n\r\n',
  'a byte beyond ASCII in the path': 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n',
  'lines without a carriage return': 'GET /x HTTP/1.1\nHost: a\n\n',
  'two lengths': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc',
  'two lengths that differ': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
  'a length and chunks': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'a length below nothing': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
  'a length with a sign': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc',
  'a length in hex': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc',
  'a length beyond numbers': 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc',
  'an encoding that is not chunked': 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'an encoding behind another': 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'too many headers': `GET /x HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(200)}\r\n`,
};

export function describeTransport(name: string, openServer: OpenServer): void {
  async function begin(setup: Partial<Omit<ServerSetup, 'limits'>> & { limits?: Partial<Limits> } = {}) {
    const failures: string[] = [];
    const server = openServer({
      ...{ answer: () => text(200, 'ok'), ends: [echoEnd], hosts: 'any' as const, tls: null },
      failed: (error, where) => failures.push(`${where}: ${error instanceof Error ? error.message : error}`),
      ...setup,
      limits: { ...LIMITS, ...setup.limits },
    });
    const { port } = await server.listen('127.0.0.1', 0);
    const peers: raw.RawPeer[] = [];
    const peer = async () => {
      const one = await raw.rawPeer(port, { tls: setup.tls != null });
      peers.push(one);
      return one;
    };
    const close = async () => {
      for (const one of peers) one.destroy();
      await server.drain(0, 'the test is over');
    };
    /** A connection of its own, one request, its answer. */
    const ask = async (request: string) => {
      const one = await peer();
      one.write(request);
      const [answer] = await one.answers(request.slice(0, request.indexOf(' ')));
      one.destroy();
      return answer!;
    };
    const webSocket = async (headers: readonly string[] = []) => {
      const one = await peer();
      one.write(raw.handshake('/live', headers));
      const [answer] = await one.answers('HEAD');
      if (answer!.status !== 101) throw new Error(answer!.raw);
      return { ...one, frames: () => raw.framesIn(one.got()) };
    };
    return { server, port, peer, ask, webSocket, failures, close };
  }
  async function started(setup: Parameters<typeof begin>[0] = {}) {
    const place = await begin(setup);
    onTestFinished(place.close);
    return place;
  }

  describe(`transport: ${name}`, () => {
    // ---------------------------------------------------------------- what the slow clocks decide
    const slow = { seen: [] as string[], aborted: [] as string[], results: new Map<string, Promise<string>>(), close: async () => {} };
    beforeAll(async () => {
      const place = await begin({
        limits: { bodyWithinMs: 1_000 },
        answer: async (request) => {
          slow.seen.push(request.path);
          request.signal.addEventListener('abort', () => slow.aborted.push(request.path));
          if (request.path === '/large') return { ...text(200, ''), body: new Uint8Array(64 * 1024 * 1024) };
          await request.body.bytes();
          return text(200, 'ok');
        },
      });
      slow.close = place.close;
      const watch = async (what: string, peer: raw.RawPeer, ms = SURELY_CUT_MS) =>
        slow.results.set(
          what,
          peer.ended(ms).then(
            () => peer.got().toString('latin1'),
            (error: Error) => `still open: ${error.message}`,
          ),
        );
      for (const [what, bytes] of Object.entries(MALFORMED)) {
        const peer = await place.peer();
        peer.write(bytes);
        await watch(what, peer);
      }
      const dripping = await place.peer();
      dripping.write('GET /dripped HTTP/1.1\r\nHost: a\r\nX: ');
      const drip = setInterval(() => (dripping.closed() ? clearInterval(drip) : dripping.write('x')), 250);
      await watch('a head that drips', dripping);
      await watch('a connection that says nothing', await place.peer());
      const idle = await place.peer();
      idle.write(raw.request('GET', '/once'));
      await idle.answers('GET');
      await watch('a connection that idles behind an answer', idle);
      const body = await place.peer();
      body.write('POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc');
      await watch('a body that stays away', body, 4_000);
      const stuck = await place.peer();
      stuck.socket.pause();
      stuck.write(raw.request('GET', '/large'));
      // A paused socket does not see its end: the server does.
      slow.results.set(
        'an answer nobody reads',
        stuck
          .until(() => slow.aborted.includes('/large'), 2 * SURELY_CUT_MS)
          .then(
            () => '',
            (error: Error) => `still open: ${error.message}`,
          ),
      );
    });
    afterAll(() => slow.close());

    // ---------------------------------------------------------------- requests and answers

    test('every method arrives with its path, query, headers and body; HEAD is answered without a body', async () => {
      const { ask } = await started({
        answer: async ({ method, path, query, headers, remote, secure, body }) =>
          text(
            200,
            JSON.stringify([
              method,
              path,
              query,
              headers['x-a'],
              headers['cookie'],
              remote,
              secure,
              Buffer.from(await body.bytes()).toString(),
            ]),
          ),
      });
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        const answer = await ask(
          raw.request(method, '/a/%2e?b=%20&b', ['X-A: 1', 'x-a:  two ', 'Cookie: a=1', 'Cookie: b=2'], method === 'TRACE' ? '' : 'body'),
        );
        expect(JSON.parse(answer.body)).toEqual([
          method,
          '/a/%2e',
          'b=%20&b',
          '1, two',
          'a=1; b=2',
          '127.0.0.1',
          false,
          method === 'TRACE' ? '' : 'body',
        ]);
      }
      const head = await ask(raw.request('HEAD', '/'));
      expect(head.headers.map((line) => line.toLowerCase())).toContain(
        `content-length: ${JSON.stringify(['HEAD', '/', '', null, null, '127.0.0.1', false, '']).length}`,
      );
    });

    test('204 and 304 have neither body nor length; an empty answer has length 0; a header may come twice', async () => {
      const { ask } = await started({
        answer: ({ path }) => ({ status: Number(path.slice(1)), headers: { 'set-cookie': ['a=1', 'b=2'] }, body: null }),
      });
      for (const status of [204, 304]) {
        const answer = await ask(raw.request('GET', `/${status}`));
        expect(answer.status).toBe(status);
        expect(answer.headers.some((line) => /^content-length/i.test(line))).toBe(false);
        expect(answer.headers.filter((line) => line.startsWith('set-cookie'))).toEqual(['set-cookie: a=1', 'set-cookie: b=2']);
      }
      expect((await ask(raw.request('GET', '/404'))).headers.map((line) => line.toLowerCase())).toContain('content-length: 0');
    });

    test('a body in chunks and in pieces is the same body', async () => {
      const { peer } = await started({ answer: async ({ body }) => text(200, Buffer.from(await body.bytes()).toString('latin1')) });
      const random = randomStream(3, 'chunks');
      const body = Array.from({ length: 3_000 }, () => String.fromCharCode(33 + random.below(90))).join('');
      const one = await peer();
      one.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let at = 0; at < body.length; ) {
        const size = Math.min(1 + random.below(400), body.length - at);
        const chunk = `${size.toString(16)}\r\n${body.slice(at, at + size)}\r\n`;
        const cut = random.below(chunk.length);
        one.write(chunk.slice(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 1));
        one.write(chunk.slice(cut));
        at += size;
      }
      one.write('0\r\nA-Trailer: 1\r\n\r\n');
      expect((await one.answers('POST'))[0]!.body).toBe(body);
      await one.ended(); // what follows a chunked body is nobody's request
      const other = await peer();
      other.write(raw.request('POST', '/', [], body));
      expect((await other.answers('POST'))[0]!.body).toBe(body);
      other.write(raw.request('POST', '/', [], 'again'));
      expect((await other.answers('POST'))[0]!.body).toBe('again');
    });

    test('a body at the cap is taken, one byte more is not, whether its length is said, lied about or unsaid', async () => {
      const { ask } = await started({
        answer: async ({ body }) => {
          const bytes = await body.bytes().catch((error: unknown) => error);
          return bytes instanceof BodyTooLarge ? text(413, `over ${bytes.cap}`) : text(200, String((bytes as Uint8Array).length));
        },
      });
      const chunked = (length: number) =>
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${'x'.repeat(length)}\r\n0\r\n\r\n`;
      expect((await ask(raw.request('POST', '/', [], 'x'.repeat(4_096)))).body).toBe('4096');
      expect((await ask(chunked(4_096))).body).toBe('4096');
      expect((await ask(raw.request('POST', '/', [], 'x'.repeat(4_097)))).status).toBe(413);
      expect((await ask(chunked(4_097))).status).toBe(413);
      expect((await ask(chunked(1_000_000))).status).toBe(413);
      const unsent = await ask('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n');
      expect(unsent.status).toBe(413);
      expect(unsent.headers.map((line) => line.toLowerCase())).toContain('connection: close');
    });

    test('a peer that waits for 100 Continue gets it', async () => {
      const { peer } = await started({ answer: async ({ body }) => text(200, String((await body.bytes()).length)) });
      const one = await peer();
      one.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
      expect((await one.answers('POST'))[0]!.status).toBe(100);
      one.write('abc');
      expect((await one.answers('POST'))[0]!.body).toBe('3');
    });

    test('a peer that goes away aborts: in its body, while it waits, and while a body is streamed to it', async () => {
      const told: string[] = [];
      const { peer, failures } = await started({
        answer: async ({ path, body, signal }) => {
          signal.addEventListener('abort', () => told.push(`${path} aborted`));
          if (path === '/body')
            await body.bytes().catch((error) => told.push(error instanceof RequestAborted ? '/body refused' : String(error)));
          if (path === '/wait') await new Promise((resolve) => signal.addEventListener('abort', resolve));
          if (path === '/stream') return { ...text(200, ''), body: { bytes: null, read: forever } };
          return text(200, 'nobody reads it');
        },
      });
      async function* forever() {
        try {
          for (;;) {
            yield new Uint8Array(10_000);
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        } finally {
          told.push('/stream closed');
        }
      }
      for (const [path, more] of [
        ['/body', 'Content-Length: 10\r\n\r\nabc'],
        ['/unread', 'Content-Length: 10\r\n\r\nabc'],
        ['/wait', '\r\n'],
        ['/stream', '\r\n'],
      ] as const) {
        const one = await peer();
        one.write(`${more === '\r\n' ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nHost: a\r\n${more}`);
        if (path === '/stream') await one.until(() => one.got().length > 100_000);
        else await new Promise((resolve) => setTimeout(resolve, 50));
        one.destroy();
        await one.until(() => told.includes(`${path} aborted`));
      }
      const last = await peer();
      await last.until(() => told.includes('/stream closed') && told.includes('/body refused'));
      expect(failures).toEqual([]);
    });

    test('a streamed body comes whole at any pace; one that breaks its promise ends the connection', async () => {
      const MANY = 400;
      const { ask, peer, failures } = await started({
        answer: ({ path }) => ({
          ...text(200, ''),
          body: {
            bytes:
              path === '/known'
                ? MANY * 10_000
                : path === '/short'
                  ? MANY * 10_000 + 1
                  : path === '/long'
                    ? 10
                    : path === '/none'
                      ? 0
                      : null,
            async *read() {
              if (path === '/none') return;
              for (let i = 0; i < MANY; i++) yield Buffer.alloc(10_000, 65 + (i % 26));
            },
          },
        }),
      });
      const whole = Array.from({ length: MANY }, (_, i) => String.fromCharCode(65 + (i % 26)).repeat(10_000)).join('');
      expect((await ask(raw.request('GET', '/unknown'))).body === whole).toBe(true);
      expect((await ask(raw.request('GET', '/none'))).body).toBe('');
      expect((await ask(raw.request('HEAD', '/known'))).headers.map((line) => line.toLowerCase())).toContain(
        `content-length: ${whole.length}`,
      );
      const slowly = await peer();
      slowly.write(raw.request('GET', '/known'));
      for (let i = 0; i < 10; i++) {
        slowly.socket.pause();
        await new Promise((resolve) => setTimeout(resolve, 10));
        slowly.socket.resume();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect((await slowly.answers('GET'))[0]!.body === whole).toBe(true);
      for (const path of ['/short', '/long']) {
        const one = await peer();
        one.write(raw.request('GET', path));
        await one.ended();
        expect(raw.answerIn(one.got().toString('latin1'), 'GET')?.body.length ?? 0).toBeLessThan(11);
      }
      expect(failures).toHaveLength(2);
      expect(failures[0]).toContain(`promised ${whole.length + 1} bytes`);
    });

    test('a handler that throws, or rejects, is a 500 that says nothing of it, and is told', async () => {
      const { ask, failures } = await started({
        answer: ({ path }) => {
          if (path === '/rejects') return Promise.reject(new Error('inner secret'));
          throw new Error('inner secret');
        },
      });
      for (const path of ['/throws', '/rejects']) {
        const answer = await ask(raw.request('GET', path));
        expect(answer.status).toBe(500);
        expect(answer.raw).not.toContain('secret');
      }
      expect(failures).toEqual(['GET /throws: inner secret', 'GET /rejects: inner secret']);
    });

    test('no answer can carry a header of its own making, a second answer, or a length of its own', async () => {
      const bad: [string, string][] = [
        ['x', 'a\r\nset-cookie: stolen=1'],
        ['x', 'a\nb'],
        ['x', 'a\0b'],
        ['x', 'é'],
        ['x\r\ny', 'a'],
        ['x y', 'a'],
        ['', 'a'],
        ['content-length', '1'],
        ['transfer-encoding', 'chunked'],
        ['connection', 'keep-alive'],
      ];
      let next = 0;
      const { ask, failures } = await started({ answer: () => text(200, 'ok', { [bad[next]![0]]: bad[next]![1] }) });
      for (; next < bad.length; next++) {
        const answer = await ask(raw.request('GET', '/'));
        expect([bad[next], answer.status]).toEqual([bad[next], 500]);
        expect(answer.raw).not.toContain('stolen');
      }
      expect(failures).toHaveLength(bad.length);
    });

    test('a head over its size is 431, an address with a fragment 400, a header of identity sent twice 400', async () => {
      const { ask, peer } = await started();
      expect((await ask(raw.request('GET', '/', [`X: ${'x'.repeat(17_000)}`]))).status).toBe(431);
      expect((await ask(raw.request('GET', `/${'x'.repeat(17_000)}`))).status).toBe(431);
      expect((await ask(raw.request('GET', '/', [`X: ${'x'.repeat(15_000)}`]))).status).toBe(200);
      expect((await ask(raw.request('GET', '/a#b'))).status).toBe(400);
      expect((await ask(raw.request('GET', '/', ['Host: other']))).status).toBe(400);
      expect((await ask(raw.request('GET', '/', ['Authorization: a', 'Authorization: b']))).status).toBe(400);
      const one = await peer();
      one.write(raw.request('GET', '/', ['Host: other']));
      await one.ended(); // and behind a refusal of that kind the connection ends
    });

    test('requests in a row are answered in a row; one that overtakes an answer under way ends the connection', async () => {
      const { peer } = await started({
        answer: ({ path }) => {
          if (!path.startsWith('/later')) return text(200, path);
          return new Promise((resolve) => setTimeout(() => resolve(text(200, path)), 30));
        },
      });
      const one = await peer();
      one.write(['/a', '/b', '/c'].map((path) => raw.request('GET', path)).join(''));
      expect((await one.answers('GET', 'GET', 'GET')).map(({ body }) => body)).toEqual(['/a', '/b', '/c']);
      one.write(raw.request('GET', '/later'));
      expect((await one.answers('GET'))[0]!.body).toBe('/later');
      one.write(raw.request('GET', '/later') + raw.request('GET', '/b'));
      await one.ended();
      expect(one.got().toString()).toBe('');
    });

    test('a peer that half-closes is gone, and one that asks to close is closed behind its answer', async () => {
      let aborted = 0;
      const { peer } = await started({
        answer: ({ path, signal }) =>
          path === '/'
            ? text(200, 'bye')
            : new Promise((resolve) => signal.addEventListener('abort', () => resolve(text(200, String(++aborted))))),
      });
      const half = await peer();
      half.write(raw.request('GET', '/wait'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      half.socket.end();
      await half.until(() => aborted === 1);
      await half.ended();
      const polite = await peer();
      polite.write(raw.request('GET', '/', ['Connection: close']));
      expect((await polite.answers('GET'))[0]!.body).toBe('bye');
      await polite.ended();
    });

    test('no path, however written, leads out of a folder that is served', async () => {
      const root = mkdtempSync(join(tmpdir(), 'retrace-served-'));
      onTestFinished(() => rmSync(root, { recursive: true, force: true }));
      mkdirSync(join(root, 'page'));
      writeFileSync(join(root, 'secret.txt'), 'outside');
      writeFileSync(join(root, 'page', 'inside.txt'), 'inside');
      writeFileSync(join(root, 'page', '.env'), 'outside');
      const { ask } = await started({ answer: openStaticFiles(join(root, 'page')).answer });
      expect((await ask(raw.request('GET', '/inside.txt'))).body).toBe('inside');
      const ways = [
        '/../secret.txt',
        '/%2e%2e/secret.txt',
        '/..%2fsecret.txt',
        '/..%5csecret.txt',
        '/.%2e/secret.txt',
        '//secret.txt',
        '/x/../../secret.txt',
      ];
      for (const path of [
        ...ways,
        '/%252e%252e/secret.txt',
        '/..;/secret.txt',
        '/.env',
        '/%2eenv',
        '/inside.txt%00',
        '/inside.txt/',
        `${root}/secret.txt`,
      ]) {
        const answer = await ask(raw.request('GET', path));
        expect([path, answer.status, answer.body.includes('outside')]).toEqual([path, 404, false]);
      }
    });

    test('more requests than the limit are told to come back', async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const { ask, peer } = await started({ limits: { requests: 3 }, answer: () => held.then(() => text(200, 'ok')) });
      const three = await Promise.all([peer(), peer(), peer()]);
      for (const one of three) one.write(raw.request('GET', '/'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const fourth = await ask(raw.request('GET', '/'));
      expect([fourth.status, JSON.parse(fourth.body).type]).toEqual([503, '/problems/too-busy']);
      release();
      for (const one of three) expect((await one.answers('GET'))[0]!.status).toBe(200);
      expect((await ask(raw.request('GET', '/'))).status).toBe(200);
    });

    test('a name that is not ours is refused, for requests and for sockets, whatever the page says it is', async () => {
      const { ask, port } = await started({ hosts: LOOPBACK_HOSTS });
      const at = (host: string, request: string) => request.replace('Host: test', `Host: ${host}`);
      for (const host of ['localhost', `127.0.0.1:${port}`, 'LocalHost:1', '[::1]:80'])
        expect([host, (await ask(at(host, raw.request('GET', '/')))).status]).toEqual([host, 200]);
      for (const host of ['test', 'evil.test', 'localhost.evil.test', '127.0.0.1.evil.test:80', '']) {
        expect([host, (await ask(at(host, raw.request('GET', '/')))).status]).toEqual([host, 421]);
        expect([host, (await ask(at(host, raw.handshake('/live', [`Origin: http://${host}`])))).status]).toEqual([host, 421]);
      }
    });

    test('a server whose certificate is not there, or is of another key, does not open, and names the files', ({ skip }) => {
      const open = (tls: TlsFiles) =>
        openServer({ answer: () => text(200, ''), ends: [], hosts: 'any', tls, limits: LIMITS, failed: () => {} });
      expect(() => open({ key: 'no-key.pem', cert: 'no-cert.pem' })).toThrow(/no-key\.pem .*no-cert\.pem/);
      const [one, other] = [certificate(), certificate()];
      if (one === null || other === null) return skip('openssl is not here to make a certificate');
      expect(() => open({ key: one.key, cert: other.cert })).toThrow(other.cert);
    });

    test('a taken port is refused with its number, whoever holds it', async () => {
      const { port } = await started();
      const other = openServer({ answer: () => text(200, ''), ends: [], hosts: 'any', tls: null, limits: LIMITS, failed: () => {} });
      const refused = await other.listen('127.0.0.1', port).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CannotListen);
      expect((refused as Error).message).toContain(`127.0.0.1:${port}`);
    });

    // ---------------------------------------------------------------- WebSockets

    test('an upgrade is decided before the handshake: by origin, by handshake, by the end, by number', async () => {
      let asked = 0;
      const { ask, webSocket, peer } = await started({
        limits: { sockets: 2 },
        ends: [
          endAt(
            {},
            {
              upgrade: async ({ headers }) => {
                asked++;
                await new Promise((resolve) => setTimeout(resolve, 5));
                if (headers['authorization'] === 'no') return { refuse: text(401, 'who are you') };
                if (headers['authorization'] === 'broken') throw new Error('inner secret');
                return { accept: quiet, protocol: headers['sec-websocket-protocol']?.split(',')[0] ?? null };
              },
            },
          ),
        ],
      });
      expect((await ask(raw.handshake('/live', ['Origin: http://evil.test']))).status).toBe(403);
      expect((await ask(raw.handshake('/live', ['Origin: https://test']))).status).toBe(403);
      expect((await ask(raw.request('GET', '/live'))).status).toBe(426);
      expect((await ask(raw.handshake('/live').replace('Version: 13', 'Version: 12'))).status).toBe(426);
      expect((await ask(raw.handshake('/live').replace(raw.KEY, 'short'))).status).toBe(426);
      expect((await ask(raw.request('POST', '/live'))).status).toBe(426);
      expect(asked).toBe(0);
      expect(await ask(raw.handshake('/live', ['Authorization: no']))).toMatchObject({ status: 401, body: 'who are you' });
      const broken = await ask(raw.handshake('/live', ['Authorization: broken']));
      expect([broken.status, broken.raw.includes('secret')]).toEqual([500, false]);
      expect((await ask(raw.handshake('/elsewhere'))).body).toBe('ok');
      const one = await webSocket(['Origin: http://test']);
      const two = await peer();
      two.write(raw.handshake('/live', ['Sec-WebSocket-Protocol: desk.v1, other']));
      const [answer] = await two.answers('HEAD');
      expect(answer!.headers).toEqual(
        expect.arrayContaining(['Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'Sec-WebSocket-Protocol: desk.v1']),
      );
      expect((await ask(raw.handshake('/live'))).status).toBe(503);
      one.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await webSocket();
    });

    test('texts and bytes come back as they were sent, whole or in fragments, up to the largest; a ping is answered', async () => {
      const { webSocket } = await started();
      const peer = await webSocket();
      const largest = Buffer.alloc(LIMITS.messageBytes, 7);
      peer.write(raw.frame(raw.TEXT, 'héllo'));
      peer.write(raw.frame(raw.BINARY, Uint8Array.of(0, 255, 128)));
      peer.write(raw.frame(raw.TEXT, ''));
      peer.write(raw.frame(raw.BINARY, largest));
      peer.write(raw.frame(raw.TEXT, 'in ', { fin: false }));
      peer.write(raw.frame(raw.PING, 'between'));
      peer.write(raw.frame(0, 'pieces'));
      await peer.until(() => peer.frames().length === 6);
      const shown = peer
        .frames()
        .map(({ opcode, payload }) => [opcode, payload.length > 100 ? payload.equals(largest) : payload.toString('latin1')]);
      const bytes = (of: string | number[]) => Buffer.from(of as string).toString('latin1');
      expect(shown.filter(([opcode]) => opcode !== raw.PONG)).toEqual([
        [raw.TEXT, bytes('héllo')],
        [raw.BINARY, bytes([0, 255, 128])],
        [raw.TEXT, ''],
        [raw.BINARY, true],
        [raw.TEXT, 'in pieces'],
      ]);
      expect(shown).toContainEqual([raw.PONG, 'between']);
    });

    test('what breaks the protocol is never delivered; it ends that socket, with its code told', async () => {
      const told: (readonly [number, string])[] = [];
      let delivered = 0;
      const { webSocket } = await started({
        ends: [endAt({ message: () => delivered++, close: (_socket, code, reason) => told.push([code, reason]) })],
      });
      const bad: [string, number, Buffer][] = [
        ['too large', 1009, raw.frame(raw.BINARY, Buffer.alloc(LIMITS.messageBytes + 1))],
        [
          'too large in fragments',
          1009,
          Buffer.concat([raw.frame(raw.BINARY, Buffer.alloc(5_000), { fin: false }), raw.frame(0, Buffer.alloc(5_000))]),
        ],
        ['not UTF-8', 1007, raw.frame(raw.TEXT, Uint8Array.of(0xc3, 0x28))],
        ['reserved bits', 1006, raw.frame(raw.TEXT, 'a', { rsv: 4 })],
        ['an opcode nobody has', 1006, raw.frame(3, 'a')],
        ['a ping in pieces', 1006, raw.frame(raw.PING, 'a', { fin: false })],
        ['a ping too long', 1006, raw.frame(raw.PING, 'a'.repeat(126))],
        ['a piece of nothing', 1006, raw.frame(0, 'a')],
      ];
      for (const [what, code, bytes] of bad) {
        const peer = await webSocket();
        peer.write(bytes);
        peer.write(raw.frame(raw.TEXT, 'behind it'));
        await peer.ended();
        await peer.until(() => told.length === 1);
        expect([what, told.shift()![0]]).toEqual([what, code]);
      }
      expect(delivered).toBe(0);
    });

    test('an end is told once, with its code and reason, whoever ends', async () => {
      const told: string[] = [];
      const { webSocket } = await started({
        ends: [
          endAt({
            open: (socket) => {
              expect(socket.open).toBe(true);
              told.push('open');
            },
            message: (socket, message) => {
              socket.close(4_001, String(message));
              socket.close(4_002, 'twice');
              told.push(socket.send('behind'), String(socket.open), String(socket.bufferedBytes));
            },
            close: (_socket, code, reason) => told.push(`${code} ${reason}`),
          }),
        ],
      });
      const ours = await webSocket();
      const long = 'é'.repeat(100);
      ours.write(raw.frame(raw.TEXT, long));
      await ours.until(() => raw.closeCode(ours.frames()) !== null);
      expect(raw.closeCode(ours.frames())).toEqual({ code: 4_001, reason: 'é'.repeat(61) });
      ours.write(raw.frame(raw.CLOSE, Uint8Array.of(0x0f, 0xa1)));
      await ours.ended();
      expect(told.splice(0)).toEqual(['open', `4001 ${'é'.repeat(61)}`, 'dropped', 'false', '0']);
      const theirs = await webSocket();
      theirs.write(raw.frame(raw.CLOSE, Buffer.concat([Uint8Array.of(0x0f, 0xa2), Buffer.from('enough')])));
      await theirs.ended();
      await theirs.until(() => told.length === 2);
      expect(told.splice(0)).toEqual(['open', '4002 enough']);
      const lost = await webSocket();
      lost.destroy();
      await lost.until(() => told.length === 2);
      expect(told.splice(0)).toEqual(['open', `1006 ${LOST[1]}`]);
    });

    test('a listener that throws costs its own socket, and is told', async () => {
      const { webSocket, failures } = await started({
        ends: [
          endAt({
            message: (socket, message) => {
              if (message === 'throw') throw new Error('inner secret');
              socket.send(message);
            },
          }),
        ],
      });
      const [one, other] = [await webSocket(), await webSocket()];
      one.write(raw.frame(raw.TEXT, 'throw'));
      await one.until(() => raw.closeCode(one.frames())?.code === 1011);
      other.write(raw.frame(raw.TEXT, 'still here'));
      await other.until(() => other.frames()[0]?.payload.toString() === 'still here');
      expect(failures).toEqual(['socket message: inner secret']);
    });

    test('ten thousand random frames crash nothing; an orderly socket beside them is served throughout', async () => {
      const random = randomStream(20_261_122, 'frames');
      let heard = 0;
      const { webSocket, ask, failures } = await started({
        ends: [
          endAt({
            message: (socket, message) => {
              heard++;
              socket.send(message);
            },
          }),
        ],
      });
      const orderly = await webSocket();
      let answered = 0;
      let peer = await webSocket();
      for (let i = 0; i < 10_000; i++) {
        const wild = random.below(16) === 0;
        const payload = Uint8Array.from({ length: random.below(wild ? 300 : 40) }, () => random.below(256));
        const opcode = wild ? random.below(16) : [raw.BINARY, raw.BINARY, raw.PING, raw.PONG][random.below(4)]!;
        const bytes = raw.frame(
          opcode,
          payload,
          wild ? { fin: random.below(2) === 0, mask: random.below(3) > 0, rsv: random.below(20) === 0 ? random.below(8) : 0 } : {},
        );
        if (wild && random.below(3) === 0) bytes[random.below(bytes.length)] = random.below(256);
        peer.write(wild && random.below(6) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
        if (i % 250 === 249) {
          orderly.write(raw.frame(raw.TEXT, String(i)));
          answered++;
          await orderly.until(() => orderly.frames().length === answered);
        }
        if (wild && (peer.closed() || random.below(3) === 0)) {
          if (random.below(2) === 0) peer.destroy();
          peer = await webSocket();
        }
      }
      expect(heard).toBeGreaterThan(1_000);
      expect((await ask(raw.request('GET', '/'))).status).toBe(200);
      expect(failures).toEqual([]);
    });

    test('a socket that falls silent is pinged and then closed; one that answers pings stays', async () => {
      const told: string[] = [];
      const { webSocket, port } = await started({
        limits: { silentMs: 1_500 }, // well beyond what a busy machine holds a peer up
        ends: [endAt({ close: (_socket, code, reason) => told.push(`${code} ${reason}`) })],
      });
      const lively = new WebSocket(`ws://127.0.0.1:${port}/live`);
      let pings = 0;
      lively.on('ping', () => pings++);
      await new Promise((resolve) => lively.once('open', resolve));
      const silent = await webSocket(); // answers nothing, as one whose cable was pulled
      await silent.until(() => told.length > 0, 10_000);
      expect(told).toEqual(['1001 silent for 1500 ms']);
      expect(silent.frames().some(({ opcode }) => opcode === raw.PING)).toBe(true);
      await silent.ended();
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      expect([lively.readyState, pings > 2, told.length]).toEqual([WebSocket.OPEN, true, 1]);
      lively.terminate();
    });

    test('a peer that stops reading costs a bounded number of bytes, and is closed with the reason', async () => {
      const told: string[] = [];
      let served: Socket | null = null;
      const { webSocket } = await started({
        limits: { stuckMs: 400 },
        ends: [endAt({ open: (socket) => (served = socket), close: (_socket, code, reason) => told.push(`${code} ${reason}`) })],
      });
      const peer = await webSocket();
      peer.socket.pause();
      const socket = served as unknown as Socket;
      const message = new Uint8Array(10_000);
      const seen = { sent: 0, queued: 0, dropped: 0 };
      let most = 0;
      while (seen.dropped < 5) {
        seen[socket.send(message)]++;
        most = Math.max(most, socket.bufferedBytes);
        if ((seen.sent + seen.queued) % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(seen.sent).toBeGreaterThan(0);
      expect(seen.queued).toBeGreaterThan(0);
      expect(most).toBeGreaterThan(LIMITS.unsentBytes / 2);
      expect(most).toBeLessThanOrEqual(LIMITS.unsentBytes + 16);
      await peer.until(() => told.length === 1);
      expect(told[0]).toMatch(/^1013 stuck: \d+ bytes unread for 400 ms$/);
      expect(socket.send('more')).toBe('dropped');
    });

    test('a peer that was slow and reads again is told of as drained, and lost nothing that was taken', async () => {
      let served: Socket | null = null;
      let drains = 0;
      const { webSocket } = await started({ ends: [endAt({ open: (socket) => (served = socket), drain: () => drains++ })] });
      const peer = await webSocket();
      const socket = served as unknown as Socket;
      peer.socket.pause();
      let taken = 0;
      for (let sent = ''; sent !== 'dropped'; ) {
        const message = Buffer.alloc(10_000);
        message.writeUInt32BE(taken);
        sent = socket.send(message);
        if (sent !== 'dropped') taken++;
        if (taken % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(drains).toBe(0);
      peer.socket.resume();
      await peer.until(() => drains === 1);
      expect([socket.bufferedBytes, socket.send(new Uint8Array(4))]).toEqual([0, 'sent']);
      await peer.until(() => peer.frames().length === taken + 1);
      expect(
        peer
          .frames()
          .slice(0, taken)
          .every(({ payload }, i) => payload.readUInt32BE(0) === i),
      ).toBe(true);
    });

    test('what is published reaches its subscribers in order, the same bytes to each; who has no room misses it and is told', async () => {
      const sockets: Socket[] = [];
      const missed: string[] = [];
      const { webSocket, server } = await started({
        ends: [
          endAt({ open: (socket) => sockets.push(socket), missed: (socket, topic) => missed.push(`${sockets.indexOf(socket)} ${topic}`) }),
        ],
      });
      const peers = [await webSocket(), await webSocket(), await webSocket()];
      sockets[0]!.subscribe('a');
      sockets[0]!.subscribe('a');
      sockets[1]!.subscribe('a');
      sockets[1]!.subscribe('b');
      expect([server.subscribers('a'), server.subscribers('b'), sockets[1]!.topics]).toEqual([2, 1, ['a', 'b']]);
      const bytes = Buffer.from('one');
      expect(server.publish('a', bytes)).toEqual({ sent: 2, queued: 0, dropped: 0 });
      expect(server.publish('b', 'two')).toEqual({ sent: 1, queued: 0, dropped: 0 });
      expect(server.publish('nobody', 'three')).toEqual({ sent: 0, queued: 0, dropped: 0 });
      sockets[1]!.unsubscribe('a');
      expect(server.publish('a', 'four').sent).toBe(1);
      const shown = (i: number) => peers[i]!.frames().map(({ opcode, payload }) => `${opcode} ${payload}`);
      await peers[0]!.until(() => shown(0).length === 2 && shown(1).length === 2);
      expect([shown(0), shown(1), shown(2)]).toEqual([['2 one', '1 four'], ['2 one', '1 two'], []]);
      expect(bytes.toString()).toBe('one'); // a shared buffer is nobody's to change

      peers[0]!.socket.pause();
      sockets[2]!.subscribe('a');
      const large = new Uint8Array(20_000);
      for (let i = 0; missed.length === 0; i++) {
        expect(server.publish('a', large).dropped).toBe(missed.length);
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(missed).toEqual(['0 a']);
      peers[0]!.destroy();
      await peers[1]!.until(() => server.subscribers('a') === 1);
      expect(sockets[0]!.topics).toEqual([]);
    });

    // ---------------------------------------------------------------- leaving, and TLS

    test('a server that drains finishes its answers, says 1001 to its sockets, cuts what stays, and takes nothing new', async () => {
      const sockets: Socket[] = [];
      const told: string[] = [];
      const { server, peer, webSocket, port } = await started({
        answer: ({ path }) =>
          path === '/never' ? new Promise(() => {}) : new Promise((resolve) => setTimeout(() => resolve(text(200, 'finished')), 150)),
        ends: [endAt({ open: (socket) => sockets.push(socket), close: (_socket, code, reason) => told.push(`${code} ${reason}`) })],
      });
      const [reader, stuck] = [await webSocket(), await webSocket()];
      stuck.socket.pause();
      for (let i = 0; sockets[1]!.bufferedBytes === 0; i++) {
        sockets[1]!.send(new Uint8Array(20_000));
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const [soon, never] = [await peer(), await peer()];
      soon.write(raw.request('GET', '/soon'));
      never.write(raw.request('GET', '/never'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const drained = server.drain(400, 'stopping for an update');
      expect((await soon.answers('GET'))[0]!.body).toBe('finished');
      soon.write(raw.request('GET', '/again'));
      await soon.until(() => soon.closed() || soon.got().includes('503'));
      await expect(raw.rawPeer(port)).rejects.toThrow('ECONNREFUSED');
      expect(await drained).toEqual({ answersCut: 1, socketsCut: 1 });
      await never.ended();
      expect(never.got().toString()).toBe('');
      await reader.until(() => raw.closeCode(reader.frames()) !== null);
      expect(raw.closeCode(reader.frames())).toEqual({ code: 1001, reason: 'stopping for an update' });
      expect(told).toEqual(['1001 stopping for an update', '1001 stopping for an update']);
    });

    test('the same over TLS: a request, a refusal, a socket', async ({ skip }) => {
      const files = certificate();
      if (files === null) skip('openssl is not here to make a certificate');
      const { ask, webSocket } = await started({ tls: files, answer: ({ secure }) => text(200, `secure ${secure}`) });
      expect((await ask(raw.request('GET', '/'))).body).toBe('secure true');
      expect((await ask(raw.handshake('/live', ['Origin: http://test']))).status).toBe(403);
      const peer = await webSocket(['Origin: https://test']);
      peer.write(raw.frame(raw.TEXT, 'hello'));
      await peer.until(() => peer.frames()[0]?.payload.toString() === 'hello');
    });

    // ---------------------------------------------------------------- the slow clocks again

    test('malformed requests, dripping heads, absent bodies, idle and stuck connections are all closed, and no handler saw them', async () => {
      const results = await Promise.all([...slow.results].map(async ([what, result]) => [what, await result] as const));
      for (const [what, bytes] of results) expect([what, bytes]).toEqual([what, '']);
      expect(slow.seen.sort()).toEqual(['/half', '/large', '/once']);
    });
  });
}

/** Made for this run and gone with it. */
function certificate(): TlsFiles | null {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  const wanted = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '1',
    '-subj',
    '/CN=localhost',
  ];
  try {
    execFileSync('openssl', ['req', '-x509', ...wanted], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return files;
}
