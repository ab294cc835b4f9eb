// A request's body as it arrives: up to the cap it is held, beyond it dropped, so a peer decides nothing about our memory. It never pauses the
// peer; the drivers cut one that takes too long.
import { BodyTooLarge, RequestAborted, type RequestBody } from './server.ts';

/** How long, and for how much more, an answer waits for a body nobody reads, so that the peer sees the answer and not a reset. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 8 * 1024 * 1024;

export class BodyReader implements RequestBody {
  readonly declared: number | null;
  readonly cap: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'aborted' = 'open';
  #wake: (() => void)[] = [];

  constructor(declared: number | null, cap: number) {
    this.declared = declared;
    this.cap = cap;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** The chunk is kept as it is given: a driver that reuses its memory copies it first. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#tooLarge) this.#chunks = [];
    else if (chunk.length > 0) this.#chunks.push(chunk);
    this.#stir();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#stir();
  }

  abort(): void {
    if (this.#state === 'open') this.#state = 'aborted';
    this.#stir();
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this) chunks.push(chunk);
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#tooLarge || (this.declared ?? 0) > this.cap) throw new BodyTooLarge(this.cap);
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#state === 'ended') return;
      else if (this.#state === 'aborted') throw new RequestAborted('the peer went away before its body was whole');
      else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** True once the body has come to its end, read or not; false if it goes on for too long. */
  async swallowed(): Promise<boolean> {
    const until = performance.now() + LINGER_MS;
    const most = this.#bytes + LINGER_BYTES;
    while (this.#state === 'open' && this.#bytes < most) {
      const left = until - performance.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.ended;
  }

  get #tooLarge(): boolean {
    return this.#bytes > this.cap;
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
