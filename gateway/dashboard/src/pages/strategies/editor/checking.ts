/** A text that is checked as it is written: when the hands rest, one question at a time, and the newest text last. It asks nothing while nothing changes. */
import type { StrategyChecked } from '#gateway/contracts/rest-strategies.ts';

export const REST_MS = 400;

export type Checking = Readonly<{
  /** What is told holds for this text. */
  text: string | null;
  answer: StrategyChecked | null;
  error: unknown;
  /** A newer text waits or is asked about. */
  behind: boolean;
}>;
export type CheckPorts = Readonly<{
  ask: (text: string) => Promise<StrategyChecked>;
  after: (ms: number, call: () => void) => () => void;
  changed: (now: Checking) => void;
}>;

export class Checker {
  readonly #ports: CheckPorts;
  #now: Checking = { text: null, answer: null, error: null, behind: false };
  #wanted: string | null = null;
  #asking = false;
  #forget: (() => void) | null = null;
  #closed = false;

  constructor(ports: CheckPorts) {
    this.#ports = ports;
  }

  get now(): Checking {
    return this.#now;
  }

  /** `atOnce`: it stands already, and nobody types. */
  text(text: string, atOnce = false): void {
    this.#wanted = text;
    this.#forget?.();
    this.#forget = null;
    if (text === this.#now.text && !this.#asking) {
      this.#wanted = null;
      if (this.#now.behind) this.#tell({ behind: false });
      return;
    }
    if (!this.#now.behind) this.#tell({ behind: true });
    if (atOnce) this.#next();
    else
      this.#forget = this.#ports.after(REST_MS, () => {
        this.#forget = null;
        this.#next();
      });
  }

  /** An answer that came another way: whoever keeps a text is told the same of it. */
  answered(text: string, answer: StrategyChecked): void {
    this.#tell({ text, answer, error: null, behind: this.#wanted !== null && this.#wanted !== text });
  }

  /** Again, after it was closed. */
  open(): void {
    this.#closed = false;
    this.#next();
  }

  close(): void {
    this.#closed = true;
    this.#forget?.();
  }

  #next(): void {
    const text = this.#wanted;
    if (this.#asking || text === null || this.#closed) return;
    this.#wanted = null;
    this.#asking = true;
    const told = (more: Partial<Checking>): void => {
      this.#asking = false;
      if (this.#closed) return;
      const waits = this.#wanted !== null && this.#wanted !== text;
      this.#tell({ text, ...more, behind: waits });
      // hands that rest since wait no longer
      if (waits && this.#forget === null) this.#next();
    };
    this.#ports.ask(text).then(
      (answer) => told({ answer, error: null }),
      (error: unknown) => told({ answer: null, error }),
    );
  }

  #tell(more: Partial<Checking>): void {
    this.#now = { ...this.#now, ...more };
    this.#ports.changed(this.#now);
  }
}
