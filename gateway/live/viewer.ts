/** One who watches: what it asked for, what it was told, and whether it keeps up. Its messages are checked; what it may see is asked of `May`. */
import { type ClientMessage, clientMessage, type ServerMessage, type TopicName } from '../contracts/live.ts';
import type { Socket } from '../transport/server.ts';
import { type Channel, channelName } from './channel.ts';
import { frameOf, type Hub } from './hub.ts';

/** Null: yes. */
export type May = (topic: TopicName, of: string) => Readonly<{ reason: string; remedy: string }> | null;

/** WebSocket's own numbers: against the rules, and our own above 4000. */
const POLICY = 1008;
const TOO_MUCH = 4001;
const TOO_MANY_FAULTS = 20;

export class Viewer {
  readonly #hub: Hub;
  readonly #socket: Socket;
  readonly #may: May;
  /** Channels by name, and topics as a whole as `topic *`. */
  readonly #asked = new Set<string>();
  #signature = '';
  /** What it was not sent while it read too slowly; null while it keeps up. */
  #behind: Set<Channel> | null = null;
  #saidSinceBeat = true;
  #faults = 0;
  #tokens: number;
  #tokensAt: number;

  constructor(hub: Hub, socket: Socket, may: May) {
    this.#hub = hub;
    this.#socket = socket;
    this.#may = may;
    this.#tokens = hub.setup.limits.messagesAtOnce;
    this.#tokensAt = hub.setup.clock.nowMs();
  }

  /** The same for all who asked for the same. */
  get signature(): string {
    return this.#signature;
  }

  get isBehind(): boolean {
    return this.#behind !== null;
  }

  watches({ topic, name }: Channel): boolean {
    return this.#asked.has(name) || this.#asked.has(channelName(topic, '*'));
  }

