// The request line against a venue that answers late, wrong, twice or never: what is said of a request is what the bytes prove.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { realClock } from '#streams/clock.ts';
import { RequestLine } from './request-line.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

const LONG_US = 10_000_000;
const SHORT_US = 300_000;
type Asked = Readonly<{ id: number; method: string; path: string; headers: object; body: string }>;

/** A venue whose answers a test writes by hand. */
class Venue {
  readonly http: Server = createServer((_, response) => response.writeHead(404).end());
  readonly sockets = new WebSocketServer({ server: this.http, path: '/requests' });
  readonly lines: WebSocket[] = [];
  readonly wires: Socket[] = [];
  readonly asked: Asked[] = [];
  chunks = 0;
  /** Lines are opened, and not even asked the time they answer. */
  isMute = false;
  answer: (asked: Asked, line: WebSocket) => void = () => {};

  async open(): Promise<string> {
    this.sockets.on('connection', (line, { socket }) => {
      this.lines.push(line);
      this.wires.push(socket);
      socket.on('data', () => (this.chunks += 1));
      line.on('error', () => {});
      line.on('message', (data) => {
        const asked = JSON.parse(String(data)) as Asked;
        if (asked.id === 0) {
          if (!this.isMute) line.send(`{"id":0,"status":200,"body":{"time":1700000000000000}}`);
          return;
        }
        this.asked.push(asked);
        this.answer(asked, line);
      });
    });
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}/requests`;
  }

  async close(): Promise<void> {
    for (const wire of this.wires) wire.destroy();
    this.sockets.close();
    this.http.closeAllConnections();
    if (this.http.listening) await new Promise((resolve) => this.http.close(resolve));
  }
}

const order = (body = '{}'): WireRequest => ({ method: 'POST', path: '/orders', headers: { 'x-key': 'k' }, body });
const saying =
  (text: (asked: Asked) => string): Venue['answer'] =>
  (asked, line) =>
    line.send(text(asked));
const fully = saying(({ id, body }) => `{"id":${id},"status":200,"body":${body}}`);

let venue: Venue;
let line: RequestLine;
let url: string;

beforeEach(async () => {
  venue = new Venue();
  url = await venue.open();
  line = new RequestLine(url, realClock);
  line.keep();
  await up();
});
afterEach(async () => {
  await line.close();
  await venue.close();
});

/** The next request is taken by a line; those that are not are thrown away unsent. */
async function up(): Promise<void> {
  const { answer } = venue;
  venue.answer = fully;
  await expect.poll(async () => (await line.ask(order('"up"'), LONG_US))?.kind, { timeout: 10_000 }).toBe('answer');
  venue.asked.length = 0;
  venue.chunks = 0;
  venue.answer = answer;
}

const ask = (request = order(), timeoutUs = LONG_US): Promise<WireAnswer> =>
  line.ask(request, timeoutUs) ?? Promise.reject(new Error('no line'));

describe('answers', () => {
  test('each goes to the request of its number, in whatever order they come', async () => {
    const all = ['"a"', '"b"', '"c"'].map((body) => ask(order(body)));
    await expect.poll(() => venue.asked.length).toBe(3);
    for (const asked of venue.asked.toReversed()) fully(asked, venue.lines[0]!);
    expect((await Promise.all(all)).map((answer) => (answer.kind === 'answer' ? answer.text : answer))).toEqual(['"a"', '"b"', '"c"']);
  });

  test('the text of an answer is handed on as it came, and its status with it', async () => {
    venue.answer = saying(({ id }) => `{"id":${id},"status":409,"body":{"code":"too-large","message":"a } b"}}`);
    expect(await ask()).toEqual({ kind: 'answer', status: 409, text: '{"code":"too-large","message":"a } b"}' });
  });

  test('a second answer, and one that came too late, are nobody’s', async () => {
    venue.answer = (asked, to) => {
      fully(asked, to);
      fully(asked, to);
    };
    expect(await ask()).toMatchObject({ kind: 'answer' });
    venue.answer = (asked, to) => {
      if (asked.body === '"late"') setTimeout(() => fully(asked, to), 400);
      else fully(asked, to);
    };
    const late = ask(order('"late"'), SHORT_US);
    await ask();
    expect(await late).toEqual({ kind: 'lost', reason: 'no answer in 0.3 s' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await ask(order('"next"'))).toEqual({ kind: 'answer', status: 200, text: '"next"' });
    expect(venue.lines).toHaveLength(1);
  });

  test('a request that is swallowed is lost alone; on a line that says nothing at all, so are all', async () => {
    venue.answer = (asked, to) => asked.body === '"lost"' || fully(asked, to);
    const swallowed = ask(order('"lost"'), SHORT_US);
    await ask();
    expect(await swallowed).toMatchObject({ kind: 'lost' });
    expect(await ask()).toMatchObject({ kind: 'answer' });
    venue.answer = () => {};
    const [first, second] = [ask(order(), SHORT_US), ask(order(), LONG_US)];
    expect(await first).toMatchObject({ kind: 'lost' });
    expect(await second).toEqual({ kind: 'lost', reason: 'the line is silent' });
    await up();
    expect(venue.lines.length).toBeGreaterThan(1);
  });

  test.each([
    ['no JSON', () => 'hello'],
    ['an answer without its end', ({ id }: Asked) => `{"id":${id},"status":200,"body":"x"`],
    ['an answer to what nobody asked', () => '{"id":999999,"status":200,"body":{}}'],
    ['a number that is none', () => '{"id":-1,"status":200,"body":{}}'],
    ['a status that is none', ({ id }: Asked) => `{"id":${id},"status":2000,"body":{}}`],
    ['HTTP', () => 'HTTP/1.1 200 OK\r\n\r\n{}'],
    ['another beat', () => '{"op":"beat"}'],
    ['nothing', () => ''],
  ])('%s proves nothing about what waits, and ends the line', async (_, text) => {
    venue.answer = saying(text);
    expect(await ask()).toMatchObject({ kind: 'garbled' });
    await up();
    expect(await ask(order(), SHORT_US)).toMatchObject({ kind: 'garbled' });
  });

  test('bytes that are no text end the line too', async () => {
    venue.answer = (_, to) => to.send(Buffer.from('{"id":1,"status":200,"body":{}}'), { binary: true });
    expect(await ask()).toMatchObject({ kind: 'garbled' });
  });
});

describe('what leaves', () => {
  test('all that is asked in one turn goes out at once', async () => {
    venue.answer = fully;
    const all = await Promise.all(Array.from({ length: 200 }, (_, n) => ask(order(`"${n}"`))));
    expect(all.every(({ kind }) => kind === 'answer')).toBe(true);
    expect(venue.chunks).toBeLessThan(10); // 200 writes would come in more
  });

  test('what may not leave does not, and is said to have stayed', async () => {
    expect(await ask({ ...order(), mayLeave: () => false })).toEqual({ kind: 'unsent', reason: 'it may not leave any more' });
    venue.answer = fully;
    await ask(order('"after"'));
    expect(venue.asked.map(({ body }) => body)).toEqual(['"after"']);
  });

  test('when the venue reads no more, nothing is left lying on this side', async () => {
    venue.wires[0]!.pause();
    const large = order(JSON.stringify('x'.repeat(4_000_000)));
    const stuck = [ask(large, 2_000_000), ask(large, 2_000_000)];
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(line.ask(order(), LONG_US)).toBeNull();
    venue.wires[0]!.resume();
    venue.answer = fully;
    for (const answer of await Promise.all(stuck)) expect(answer.kind).toMatch(/answer|lost/);
  });
});

describe('the line', () => {
  test('broken, it loses what waits, takes nothing, and is opened again by itself', async () => {
    const waits = ask();
    await expect.poll(() => venue.asked.length).toBe(1);
    venue.wires[0]!.destroy();
    expect(await waits).toMatchObject({ kind: 'lost' });
    expect(line.ask(order(), LONG_US)).toBeNull();
    await up();
    expect(venue.lines).toHaveLength(2);
  });

  test('broken after it lived, it is waited for a moment; where it fails to open, no longer', async () => {
    venue.wires[0]!.destroy();
    await expect.poll(() => line.soon() !== null, { interval: 1 }).toBe(true);
    await line.soon();
    venue.answer = fully;
    expect(await ask()).toMatchObject({ kind: 'answer' });
    expect(line.soon()).toBeNull();
    venue.http.close();
    for (const wire of venue.wires) wire.destroy();
    await expect.poll(() => line.soon() !== null, { interval: 1 }).toBe(true);
    await line.soon();
    expect(line.ask(order(), LONG_US)).toBeNull();
    expect(line.soon()).toBeNull();
  });

  test('silent for three seconds it is not trusted, though it stands; beats keep it', async () => {
    const { lines } = venue;
    const beats = setInterval(() => lines[0]!.send('{"op":"beat","time":1700000000000000}'), 500);
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    venue.answer = fully;
    expect(await ask()).toMatchObject({ kind: 'answer' });
    clearInterval(beats);
    await new Promise((resolve) => setTimeout(resolve, 3_300));
    expect(line.ask(order(), LONG_US)).toBeNull();
    await up();
  });

  test('where there is none, nothing is taken and nothing is thrown', async () => {
    const other = new RequestLine(url.replace('/requests', '/nowhere'), realClock);
    other.keep();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(other.ask(order(), LONG_US)).toBeNull();
    await other.close();
    const nobody = new RequestLine('ws://127.0.0.1:9/requests', realClock);
    nobody.keep();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(nobody.ask(order(), LONG_US)).toBeNull();
    await nobody.close();
  });

  test('one that opens and never answers is trusted with nothing, beats or no beats', async () => {
    venue.isMute = true;
    venue.wires[0]!.destroy();
    await expect.poll(() => venue.lines.length, { timeout: 5_000 }).toBe(2);
    const beats = setInterval(() => venue.lines.at(-1)!.send('{"op":"beat","time":1700000000000000}'), 50);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(line.ask(order(), LONG_US)).toBeNull();
    expect(line.soon()).toBeNull();
    clearInterval(beats);
    venue.isMute = false;
    venue.wires.at(-1)!.destroy();
    await up();
    expect(venue.asked).toHaveLength(0);
  });

  test('closed, it settles what waits as lost, and opens no more', async () => {
    const waits = ask();
    await expect.poll(() => venue.asked.length).toBe(1);
    await line.close();
    expect(await waits).toEqual({ kind: 'lost', reason: 'the adapter was closed' });
    line.keep();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(line.ask(order(), LONG_US)).toBeNull();
    expect(venue.lines).toHaveLength(1);
  });
});
