/**
 * Tells everyone who watches what has changed, a window at a time: what changes is put into channels, and when the window closes each
 * channel becomes one message, encoded once, and each viewer is sent one frame of the messages it asked for. Viewers that ask for the
 * same share the bytes. One that reads too slowly is sent nothing until it has read, and then what is, not what was.
 */
import { LIVE_VERSION, type ServerMessage, type TopicName } from '../contracts/live.ts';
import type { Socket } from '../transport/server.ts';
import { Channel, type ChannelKind, channelName, type Kept } from './channel.ts';
import type { Truth } from './truth.ts';
import { type May, Viewer } from './viewer.ts';

export type HubSetup = Readonly<{
  /** Of one life of a gateway: cursors of another are not kept. */
  epoch: string;
  desk: string;
  mode: 'BACKTEST' | 'PAPER' | 'LIVE' | 'REPLAY';
  /** Changes are gathered so long before they are told. */
  windowMs: number;
  /** Something is said at least so often. */
  beatMs: number;
  limits: ViewerLimits;
  kept: Kept;
  truth: () => Truth;
  /** Where it is told that rows could not be read. */
  failed?: (error: unknown) => void;
  clock: HubClock;
}>;

export type HubClock = Readonly<{
  nowMs: () => number;
  /** Calls back once after so long; returns what forgets it. */
  after: (ms: number, call: () => void) => () => void;
}>;

export type ViewerLimits = Readonly<{
  /** Channels and topics one viewer may ask for. */
  subscriptions: number;
  messageBytes: number;
  /** What may wait for a viewer before it counts as behind. */
  unsentBytes: number;
  /** Messages a second it may send, and at most so many at once. */
  messagesPerSecond: number;
  messagesAtOnce: number;
}>;

export const STANDARD_LIMITS: ViewerLimits = {
  subscriptions: 500,
  messageBytes: 64 * 1024,
  unsentBytes: 512 * 1024,
  messagesPerSecond: 50,
  messagesAtOnce: 600,
};

/** WebSocket's own: something unexpected. */
const BROKEN = 1011;
/** The thread that tells also trades: behind each telling it is left alone for so many times as long, or for so long at the most. */
const REST = 4;
const LONGEST_WINDOW_MS = 200;

export class Hub {
  readonly setup: HubSetup;
  readonly #channels = new Map<string, Channel>();
  readonly #byTopic = new Map<TopicName, Channel[]>();
  readonly #viewers = new Set<Viewer>();
  readonly #sources: (() => void)[] = [];
  #forgetWindow: (() => void) | null = null;
  #nextWindowMs: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #broken: string | null = null;
  #forgetBeat: (() => void) | null = null;

  constructor(setup: HubSetup) {
    if (setup.kept.bytes > setup.limits.unsentBytes / 2)
      throw new Error('what is kept for those who come back must be at most half of what may wait for a viewer');
    this.setup = setup;
    this.#nextWindowMs = setup.windowMs;
  }