  /** A window's frame, and the channels it tells of. */
  tell(frame: Uint8Array, channels: Iterable<Channel>): void {
    const told = this.#behind === null ? this.#put(frame) : 'later';
    if (told === 'sent') return;
    const missed = [...channels].filter((channel) => this.watches(channel));
    // too much for one frame, and nothing waits: what is may be less than what was
    if (told === 'never') this.#sendSnapshots(missed);
    else for (const channel of missed) (this.#behind ??= new Set()).add(channel);
  }

  /** All that waited for it has left: it is told how things are now. */
  drained(): void {
    if (this.#behind === null) return;
    this.#hub.flush(); // while it still counts as behind: what the open window holds is in the snapshots
    const behind = this.#behind;
    this.#behind = null;
    this.#sendSnapshots([...behind].filter((channel) => this.watches(channel)));
  }

  #sendSnapshots(channels: readonly Channel[]): void {
    const truth = this.#hub.setup.truth();
    for (const channel of channels) this.#send([channel.snapshot('behind', truth)], channel);
  }

  /** Nothing that it was told holds any more. */
  moved(channels: readonly Channel[]): void {
    const watched = channels.filter((channel) => this.watches(channel));
    if (watched.length === 0) return;
    const truth = this.#hub.setup.truth();
    const told = this.#behind === null ? this.#put(frameOf(watched.map((channel) => channel.snapshot('moved', truth)))) : 'later';
    if (told === 'later') for (const channel of watched) (this.#behind ??= new Set()).add(channel);
    else if (told === 'never') for (const channel of watched) this.#send([channel.snapshot('moved', truth)], channel);
  }

  beat(frame: Uint8Array): void {
    if (this.#behind === null && !this.#saidSinceBeat) this.#socket.send(frame);
    this.#saidSinceBeat = false;
  }

  say(message: ServerMessage): void {
    this.#send([JSON.stringify(message)], null);
  }

  hear(message: Uint8Array | string): void {
    const { limits } = this.#hub.setup;
    if (!this.#spend()) {
      this.#socket.close(POLICY, `more than ${limits.messagesPerSecond} messages a second`);
      return;
    }
    const asked = read(message);
    if (typeof asked === 'string') {
      this.#faults += 1;
      if (this.#faults >= TOO_MANY_FAULTS) this.#socket.close(POLICY, `${TOO_MANY_FAULTS} messages that say nothing`);
      else this.#refuse(null, asked, 'send one JSON message a frame, as the description of the live protocol has it');
      return;
    }
    switch (asked.do) {
      case 'ping':
        this.say({ say: 'pong', id: asked.id });
        return;
      case 'unsubscribe':
        this.#asked.delete(channelName(asked.topic, asked.of));
        this.#sign();
        this.say({ say: 'unsubscribed', id: asked.id, topic: asked.topic, of: asked.of });
        return;
      case 'subscribe':
        this.#subscribe(asked);
    }
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** It may no longer see what it could: what is refused now is taken away. */
  recheck(): void {
    for (const name of [...this.#asked]) {
      const [topic, of] = [name.slice(0, name.indexOf(' ')) as TopicName, name.slice(name.indexOf(' ') + 1)];
      const refused = this.#may(topic, of);
      if (refused === null) continue;
      this.#asked.delete(name);
      this.#refuse(null, `${name}: ${refused.reason}`, refused.remedy);
    }
    this.#sign();
  }

  #subscribe({ id, topic, of, after }: Extract<ClientMessage, { do: 'subscribe' }>): void {
    const refused = this.#may(topic, of);
    if (refused !== null) {
      this.#refuse(id, refused.reason, refused.remedy);
      return;
    }
    const name = channelName(topic, of);
    const { limits, epoch } = this.#hub.setup;
    if (!this.#asked.has(name) && this.#asked.size >= limits.subscriptions) {
      this.#refuse(
        id,
        `more than ${limits.subscriptions} subscriptions`,
        'unsubscribe from what is not looked at, or ask for a whole topic with *',
      );
      return;
    }
    const one = this.#hub.find(topic, of);
    const all = one !== null ? [one] : of === '*' ? this.#hub.channelsOf(topic) : null;
    if (all === null) {
      this.#refuse(id, `there is no ${topic} of ${of}`, `ask for ${topic} of * to be told of all there are`);
      return;
    }
    if (after !== undefined && one === null) {
      this.#refuse(id, `${topic} of * is several channels, each with numbers of its own`, 'go on with each by its own name');
      return;
    }
    this.#hub.settle(); // before it counts as subscribed; what is not told yet comes behind the snapshot
    this.#asked.add(name);
    this.#sign();
    const truth = this.#hub.setup.truth();
    if (one !== null && after !== undefined && after.epoch === epoch) {
      const since = one.since(after.n);
      if (since !== null && since.length > 0) this.#send(since, one);
      else if (since !== null) this.say({ say: 'resumed', id, topic, of, n: one.n });
      else this.#send([one.snapshot('not kept', truth)], one);
      return;
    }
    for (const channel of all) this.#send([channel.snapshot(after === undefined ? 'asked' : 'not kept', truth)], channel);
  }

  #refuse(id: number | null, reason: string, remedy: string): void {
    this.say({ say: 'refused', id, reason, remedy });
  }

  /** What is of a channel and does not fit is told when there is room; what is of none is an answer, and who does not read answers is let go. */
  #send(messages: readonly string[], channel: Channel | null): void {
    const frame = frameOf(messages);
    if (channel === null) {
      if (this.#socket.send(frame) === 'dropped') this.#socket.close(POLICY, 'reads too slowly for the answers it asks for');
      else this.#saidSinceBeat = true;
      return;
    }
    const told = this.#behind === null ? this.#put(frame) : 'later';
    if (told === 'later') (this.#behind ??= new Set()).add(channel);
    else if (told === 'never')
      this.#socket.close(TOO_MUCH, `${channel.topic}: ${frame.length} bytes at once are more than this gateway lets wait`);
  }

  /** `later`: too much waits. `never`: nothing waits, and no drain would ever come. */
  #put(frame: Uint8Array): 'sent' | 'later' | 'never' {
    const waiting = this.#socket.bufferedBytes;
    if (waiting > 0 && waiting + frame.length > this.#hub.setup.limits.unsentBytes) return 'later';
    if (this.#socket.send(frame) === 'dropped') return waiting === 0 ? 'never' : 'later';
    this.#saidSinceBeat = true;
    return 'sent';
  }

  #sign(): void {
    this.#signature = [...this.#asked].sort().join('\n');
  }

  #spend(): boolean {
    const { messagesPerSecond, messagesAtOnce } = this.#hub.setup.limits;
    const now = this.#hub.setup.clock.nowMs();
    this.#tokens = Math.min(messagesAtOnce, this.#tokens + ((now - this.#tokensAt) * messagesPerSecond) / 1000);
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** What it says, or why it says nothing. */
function read(message: Uint8Array | string): ClientMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(typeof message === 'string' ? message : Buffer.from(message).toString('utf8'));
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
  const checked = clientMessage.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  return `${issue?.path.join('.') || 'the message'}: ${issue?.message ?? 'is not one of the protocol'}`;
}
