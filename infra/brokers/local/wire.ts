/**
 * How bytes get to the exchange and back, and the one thing about a failure that decides money: whether any byte may have left. Knows
 * nothing of orders. Over sockets in wire-sockets.ts, straight into an exchange in direct.ts.
 */

export type BrokerClock = {
  /** µs since 1970. */
  wallUs(): number;
  /** Never steps. */
  monotonicUs(): number;
  /** Runs in about so long; returns what cancels it. */
  after(us: number, run: () => void): () => void;
};

export type WireRequest = Readonly<{
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query, as it is signed. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** '' for none. */
  body: string;
  /** Asked in the very turn in which the bytes leave: no, and nothing does. */
  mayLeave?: () => boolean;
}>;

/** `unsent`: no byte left, for certain. `lost`: one may have, and no whole answer came. `garbled`: what came is no HTTP, too long, or not UTF-8. */
export type WireAnswer =
  | Readonly<{ kind: 'answer'; status: number; text: string }>
  | Readonly<{ kind: 'unsent' | 'lost' | 'garbled'; reason: string }>;

export type LineEvents = Readonly<{
  opened(): void;
  heard(text: string): void /** Once, and nothing after it. */;
  closed(why: string): void;
}>;
/** One connection of the stream. end() is silent: closed() is not called for it. */
export type Line = Readonly<{ say(text: string): void; end(): void }>;

export interface Wire {
  /** Always settles, within the timeout. */
  ask(request: WireRequest, timeoutUs: number): Promise<WireAnswer>;
  listen(events: LineEvents): Line;
  /** Whatever is under way settles; resolves when no handle is left. */
  close(): Promise<void>;
}
