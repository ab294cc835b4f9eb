/**
 * The way out of the desk. Hears every decision, keeps the requests of this turn together, and lets them go when the journal would
 * survive a power cut with them in it. An account that nobody links is the pure venue's: nothing of it leaves.
 */
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { AccountId } from '#engine/values.ts';
import type { AccountLink, Effect } from './account-link.ts';

const ENDS: readonly string[] = ['FILLED', 'REJECTED', 'CANCELLED', 'EXPIRED'];

export class Outbox {
  readonly #links = new Map<AccountId, AccountLink>();
  readonly #monotonicUs: () => number;
  #waiting = new Map<AccountLink, Effect[]>();
  #opened = false;

  /** The clock that never steps: a request is as old as it says. */
  constructor(monotonicUs: () => number) {
    this.#monotonicUs = monotonicUs;
  }

  add(link: AccountLink): void {
    this.#links.set(link.account, link);
  }

  get links(): readonly AccountLink[] {
    return [...this.#links.values()];
  }

  /** From here on decisions are of this life; what was derived again on opening never leaves. */
  opened(): void {
    this.#opened = true;
  }

  hear(decision: Decision): void {
    if (!this.#opened) return;
    switch (decision.type) {
      case 'OrderRequested': {
        const link = this.#links.get(decision.account);
        if (link === undefined) return;
        const { order, clientId, instrument, action, validUntil, lots, limit, stop } = decision;
        const effect: Effect = {
          id: addressOf(decision),
          order,
          clientId,
          instrument,
          action,
          validUntil,
          lots,
          limit,
          stop,
          decidedAt: this.#monotonicUs(),
        };
        const waiting = this.#waiting.get(link);
        if (waiting === undefined) this.#waiting.set(link, [effect]);
        else waiting.push(effect);
        return;
      }
      case 'OrderAdopted':
        this.#links.get(decision.account)?.adopted(decision.order, decision.clientId);
        return;
      case 'OrderMoved':
        if (ENDS.includes(decision.to)) this.#links.get(decision.account)?.ended(decision.order);
        return;
      case 'OrderRetired':
        this.#links.get(decision.account)?.retired(decision.order);
        return;
      case 'ReconciliationNeeded':
        for (const link of this.#links.values())
          if (link.account === decision.account || decision.account === 'none') link.differs(decision.why);
        return;
    }
  }

  /** Called when this turn's frames are with the journal; `durable` resolves when they would survive. Never called: nothing leaves. */
  turn(durable: () => Promise<unknown>): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    durable().then(
      () => {
        for (const [link, effects] of waiting) link.release(effects);
      },
      () => {}, // the journal has halted, and says so itself: what is not in it never leaves
    );
  }
}
