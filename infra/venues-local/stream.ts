/**
 * The exchange's stream over WebSocket: who hears which channel, in gapless numbers a connection, with a beat each second. It tells what
 * the exchange decided, twice, late or not at all where a fault says so; it decides nothing about orders.
 */
import type { ExchangeEvent } from './exchange.ts';
import type { VenueQuote } from './exchange-state.ts';
import type { ExchangeKeys } from './keys.ts';
import { Refusal } from './refusal.ts';
import type { Running } from './running.ts';
import { checkStream } from './signatures.ts';
import type { Accepted } from './sockets.ts';

const BEAT_MS = 1_000;
/** A reader that far behind is let go. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;
const MOST_MESSAGE_BYTES = 64 * 1024;
const REFUSED = 4401;
const TOO_LONG = 1009;

type Connection = Accepted & { seq: number; known: boolean; silent: boolean; readonly channels: Set<string> };

export class Stream {
  readonly #running: Running;
  readonly #keys: ExchangeKeys;
  readonly #connections = new Set<Connection>();
  /** The newest told of each symbol, for those who come later. */
  readonly #quotes = new Map<string, VenueQuote>();
  /** What could not be told during a hang. */
  #held: ExchangeEvent[] = [];
  /** Fills to be told after the end of their order. */
  readonly #withheld = new Map<number, string[]>();
  readonly #beats: NodeJS.Timeout;

  constructor(running: Running, keys: ExchangeKeys) {
    this.#running = running;
    this.#keys = keys;
    this.#beats = setInterval(() => this.#beat(), BEAT_MS);
    this.#learnQuotes();
  }

  hear(events: readonly ExchangeEvent[]): void {
    if (this.#running.hung) this.#held.push(...events);
    else for (const event of events) this.#tell(event);
  }

  /** After a hang: what happened meanwhile. */
  awake(): void {
    const held = this.#held;
    this.#held = [];
    this.hear(held);
  }

  /** The market and the account are new; who had fallen silent is let go. */
  reset(): void {
    this.#held = [];
    this.#withheld.clear();
    this.#learnQuotes();
    for (const connection of this.#connections) {
      if (connection.silent) connection.socket.terminate();
      else this.#send(connection, `"op":"reset","time":${this.#running.clock()}`);
    }
  }

  #learnQuotes(): void {
    const { state } = this.#running.exchange;
    for (const symbol of state.symbols.values()) {
      const quote = state.quoteNow(symbol);
      if (quote !== null) this.#quotes.set(symbol.listing.symbol, quote);
    }
  }

  close(): void {
    clearInterval(this.#beats);
    for (const { socket } of this.#connections) socket.terminate();
  }

  // -------------------------------------------------------------- telling

  #tell(event: ExchangeEvent): void {
    switch (event.type) {
      case 'trade':
        this.#toChannel(`trades:${event.symbol.listing.symbol}`, tradeText(event));
        break;
      case 'quote':
        this.#quotes.set(event.quote.symbol.listing.symbol, event.quote);
        this.#toChannel(`quotes:${event.quote.symbol.listing.symbol}`, quoteText(event.quote));
        break;
      case 'transfer':
        this.#toAccount(`"what":"transfer","transfer":${event.text}`);
        break;
      case 'fill':
        this.#tellFill(event.fill.order.id, `"what":"fill","fill":${event.text}`);
        break;
      case 'order': {
        const { id } = event.order;
        const text = `"what":"${event.what}","order":${event.text}`;
        if (event.what === 'filled') this.#release(id); // nothing was cancelled: the fills come first, as they should
        this.#toAccount(text);
        if (event.what === 'cancelled' || event.what === 'expired') this.#release(id);
      }
    }
  }

  #tellFill(order: number, text: string): void {
    const { faults } = this.#running;
    const times = faults.draw('duplicate-fill') ? 2 : 1;
    const withheld = this.#withheld.get(order);
    if (faults.draw('fill-after-cancel') || withheld !== undefined) {
      const texts = withheld ?? [];
      for (let time = 0; time < times; time += 1) texts.push(text);
      if (withheld !== undefined) return;
      this.#withheld.set(order, texts);
      this.#running.delay(() => this.#withheld.get(order) === texts && this.#release(order));
      return;
    }
    for (let time = 0; time < times; time += 1) this.#toAccount(text);
  }

  #release(order: number): void {
    const texts = this.#withheld.get(order) ?? [];
    this.#withheld.delete(order);
    for (const text of texts) this.#toAccount(text);
  }

  #toAccount(text: string): void {
    for (const connection of this.#connections) {
      if (!connection.channels.has('account') || this.#fallsSilent(connection)) continue;
      this.#send(connection, `"channel":"account",${text}`);
    }
  }

  #toChannel(channel: string, text: string): void {
    for (const connection of this.#connections) if (connection.channels.has(channel)) this.#send(connection, text);
  }

  #beat(): void {
    if (this.#running.hung) return;
    const text = `"op":"beat","time":${this.#running.clock()}`;
    for (const connection of this.#connections) if (!this.#fallsSilent(connection)) this.#send(connection, text);
  }

  #fallsSilent(connection: Connection): boolean {
    connection.silent ||= this.#running.faults.draw('half-open');
    return connection.silent;
  }

  #send(connection: Connection, text: string): void {
    if (connection.silent || connection.socket.readyState !== connection.socket.OPEN) return;
    connection.seq += 1;
    connection.say(`{"seq":${connection.seq},${text}}`);
    if (connection.socket.bufferedAmount > MOST_UNREAD_BYTES) connection.socket.terminate();
  }

  // -------------------------------------------------------------- connections

  accept({ socket, say }: Accepted): void {
    const connection: Connection = { socket, say, seq: 0, known: false, silent: false, channels: new Set() };
    this.#connections.add(connection);
    socket.on('message', (data) => {
      const text = String(data);
      if (text.length > MOST_MESSAGE_BYTES) return socket.close(TOO_LONG);
      this.#running.whenAwake(() => this.#running.guard(() => this.#heard(connection, text)));
    });
    socket.on('ping', (data) => this.#running.whenAwake(() => connection.silent || socket.pong(data, false, () => {})));
    socket.on('close', () => this.#connections.delete(connection));
  }

  #heard(connection: Connection, text: string): void {
    try {
      const asked = messageIn(text);
      if (asked['op'] === 'auth') this.#auth(connection, asked);
      else if (asked['op'] === 'subscribe') this.#subscribe(connection, asked['channels']);
      else throw new Refusal('bad-request', 'op is auth or subscribe');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer(connection, { op: 'error', code: error.code, message: error.message });
    }
  }

  #auth(connection: Connection, { key, time, sign }: Readonly<Record<string, unknown>>): void {
    const refusal = checkStream(this.#keys, { key, time, sign }, this.#running.clock());
    if (refusal === null) {
      connection.known = true;
      answer(connection, { op: 'auth', ok: true });
    } else {
      answer(connection, { op: 'auth', ok: false, code: refusal.code, message: refusal.message });
      connection.socket.close(REFUSED, refusal.code);
    }
  }

  #subscribe(connection: Connection, channels: unknown): void {
    if (!Array.isArray(channels)) throw new Refusal('bad-request', 'channels is a list');
    const { symbols } = this.#running.exchange.state;
    for (const channel of channels) {
      const [, symbol] = /^(?:trades|quotes):(.+)$/.exec(String(channel)) ?? [];
      if (channel === 'account' && !connection.known) throw new Refusal('auth', 'the account needs auth first');
      if (channel !== 'account' && (symbol === undefined || !symbols.has(symbol)))
        throw new Refusal(symbol === undefined ? 'bad-request' : 'unknown-symbol', `${JSON.stringify(channel)}: there is no such channel`);
    }
    const fresh = (channels as string[]).filter((channel) => !connection.channels.has(channel));
    for (const channel of fresh) connection.channels.add(channel);
    answer(connection, { op: 'subscribed', channels: [...connection.channels] });
    for (const channel of new Set(fresh)) {
      if (!channel.startsWith('quotes:')) continue;
      const quote = this.#quotes.get(channel.slice('quotes:'.length));
      if (quote !== undefined) this.#send(connection, quoteText(quote));
    }
  }
}

/** Answers have no number. */
function answer({ say, silent }: Connection, message: Readonly<Record<string, unknown>>): void {
  if (!silent) say(JSON.stringify(message));
}

function messageIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const message = JSON.parse(text) as unknown;
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message as Readonly<Record<string, unknown>>;
  } catch {
    // told below
  }
  throw new Refusal('bad-request', 'a message is a JSON object');
}

function tradeText({ symbol: { listing }, n, time, ticks, lots, side }: Extract<ExchangeEvent, { type: 'trade' }>): string {
  return `"channel":"trades:${listing.symbol}","trades":[[${n},${time},"${listing.priceText(ticks)}","${listing.lotsText(lots)}","${side}"]]`;
}

function quoteText({ symbol: { listing }, n, time, bid, ask }: VenueQuote): string {
  const levels = [bid, ask].map(({ ticks, lots }) => `"${listing.priceText(ticks)}","${listing.lotsText(lots)}"`);
  return `"channel":"quotes:${listing.symbol}","quotes":[[${n},${time},${levels.join()}]]`;
}
