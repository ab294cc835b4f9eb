// How one request goes from its head to its answer, whatever carries it: counted, judged, handed up, answered once. A driver gives it a way to
// write and learns whether the connection stays.
import { type ReadyAnswer, readyAnswer } from './answer-check.ts';
import { BodyReader } from './body-reader.ts';
import * as rules from './request-rules.ts';
import {
  type Answer,
  type Headers,
  type Method,
  type Request,
  RequestAborted,
  type ServerSetup,
  type SocketEnd,
  type Upgrade,
} from './server.ts';

/** A driver's hold on one request. */
export type Exchange = Readonly<{
  /** Writes it; `close`: the connection ends behind it. Resolves when the body has been handed over, or the peer is gone. */
  write(answer: ReadyAnswer, close: boolean): void | Promise<void>;
  /** Ends the connection without a word. */
  cut(): void;
  /** Takes over the connection as a WebSocket; null if it never asked for one. */
  accept: ((how: Extract<Upgrade, { accept: unknown }>) => void) | null;
}>;

/** A driver calls `gone` when the peer went away before the answer was out, and `body` as bytes come in. */
export type UnderWay = Readonly<{ body: BodyReader; gone(): void }>;

export class RequestsUnderWay {
  readonly #setup: ServerSetup;
  readonly #secure: boolean;
  readonly #openSockets: () => number;
  readonly #now = new Set<Exchange>();
  /** Upgrades that are being decided take a socket's place already. */
  #deciding = 0;
  #leaving = false;

  constructor(setup: ServerSetup, openSockets: () => number) {
    this.#setup = setup;
    this.#secure = setup.tls !== null;
    this.#openSockets = openSockets;
  }

  /** Null if the request was cut. */
  begin(head: rules.Head, remote: string, exchange: Exchange): UnderWay | null {
    const verdict = rules.judgeHead(head);
    if (verdict === 'cut') {
      exchange.cut();
      return null;
    }
    const headers = rules.headersOf(head.pairs);
    const body = new BodyReader(rules.declaredLength(headers), this.#setup.limits.bodyBytes);
    if (!rules.hasBody(headers)) body.end();
    let abort: AbortController | null = null;
    let gone = false;
    let late: NodeJS.Timeout | null = null;
    const over = () => {
      gone = true;
      if (late !== null) clearTimeout(late);
      this.#now.delete(exchange);
    };
    const underWay: UnderWay = {
      body,
      gone: () => {
        if (gone) return;
        over();
        body.abort();
        abort ??= new AbortController();
        abort.abort();
      },
    };
    const finish = (answer: Answer, close: boolean): void | Promise<void> => {
      if (gone) return;
      const ready = this.#ready(answer, head.method as Method);
      const write = (closing: boolean): void | Promise<void> => {
        if (gone) return;
        const written = exchange.write(ready, closing);
        if (written === undefined) return over();
        return written.then(over, (error: unknown) => {
          this.#setup.failed(error, `${head.method} ${head.path}`);
          if (!gone) exchange.cut();
          over();
        });
      };
      // What follows a chunked body is where two readers may disagree: nothing follows it.
      const last = close || headers['transfer-encoding'] !== undefined;
      if (body.ended || close) return write(last);
      return body.swallowed().then((whole) => write(last || !whole));
    };
    this.#now.add(exchange);
    const refusal = 'pass' in verdict ? this.#refusal(headers) : verdict;
    if (refusal !== null) {
      finish(refusal, true);
      return underWay;
    }
    if (!body.ended) {
      late = setTimeout(() => {
        if (body.ended || gone) return;
        exchange.cut();
        underWay.gone();
      }, this.#setup.limits.bodyWithinMs).unref();
    }
    const request: Request = {
      ...{ method: head.method as Method, path: head.path, query: head.query, headers, remote, secure: this.#secure, body },
      get signal() {
        abort ??= new AbortController();
        if (gone) abort.abort();
        return abort.signal;
      },
    };
    const end = this.#setup.ends.find(({ path }) => path === head.path);
    const failed = (error: unknown) => {
      if (gone && error instanceof RequestAborted) return; // the peer left: no fault of ours, and nobody to tell
      this.#setup.failed(error, `${head.method} ${head.path}`);
      finish(rules.broken(), true);
    };
    try {
      if (end === undefined) {
        const answer = this.#setup.answer(request);
        if (answer instanceof Promise) answer.then((a) => finish(a, false)).catch(failed);
        else finish(answer, false);
      } else {
        this.#decide(end, request, exchange, {
          refuse: (answer) => finish(answer, true),
          accept: (how) => {
            if (gone) return;
            over();
            try {
              exchange.accept?.(how);
            } catch (error) {
              this.#setup.failed(error, `upgrade of ${head.path}`);
              exchange.cut();
            }
          },
          failed,
        });
      }
    } catch (error) {
      failed(error);
    }
    return underWay;
  }

  #refusal(headers: Headers): Answer | null {
    const { hosts, limits } = this.#setup;
    if (this.#leaving) return rules.leaving();
    return rules.judgeHost(headers, hosts) ?? (this.#now.size > limits.requests ? rules.tooBusy() : null);
  }

  /** Takes nothing new from here on. */
  leave(): void {
    this.#leaving = true;
  }

  /** Resolves when all are answered, or at that time; then what is left is cut. */
  async finish(withinMs: number): Promise<number> {
    const until = performance.now() + withinMs;
    while (this.#now.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    const left = [...this.#now];
    for (const exchange of left) exchange.cut();
    this.#now.clear();
    return left.length;
  }

  #decide(
    end: SocketEnd,
    request: Request,
    exchange: Exchange,
    then: { refuse(answer: Answer): void; accept(how: Extract<Upgrade, { accept: unknown }>): void; failed(error: unknown): void },
  ): void {
    const refusal =
      rules.judgeHandshake(request) ??
      rules.judgeOrigin(request, end.origins) ??
      (exchange.accept === null || this.#openSockets() + this.#deciding >= this.#setup.limits.sockets ? rules.tooBusy() : null);
    if (refusal !== null) {
      then.refuse(refusal);
      return;
    }
    this.#deciding++;
    const decided = (upgrade: Upgrade) => {
      this.#deciding--;
      if ('refuse' in upgrade) then.refuse(upgrade.refuse);
      else then.accept(upgrade);
    };
    const failed = (error: unknown) => {
      this.#deciding--;
      then.failed(error);
    };
    try {
      const upgrade = end.upgrade(request);
      if (upgrade instanceof Promise) upgrade.then(decided, failed);
      else decided(upgrade);
    } catch (error) {
      failed(error);
    }
  }

  /** An answer that cannot be sent is our fault, and said as such. */
  #ready(answer: Answer, method: Method): ReadyAnswer {
    try {
      return readyAnswer(answer, method);
    } catch (error) {
      this.#setup.failed(error, 'answer');
      return readyAnswer(rules.broken(), method);
    }
  }
}
