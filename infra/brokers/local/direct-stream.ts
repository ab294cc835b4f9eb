/**
 * The stream of an exchange in the same process: channels, gapless numbers, beats, and the faults of telling, as the protocol has them.
 * Messages are the same JSON text as over a socket, so that the same reader is tried.
 */
import { SECOND_US } from '#engine/values.ts';
import type { Exchange, ExchangeEvent } from '#infra/venues-local/exchange.ts';
import type { Faults } from '#infra/venues-local/faults.ts';
import type { ExchangeKeys } from '#infra/venues-local/keys.ts';
import { checkStream } from '#infra/venues-local/signatures.ts';
import type { BrokerClock, Line, LineEvents } from './wire.ts';

type VenueQuote = Extract<ExchangeEvent, { type: 'quote' }>['quote'];
type Connection = {
  readonly events: LineEvents;
  readonly channels: Set<string>;
  seq: number;
  known: boolean;
  silent: boolean;
  over: boolean;
};

export type StreamParts = Readonly<{
  clock: BrokerClock;
  latencyUs: number;
  keys: ExchangeKeys;
  exchange: Exchange;
  faults: () => Faults;
}>;

export class DirectStream {
  readonly #parts: StreamParts;
  readonly #connections = new Set<Connection>();
  /** Fills to be told after the end of their order. */
  readonly #withheld = new Map<number, string[]>();
  #held: ExchangeEvent[] | null = null;
  #away = false;
  #cancelBeat: () => void = () => {};

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#beatLater();
  }

  /** One adapter's way in; end() lets go of all its lines. */
  connector(): Readonly<{ listen(events: LineEvents): Line; end(): void }> {
    const own = new Set<Connection>();
    return {
      listen: (events) => {
        const connection: Connection = { events, channels: new Set(), seq: 0, known: false, silent: false, over: false };
        own.add(connection);
        this.#soon(connection, () => {
          if (this.#away) this.#cut(connection, 'ECONNREFUSED');
          else {
            this.#connections.add(connection);
            events.opened();
          }
        });
        return { say: (text) => this.#soon(connection, () => this.#said(connection, text)), end: () => this.#drop(connection) };
      },
      end: () => {
        for (const connection of own) this.#drop(connection);
      },
    };
  }

  hear(event: ExchangeEvent): void {
    if (this.#held !== null) this.#held.push(event);
    else this.#tell(event);
  }

  setAway(away: boolean): void {
    this.#away = away;
    if (away) for (const connection of [...this.#connections]) this.#cut(connection, 'ECONNRESET');
  }

  hang(on: boolean): void {
    const held = this.#held ?? [];
    this.#held = on ? held : null;
    if (!on) for (const event of held) this.#tell(event);
  }

  close(): void {
    this.#cancelBeat();
    for (const connection of [...this.#connections]) this.#drop(connection);
  }

  #beatLater(): void {
    this.#cancelBeat = this.#parts.clock.after(SECOND_US, () => {
      const time = this.#parts.exchange.now();
      if (this.#held === null)
        for (const connection of this.#connections)
          if (!this.#fallsSilent(connection)) this.#send(connection, `"op":"beat","time":${time}`);
      this.#beatLater();
    });
  }

  // -------------------------------------------------------------- telling

  #tell(event: ExchangeEvent): void {
    switch (event.type) {
      case 'trade': {
        const { symbol, n, time, ticks, lots, side } = event;
        const { listing } = symbol;
        const row = `[${n},${time},"${listing.priceText(ticks)}","${listing.lotsText(lots)}","${side}"]`;
        this.#toChannel(`trades:${listing.symbol}`, `"trades":[${row}]`);
        break;
      }
      case 'quote': {
        this.#toChannel(`quotes:${event.quote.symbol.listing.symbol}`, quoteText(event.quote));
        break;
      }
      case 'transfer':
        this.#toAccount(`"what":"transfer","transfer":${event.text}`);
        break;
      case 'fill':
        this.#tellFill(event.fill.order.id, `"what":"fill","fill":${event.text}`);
        break;
      case 'order': {
        const { order, what, text } = event;
        if (what === 'filled') this.#release(order.id);
        this.#toAccount(`"what":"${what}","order":${text}`);
        if (order.state !== 'working') this.#release(order.id);
      }
    }
  }

  #tellFill(order: number, text: string): void {
    const faults = this.#parts.faults();
    const texts = faults.draw('duplicate-fill') ? [text, text] : [text];
    const withheld = this.#withheld.get(order);
    if (withheld !== undefined) withheld.push(...texts);
    else if (faults.draw('fill-after-cancel')) {
      this.#withheld.set(order, texts);
      this.#parts.clock.after(faults.delayUs, () => this.#withheld.get(order) === texts && this.#release(order));
    } else for (const each of texts) this.#toAccount(each);
  }

  #release(order: number): void {
    const texts = this.#withheld.get(order) ?? [];
    this.#withheld.delete(order);
    for (const text of texts) this.#toAccount(text);
  }

  #toAccount(text: string): void {
    for (const connection of this.#connections)
      if (connection.channels.has('account') && !this.#fallsSilent(connection)) this.#send(connection, `"channel":"account",${text}`);
  }

  #toChannel(channel: string, text: string): void {
    for (const connection of this.#connections)
      if (connection.channels.has(channel)) this.#send(connection, `"channel":"${channel}",${text}`);
  }

  #fallsSilent(connection: Connection): boolean {
    connection.silent ||= this.#parts.faults().draw('half-open');
    return connection.silent;
  }

  #send(connection: Connection, text: string): void {
    if (connection.silent) return;
    connection.seq += 1;
    const whole = `{"seq":${connection.seq},${text}}`;
    this.#soon(connection, () => connection.events.heard(whole));
  }

  // -------------------------------------------------------------- connections

  #said(connection: Connection, text: string): void {
    if (this.#held !== null || connection.silent) return;
    const { op, ...asked } = JSON.parse(text) as { op: string; channels?: string[]; key?: unknown; time?: unknown; sign?: unknown };
    if (op === 'auth') {
      const { key, time, sign } = asked;
      const refusal = checkStream(this.#parts.keys, { key, time, sign }, this.#parts.exchange.now());
      connection.known = refusal === null;
      this.#answer(connection, { op, ok: connection.known, ...(refusal === null ? {} : { code: refusal.code, message: refusal.message }) });
      if (refusal !== null) this.#soon(connection, () => this.#cut(connection, 'closed by the venue (4401)'));
      return;
    }
    for (const channel of asked.channels ?? []) if (channel !== 'account' || connection.known) connection.channels.add(channel);
    this.#answer(connection, { op: 'subscribed', channels: [...connection.channels] });
    const { state } = this.#parts.exchange;
    for (const symbol of state.symbols.values()) {
      const channel = `quotes:${symbol.listing.symbol}`;
      const newest = asked.channels?.includes(channel) ? state.quoteNow(symbol) : null;
      if (newest !== null) this.#send(connection, `"channel":"${channel}",${quoteText(newest)}`);
    }
  }

  #answer(connection: Connection, message: object): void {
    this.#soon(connection, () => connection.events.heard(JSON.stringify(message)));
  }

  #soon(connection: Connection, work: () => void): void {
    this.#parts.clock.after(this.#parts.latencyUs, () => connection.over || work());
  }

  #drop(connection: Connection): void {
    connection.over = true;
    this.#connections.delete(connection);
  }

  #cut(connection: Connection, why: string): void {
    if (connection.over) return;
    this.#drop(connection);
    connection.events.closed(why);
  }
}

function quoteText({ symbol: { listing }, n, time, bid, ask }: VenueQuote): string {
  const levels = [bid, ask].map(({ ticks, lots }) => `"${listing.priceText(ticks)}","${listing.lotsText(lots)}"`);
  return `"quotes":[[${n},${time},${levels.join()}]]`;
}