  /** The channel of a topic about one thing; made when it is first asked for. Viewers of the whole topic get it from then on. */
  channel(topic: TopicName, of: string, kind: ChannelKind): Channel {
    const name = channelName(topic, of);
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(topic, of, kind, this.setup.kept);
      this.#channels.set(name, channel);
      this.#byTopic.set(topic, [...this.channelsOf(topic), channel]);
    }
    return channel;
  }

  find(topic: TopicName, of: string): Channel | null {
    return this.#channels.get(channelName(topic, of)) ?? null;
  }

  channelsOf(topic: TopicName): readonly Channel[] {
    return this.#byTopic.get(topic) ?? [];
  }

  /** Asked when a window closes, before anything is told: the place to put what is read rather than heard. */
  before(put: () => void): void {
    this.#sources.push(put);
  }

  /** Something was put: it is told when the window closes. */
  changed(): void {
    this.#forgetWindow ??= this.setup.clock.after(this.#nextWindowMs, () => {
      this.#forgetWindow = null;
      const begun = this.setup.clock.nowMs();
      this.flush();
      const took = this.setup.clock.nowMs() - begun;
      this.#nextWindowMs = Math.max(this.setup.windowMs, Math.min(LONGEST_WINDOW_MS, REST * took));
    });
  }

  /** Closes the window now, where that is due anyhow: asking often must not make telling dearer. */
  settle(): void {
    if (this.setup.clock.nowMs() - this.#toldAt >= this.#nextWindowMs) this.flush();
  }

  /** Closes the window now. */
  flush(): void {
    this.#toldAt = this.setup.clock.nowMs();
    this.#forgetWindow?.();
    this.#forgetWindow = null;
    if (this.#broken !== null) return;
    try {
      for (const put of this.#sources) put();
    } catch (error) {
      this.fail(error);
      return;
    }
    const truth = this.setup.truth();
    const told = new Map<Channel, string>();
    for (const channel of this.#channels.values()) {
      const message = channel.delta(truth);
      if (message !== null) told.set(channel, message);
    }
    if (told.size === 0) return;
    /** Frames by what their viewers watch. */
    const frames = new Map<string, Uint8Array | null>();
    for (const viewer of this.#viewers) {
      const { signature } = viewer;
      let frame = frames.get(signature);
      if (frame === undefined) {
        const messages = [...told].flatMap(([channel, message]) => (viewer.watches(channel) ? [message] : []));
        frame = messages.length === 0 ? null : frameOf(messages);
        frames.set(signature, frame);
      }
      if (frame !== null) viewer.tell(frame, told.keys());
    }
  }

  /**
   * What is told is another moment of the same desk: every channel lets go of its rows, `refill` puts what holds there and asks anew to be asked
   * before a window closes, and all who watch are sent all of what they watch, in one frame where it fits.
   */
  moved(refill: () => void): void {
    this.#forgetWindow?.();
    this.#forgetWindow = null;
    this.#sources.length = 0;
    for (const channel of this.#channels.values()) channel.replace([]);
    refill();
    for (const put of this.#sources) put();
    const truth = this.setup.truth();
    for (const channel of this.#channels.values()) channel.delta(truth);
    for (const viewer of this.#viewers) viewer.moved([...this.#channels.values()]);
  }

  /** What is told can no longer be read: everybody is let go with the reason, and nobody is let in. Whoever decides goes on. */
  fail(error: unknown): void {
    if (this.#broken !== null) return;
    this.#broken = error instanceof Error ? error.message : String(error);
    this.setup.failed?.(error);
    for (const viewer of this.#viewers) viewer.end(BROKEN, 'the gateway cannot tell what the desk holds');
  }

  /** Lets somebody watch. `may` decides what of it. */
  attach(socket: Socket, may: May): Viewer {
    const viewer = new Viewer(this, socket, may);
    if (this.#broken !== null) {
      viewer.end(BROKEN, 'the gateway cannot tell what the desk holds');
      return viewer;
    }
    this.#viewers.add(viewer);
    this.#forgetBeat ??= this.setup.clock.after(this.setup.beatMs, () => this.#beat());
    const { epoch, desk, mode, windowMs, beatMs, limits } = this.setup;
    viewer.say({
      say: 'welcome',
      version: LIVE_VERSION,
      ...{ epoch, desk, mode, windowMs, beatMs },
      limits: { subscriptions: limits.subscriptions, messageBytes: limits.messageBytes, unsentBytes: limits.unsentBytes },
    });
    return viewer;
  }

  detach(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Nothing is told any more. */
  close(): void {
    this.#forgetWindow?.();
    this.#forgetBeat?.();
    this.#forgetWindow = null;
    this.#forgetBeat = null;
    this.#viewers.clear();
  }

  #beat(): void {
    this.#forgetBeat = null;
    if (this.#viewers.size === 0) return;
    const { seq, at, durable } = this.setup.truth();
    const beat: ServerMessage = { say: 'beat', seq, at, durable };
    const frame = frameOf([JSON.stringify(beat)]);
    for (const viewer of this.#viewers) viewer.beat(frame);
    this.#forgetBeat = this.setup.clock.after(this.setup.beatMs, () => this.#beat());
  }
}

export function frameOf(messages: readonly string[]): Uint8Array {
  return Buffer.from(`[${messages.join(',')}]`);
}
