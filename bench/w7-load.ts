/** W7's watchers, in a process of their own: they ask for every quote and the gate, note how old the newest fact was when they heard of it, and say how much processor that took. */
import WebSocket from 'ws';
import { serverMessage } from '#gateway/contracts/live.ts';

export const LOAD_ROLE = 'w7-load';
export type LoadAsked = Readonly<{ origin: string; clients: number; symbols: number; seconds: number; stuck: number }>;
export type LoadTook = Readonly<{
  frames: number;
  bytes: number;
  /** Ages of the newest fact of each frame, ms. */
  p50: number;
  p99: number;
  most: number;
  /** By the rows themselves, of watchers that read each: from a tick's arrival at the desk to the row that holds it. */
  rowP50: number;
  rowP99: number;
  cpuShare: number;
  /** Every watcher that reads heard of every instrument. */
  whole: boolean;
  /** All of them gone at once and back: ms until each has its snapshot again. */
  stormMs: number;
}>;

/** These read each row; the others look at the head of a frame. */
const READERS = 4;
const OPENING_AT_ONCE = 50;
const nowMs = (): number => performance.timeOrigin + performance.now();

class Watcher {
  readonly reads: boolean;
  readonly ages: number[] = [];
  readonly rowAges: number[] = [];
  readonly seen = new Set<string>();
  frames = 0;
  bytes = 0;
  #socket: WebSocket | null = null;

  constructor(reads: boolean) {
    this.reads = reads;
  }

  /** Until it has its first snapshot. */
  open(origin: string, cookie: string, csrf: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/live`, ['retrace.live.v1', `csrf.${csrf}`], {
        ...{ origin, headers: { cookie }, perMessageDeflate: false },
      });
      this.#socket = socket;
      socket.on('open', () => {
        for (const topic of ['quotes', 'gate']) socket.send(JSON.stringify({ do: 'subscribe', id: 1, topic }));
      });
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        this.#hear(data);
        if (data.includes('"snapshot"')) resolve();
      });
    });
  }

  stop(): void {
    this.#socket?.pause();
  }

  vanish(): void {
    this.#socket?.removeAllListeners('message');
    this.#socket?.on('error', () => {});
    this.#socket?.terminate();
  }

  #hear(data: Buffer): void {
    const now = nowMs();
    this.frames += 1;
    this.bytes += data.length;
    if (!this.reads) {
      const head = data.toString('latin1', 0, 160);
      const at = head.indexOf('"at":');
      if (at > 0 && head.includes('"delta"')) this.ages.push(now - Number.parseInt(head.slice(at + 5, at + 25), 10) / 1_000);
      return;
    }
    for (const one of JSON.parse(data.toString()) as unknown[]) {
      const told = serverMessage.parse(one);
      if (told.say !== 'delta' && told.say !== 'snapshot') continue;
      if (told.topic !== 'quotes') continue;
      this.seen.add(told.of);
      if (told.say === 'delta') {
        this.ages.push(now - told.at / 1_000);
        for (const [, row] of told.rows) this.rowAges.push(now - (row as { tickAt: number }).tickAt / 1_000);
      }
    }
  }
}

export async function load(): Promise<void> {
  process.on('disconnect', () => process.exit());
  const asked = await new Promise<LoadAsked>((resolve) => process.once('message', resolve));
  const { origin, clients, seconds } = asked;
  const signed = await fetch(`${origin}/api/v1/session/demo`, { method: 'POST', headers: { origin } });
  const cookie = signed.headers.get('set-cookie')!.split(';')[0]!;
  const { csrf } = (await signed.json()) as { csrf: string };
  const watchers = Array.from({ length: clients }, (_, n) => new Watcher(n < READERS));
  const openAll = async () => {
    for (let n = 0; n < clients; n += OPENING_AT_ONCE)
      await Promise.all(watchers.slice(n, n + OPENING_AT_ONCE).map((watcher) => watcher.open(origin, cookie, csrf)));
  };
  await openAll();
  const reading = watchers.slice(0, clients - Math.floor(clients * asked.stuck));
  for (const watcher of watchers.slice(reading.length)) watcher.stop();
  process.send!('open');
  await pause(1_000);
  for (const { ages, rowAges } of watchers) ages.length = rowAges.length = 0;
  for (const watcher of watchers) watcher.frames = watcher.bytes = 0;
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await pause(seconds * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const cpuShare = (user + system) / 1_000 / (performance.now() - wall);
  const ages = sorted(reading.flatMap((watcher) => watcher.ages));
  const rows = sorted(reading.flatMap((watcher) => watcher.rowAges));
  const sum = (of: (watcher: Watcher) => number) => reading.reduce((all, watcher) => all + of(watcher), 0);
  const took = {
    ...{ frames: sum(({ frames }) => frames), bytes: sum(({ bytes }) => bytes), cpuShare },
    ...{ p50: at(ages, 0.5), p99: at(ages, 0.99), most: ages.at(-1) ?? Number.NaN, rowP50: at(rows, 0.5), rowP99: at(rows, 0.99) },
    whole: reading.every(({ reads, seen, frames }) => (reads ? seen.size === asked.symbols : frames > 0)),
  };
  for (const watcher of watchers) watcher.vanish();
  const gone = performance.now();
  await openAll();
  process.send!({ ...took, stormMs: performance.now() - gone } satisfies LoadTook);
  for (const watcher of watchers) watcher.vanish();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);
const at = (values: readonly number[], part: number): number =>
  values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;
