/** A plain client of the local exchange for tests: signs by its own hand, over real HTTP and WebSocket, and hears the stream as it is. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type ExchangeOptions, type ExchangeServer, openExchangeServer } from '#infra/venues-local/serve.ts';

export type Answer = Readonly<{ status: number; body: Record<string, unknown> }>;
export type Message = Readonly<Record<string, unknown>>;

/** An exchange on a folder of its own, its market standing still unless told otherwise. */
export class TestExchange {
  readonly folder: string;
  server!: ExchangeServer;
  readonly #options: Omit<ExchangeOptions, 'folder'>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets: WebSocket[] = [];

  constructor(options: Omit<ExchangeOptions, 'folder'> = {}) {
    this.#options = { steps: 0, ...options };
    this.folder = mkdtempSync(join(tmpdir(), 'retrace-exchange-'));
  }

  static async open(options: Omit<ExchangeOptions, 'folder'> = {}): Promise<TestExchange> {
    const exchange = new TestExchange(options);
    await exchange.start();
    return exchange;
  }

  async start(more: Omit<ExchangeOptions, 'folder'> = {}): Promise<void> {
    this.server = await openExchangeServer({ folder: this.folder, ...this.#options, ...more });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.terminate();
    await this.server.close();
  }

  async close(): Promise<void> {
    await this.stop();
    this.#agent.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A signed request; `signed` replaces parts of what is signed or sent. */
  call(
    method: string,
    path: string,
    fields?: object,
    signed: Partial<Record<'key' | 'time' | 'until' | 'sign', string>> = {},
  ): Promise<Answer> {
    const body = fields === undefined ? '' : JSON.stringify(fields);
    return this.raw(method, path, body, this.headers(method, path, body, signed));
  }

  headers(
    method: string,
    path: string,
    body: string,
    signed: Partial<Record<'key' | 'time' | 'until' | 'sign', string>> = {},
  ): Record<string, string> {
    const { key, secret } = this.server.keys;
    const now = Date.now() * 1000;
    const { time = String(now), until = String(now + 10_000_000) } = signed;
    const sign = createHmac('sha256', secret).update(`${time}\n${until}\n${method}\n${path}\n${body}`).digest('hex');
    return { 'x-key': signed.key ?? key, 'x-time': time, 'x-until': until, 'x-sign': signed.sign ?? sign };
  }

  async admin(path: string, fields: object = {}): Promise<Answer> {
    const answer = await this.raw('POST', `/admin/${path}`, JSON.stringify(fields), { 'x-admin': this.server.keys.admin });
    if (answer.status !== 200) throw new Error(`admin/${path}: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  quote(bid: string, ask: string, quantity = '1', symbol = 'BTC-USD'): Promise<Answer> {
    return this.admin('quote', { symbol, bid, bidQuantity: quantity, ask, askQuantity: quantity });
  }

  trade(side: string, price: string, quantity: string, symbol = 'BTC-USD'): Promise<Answer> {
    return this.admin('trade', { symbol, side, price, quantity });
  }

  /** Every entry of the ledger, over all pages. */
  async entries(): Promise<Record<string, unknown>[]> {
    const entries: Record<string, unknown>[] = [];
    for (let after: unknown = 0; after !== null; ) {
      const { body } = await this.raw('GET', `/admin/ledger?after=${String(after)}`, '', { 'x-admin': this.server.keys.admin });
      entries.push(...(body['entries'] as Record<string, unknown>[]));
      after = body['next'];
    }
    return entries;
  }

  /** Rejects when the connection breaks, or nothing comes for so long. */
  raw(method: string, path: string, body: string | Buffer, headers: Record<string, string>, waitMs = 5_000): Promise<Answer> {
    return new Promise((settle, refuse) => {
      const asked = request(
        {
          ...{ host: '127.0.0.1', port: this.server.port, method, path, agent: this.#agent },
          headers: body.length > 0 ? { ...headers, 'content-length': String(Buffer.byteLength(body)) } : headers,
        },
        (reply) => {
          let text = '';
          reply.setEncoding('utf8');
          reply.on('data', (part: string) => {
            text += part;
          });
          reply.on('end', () => settle({ status: reply.statusCode!, body: JSON.parse(text) as Record<string, unknown> }));
          reply.on('error', refuse);
        },
      );
      asked.setTimeout(waitMs, () => asked.destroy(new Error('no answer')));
      asked.on('error', refuse);
      asked.end(body);
    });
  }

  /** Signed in when there is an account channel; resolves when the subscription is answered. */
  async listen(...channels: string[]): Promise<Listener> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.server.port}/stream`);
    this.#sockets.push(socket);
    const listener = new Listener(socket);
    await new Promise((settle, refuse) => socket.once('open', settle).once('error', refuse));
    const time = Date.now() * 1000;
    const { key, secret } = this.server.keys;
    const sign = createHmac('sha256', secret).update(`${time}\nstream`).digest('hex');
    if (channels.includes('account')) listener.say({ op: 'auth', key, time, sign });
    listener.say({ op: 'subscribe', channels });
    await listener.until(({ op }) => op === 'subscribed');
    return listener;
  }
}

export class Listener {
  readonly heard: Message[] = [];
  readonly socket: WebSocket;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.heard.push(JSON.parse(String(data)) as Message);
      this.#wake();
    });
    socket.on('error', () => {});
  }

  say(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** What matters of an account's messages, a line each: `fill 1 0.5`, `cancelled 2`. */
  told(): string[] {
    return this.heard.flatMap((message) => {
      const { channel, what } = message;
      if (channel !== 'account') return [];
      const fill = message['fill'] as Record<string, string> | undefined;
      const order = message['order'] as Record<string, string> | undefined;
      if (fill !== undefined) return [`fill ${fill['orderId']} ${fill['quantity']} at ${fill['price']}`];
      return order !== undefined ? [`${String(what)} ${order['id']}`] : [String(what)];
    });
  }

  async until(holds: (message: Message) => boolean, ms = 5_000): Promise<Message> {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = this.heard.find(holds);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`not heard within ${ms} ms; heard: ${JSON.stringify(this.heard)}`);
      await new Promise<void>((settle) => {
        const timer = setTimeout(settle, 50);
        this.#wake = () => {
          clearTimeout(timer);
          settle();
        };
      });
    }
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((settle) => setTimeout(settle, ms));
