// The far end of a line to the gateway as a script: what it is sent is kept, what it says is said by hand, and so is the time.

import type { LinePorts, WireEvents } from '#gateway/contracts/line.ts';
import type { ClientMessage, ServerMessage, TopicName } from '#gateway/contracts/live.ts';

export const BEAT_MS = 1_000;

/** Time by hand, and the far end of each connection. */
export class Script {
  now = 0;
  #due: { at: number; call: () => void }[] = [];
  readonly wires: { events: WireEvents; sent: ClientMessage[]; open: boolean }[] = [];

  readonly ports: LinePorts = {
    nowMs: () => this.now,
    random: () => 0.5,
    after: (ms, call) => {
      const one = { at: this.now + ms, call };
      this.#due.push(one);
      return () => {
        this.#due = this.#due.filter((other) => other !== one);
      };
    },
    open: (events) => {
      const wire = { events, sent: [] as ClientMessage[], open: true };
      this.wires.push(wire);
      return {
        send: (text) => wire.sent.push(JSON.parse(text)),
        close: () => {
          wire.open = false;
        },
      };
    },
  };

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.now = next.at;
      next.call();
    }
    this.now = end;
  }

  get wire() {
    return this.wires.at(-1)!;
  }

  say(...messages: ServerMessage[]): void {
    this.wire.events.heard(JSON.stringify(messages));
  }

  welcome(epoch = 'e1'): void {
    const limits = { subscriptions: 500, messageBytes: 65_536, unsentBytes: 524_288 };
    this.say({ say: 'welcome', version: 1, epoch, desk: 'd', mode: 'PAPER', windowMs: 10, beatMs: BEAT_MS, limits });
  }
}

const truth = (seq: number) => ({ seq, at: seq * 1_000, age: 0, durable: seq - 1 });
export const snapshot = (
  topic: TopicName,
  of: string,
  n: number,
  rows: [string, unknown][],
  why: 'asked' | 'not kept' | 'behind' = 'asked',
): ServerMessage => ({
  ...{ say: 'snapshot', topic, of, n, why, rows },
  ...truth(n + 1),
});
export const delta = (topic: TopicName, of: string, n: number, rows: [string, unknown][]): ServerMessage => ({
  say: 'delta',
  topic,
  of,
  n,
  rows,
  ...truth(n + 1),
});
export const beat = (seq: number): ServerMessage => ({ say: 'beat', seq, at: seq, durable: seq });
