/**
 * Requests on one WebSocket, as many as there are, answered by their numbers. It is kept: what breaks is opened again. What is said in one
 * turn of the event loop goes out in one write. Never sends anything twice; when the line breaks, whatever waits on it is lost.
 */
import type { Socket } from 'node:net';
import WebSocket from 'ws';
import { SECOND_US } from '#engine/values.ts';
import { messageOf } from './trouble.ts';
import type { BrokerClock, WireAnswer, WireRequest } from './wire.ts';

/** Beats come each second; after so long without any message nothing is trusted to a line. */
const SILENT_US = 3 * SECOND_US;
const FIRST_PAUSE_US = 10_000;
const LONGEST_PAUSE_US = 5 * SECOND_US;
const OPENING_US = 5 * SECOND_US;
/** For so long a line that broke is waited for: opened again it carries at once what would need a connection each. */
const SOON_US = 100_000;
const MAX_ANSWER_BYTES = 4 * 2 ** 20;
const ANSWER = /^\{"id":(\d{1,15}),"status":(\d{3}),"body":/;
/** Its number is no request's. */
const PROBE = '{"id":0,"method":"GET","path":"/time","headers":{},"body":""}';
const PROBED = /^\{"id":0,"status":200,/;
const BEAT = /^\{"op":"beat","time":\d{1,16}\}$/;

type Waiting = Readonly<{ resolve: (answer: WireAnswer) => void; askedUs: number; endUs: number; timeoutUs: number }>;
type Open = Readonly<{ socket: WebSocket; wire: Socket }>;

export class RequestLine {
  readonly #url: string;
  readonly #clock: BrokerClock;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #line: Open | null = null;
  #opening: WebSocket | null = null;
  #heardUs = 0;
  #pauseUs = FIRST_PAUSE_US;
  #isCorked = false;
  #closed = false;
  #cancelAgain: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #watchedUs = Number.POSITIVE_INFINITY;
  #soon: Readonly<{ over: Promise<void>; end: () => void }> | null = null;

  constructor(url: string, clock: BrokerClock) {
    this.#url = url;
    this.#clock = clock;
  }

  /** From now on there is a line, or one is opened. */
  keep(): void {
    if (!this.#closed && this.#line === null && this.#opening === null && this.#cancelAgain === null) this.#open();
  }

  /** Null: there is no line for it now, and nothing has left. */
  ask(request: WireRequest, timeoutUs: number): Promise<WireAnswer> | null {
    const now = this.#clock.monotonicUs();
    if (this.#line !== null && now - this.#heardUs > SILENT_US) this.#break({ kind: 'lost', reason: 'the line is silent' });
    const line = this.#line;
    // what an earlier turn could not hand to the kernel would leave at a time of its own
    if (line === null || (!this.#isCorked && line.wire.writableLength > 0)) return null;
    if (request.mayLeave?.() === false) return Promise.resolve({ kind: 'unsent', reason: 'it may not leave any more' });
    const { method, path, headers, body } = request;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, { resolve, askedUs: now, endUs: now + timeoutUs, timeoutUs });
      this.#watch(now + timeoutUs);
      this.#cork(line.wire);
      line.socket.send(JSON.stringify({ id, method, path, headers, body }), () => {}); // what fails closes the line
    });
  }

  /** Resolves when a line that broke is open again, or will not be soon; null: there is nothing to wait for. */
  soon(): Promise<void> | null {
    return this.#soon?.over ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelAgain?.();
    this.#soon?.end();
    const sockets = [this.#line?.socket, this.#opening].filter((socket) => socket !== undefined && socket !== null);
    const ends = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.terminate();
    this.#break({ kind: 'lost', reason: 'the adapter was closed' });
    await Promise.all(ends);
  }

  #cork(wire: Socket): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    wire.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      wire.uncork();
    });
  }

  #open(): void {
    let wire: Socket | null = null;
    const socket = new WebSocket(this.#url, {
      perMessageDeflate: false,
      maxPayload: MAX_ANSWER_BYTES,
      handshakeTimeout: OPENING_US / 1_000,
    });
    socket.on('upgrade', (response) => {
      wire = response.socket;
    });
    this.#opening = socket;
    // nothing is trusted to it before it has answered: an open door is no proof of somebody behind it
    const giveUp = this.#clock.after(OPENING_US, () => socket.terminate());
    socket.on('open', () => socket.send(PROBE, () => {}));
    socket.on('message', (data, isBinary) => {
      if (this.#line?.socket === socket) this.#hear(isBinary ? null : data.toString());
      else if (this.#opening === socket && PROBED.test(data.toString())) {
        giveUp();
        this.#opening = null;
        this.#line = { socket, wire: wire! };
        this.#heardUs = this.#clock.monotonicUs();
        this.#soon?.end();
      }
    });
    let why = '';
    socket.on('error', (error: NodeJS.ErrnoException) => {
      why = error.code ?? messageOf(error);
    });
    socket.on('close', (code) => {
      giveUp();
      if (this.#opening === socket) {
        this.#opening = null;
        this.#soon?.end();
      } else if (this.#line?.socket === socket) this.#break({ kind: 'lost', reason: why === '' ? `closed by the venue (${code})` : why });
      else return;
      this.#again();
    });
  }

  #hear(text: string | null): void {
    this.#heardUs = this.#clock.monotonicUs();
    const parts = text === null ? null : ANSWER.exec(text);
    const id = Number(parts?.[1]);
    const isAnswer = parts !== null && id < this.#nextId && text!.endsWith('}');
    if (!isAnswer && (text === null || !BEAT.test(text))) {
      this.#break({ kind: 'garbled', reason: 'a message on the request line that is no answer' });
      return;
    }
    if (!isAnswer) return;
    this.#pauseUs = FIRST_PAUSE_US; // a line that serves, not one that falls as soon as it stands
    this.#settle(id, { kind: 'answer', status: Number(parts[2]), text: text!.slice(parts[0].length, -1) });
  }

  /** What came too late was settled before. */
  #settle(id: number, answer: WireAnswer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.resolve(answer);
    if (this.#waiting.size === 0) this.#unwatch();
  }

  #break(answer: WireAnswer): void {
    const line = this.#line;
    this.#line = null;
    if (line !== null) {
      line.socket.terminate();
      if (this.#pauseUs === FIRST_PAUSE_US) this.#expect();
      this.#again();
    }
    for (const id of [...this.#waiting.keys()]) this.#settle(id, answer);
  }

  /** Of a line that has lived: it will most likely be there again in a moment. */
  #expect(): void {
    if (this.#closed || this.#soon !== null) return;
    let resolve: () => void = () => {};
    const over = new Promise<void>((settle) => {
      resolve = settle;
    });
    const cancel = this.#clock.after(SOON_US, () => this.#soon?.end());
    const end = () => {
      cancel();
      this.#soon = null;
      resolve();
    };
    this.#soon = { over, end };
  }

  #again(): void {
    if (this.#closed || this.#cancelAgain !== null) return;
    this.#cancelAgain = this.#clock.after(this.#pauseUs, () => {
      this.#cancelAgain = null;
      this.keep();
    });
    this.#pauseUs = Math.min(LONGEST_PAUSE_US, this.#pauseUs * 2);
  }

  // -------------------------------------------------------------- ends: one timer, for whichever comes first

  #watch(endUs: number): void {
    if (endUs >= this.#watchedUs) return;
    this.#unwatch();
    this.#watchedUs = endUs;
    this.#cancelWatch = this.#clock.after(Math.max(0, endUs - this.#clock.monotonicUs()), () => this.#endOverdue());
  }

  #unwatch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    this.#watchedUs = Number.POSITIVE_INFINITY;
  }

  #endOverdue(): void {
    this.#unwatch();
    const now = this.#clock.monotonicUs();
    let next = Number.POSITIVE_INFINITY;
    let isMute = false;
    for (const [id, { endUs, askedUs, timeoutUs }] of this.#waiting) {
      if (endUs > now) {
        next = Math.min(next, endUs);
        continue;
      }
      isMute ||= this.#heardUs < askedUs;
      this.#settle(id, { kind: 'lost', reason: `no answer in ${timeoutUs / SECOND_US} s` });
    }
    if (isMute) this.#break({ kind: 'lost', reason: 'the line is silent' });
    else if (next < Number.POSITIVE_INFINITY) this.#watch(next);
  }
}
