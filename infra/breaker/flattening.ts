/**
 * Closes what a venue lists as held after a kill: reduce-only market orders, one at a time an instrument. Each name follows from the kill,
 * is asked for before it is used, and is written down before it is sent, so that no restart and no lost answer doubles one.
 */
import { createHash } from 'node:crypto';
import type { Broker, VenuePosition } from '#engine/execution/broker.ts';
import { plainTerms } from '#engine/execution/order-terms.ts';
import { type AccountId, type ClientOrderId, clientOrderId, type InstrumentId, orderId, type TimeUs } from '#engine/values.ts';
import type { Remaining } from './messages.ts';
import { type LotSize, quantityText } from './quantities.ts';
import { type EmergencyOrder, reasonOf, type SideFile } from './side-file.ts';

export type FlatteningOptions = Readonly<{
  broker: Broker;
  /** Its id and whether its latch is durable may come late. */
  kill: Readonly<{ id: string; latched: boolean }>;
  side: SideFile;
  sendWindowUs: number;
  lotSize: LotSize;
  wallUs: () => number;
  /** Something changed that a progress shows. */
  tell: () => void;
}>;

/** A name a kill: where the venue never had it and its window has shut it is used again, an ended one is followed by the next attempt's. */
export const MAX_ATTEMPTS = 5;
const ASK_AGAIN_MS = 250;
/** Lists of positions lag behind fills. */
const SETTLE_MS = 500;
const WINDOW_MARGIN_US = 500_000;

export function emergencyId(kill: string, account: AccountId, instrument: InstrumentId, attempt: number): ClientOrderId {
  const hash = createHash('sha256').update(`${kill}\0${account}\0${instrument}\0${attempt}`).digest('hex');
  return clientOrderId(`flat-${hash.slice(0, 28)}`);
}

type Closing = {
  attempt: number;
  lots: number;
  why: string;
  gaveUp: boolean;
  /** The venue must not act on what was sent after this; null: this life of the breaker sent nothing by the name. */
  until: number | null;
  /** The last send certainly never reached the venue. */
  free: boolean;
};
type Step = 'wait' | 'ended' | 'gave up';

export class Flattening {
  readonly sent: string[] = [];
  readonly #options: FlatteningOptions;
  readonly #closing = new Map<InstrumentId, Closing>();
  #listWhy: string | null = 'the positions were not asked for yet';
  #written: readonly EmergencyOrder[] | null = null;

  constructor(options: FlatteningOptions) {
    this.#options = options;
  }

  remaining(): Remaining[] {
    const { account } = this.#options.broker;
    const rows: Remaining[] = [];
    if (this.#listWhy !== null) rows.push({ account, what: 'list', name: 'positions', instrument: '', why: this.#listWhy });
    for (const [instrument, { lots, why }] of this.#closing)
      rows.push({ account, what: 'position', name: this.#quantity(lots, instrument), instrument, why });
    return rows;
  }

  #quantity(lots: number, instrument: InstrumentId): string {
    const { broker, lotSize } = this.#options;
    return quantityText(lots, lotSize(broker.account, instrument));
  }

  /** Until the venue lists no position, or each that is left was given up. */
  async run(going: () => boolean, sleep: (ms: number) => Promise<void>): Promise<void> {
    const { tell } = this.#options;
    while (going()) {
      const open = await this.#positions();
      tell();
      if (open === null) {
        await sleep(ASK_AGAIN_MS);
        continue;
      }
      for (const instrument of [...this.#closing.keys()])
        if (!open.some((position) => position.instrument === instrument)) this.#closing.delete(instrument);
      if (open.length === 0) return;
      const steps = await Promise.all(open.map((position) => this.#step(position, going)));
      tell();
      if (steps.every((step) => step === 'gave up')) return;
      await sleep(steps.includes('ended') ? SETTLE_MS : ASK_AGAIN_MS);
    }
  }

  async #positions(): Promise<readonly VenuePosition[] | null> {
    try {
      const open = (await this.#options.broker.positions()).filter(({ lots }) => lots !== 0);
      this.#listWhy = null;
      return open;
    } catch (error) {
      this.#listWhy = reasonOf(error);
      return null;
    }
  }

  async #step({ instrument, lots }: VenuePosition, going: () => boolean): Promise<Step> {
    const { broker, kill, wallUs } = this.#options;
    const closing: Closing = this.#closing.get(instrument) ?? {
      attempt: 1,
      lots,
      why: 'is being closed',
      gaveUp: false,
      until: null,
      free: false,
    };
    closing.lots = lots;
    this.#closing.set(instrument, closing);
    if (closing.gaveUp) return 'gave up';
    const { identity, orderTypes, honoursExpiry } = broker.capabilities;
    if (identity === 'none') return giveUp(closing, 'the venue keeps no names, so an order could be doubled: close it by hand');
    if (!orderTypes.includes('market')) return giveUp(closing, 'the venue takes no market orders: close it by hand');
    const clientId = emergencyId(kill.id, broker.account, instrument, closing.attempt);
    const found = await broker
      .order({ clientId, venueId: null, instrument })
      .catch((error: unknown) => ({ found: null, reason: reasonOf(error) }) as const);
    if (found.found === null) return waits(closing, found.reason);
    if (found.found) {
      const { state, filled, reason } = found.row;
      if (state === 'working') return waits(closing, 'its closing order is working');
      return this.#next(
        closing,
        `attempt ${closing.attempt}: ${state}, ${filled} of ${found.row.lots} lots${reason === '' ? '' : ` (${reason})`}`,
      );
    }
    if (!closing.free) {
      let until: number | null;
      try {
        until = closing.until ?? (await this.#writtenUntil(clientId));
      } catch (error) {
        return giveUp(closing, `what was sent before cannot be read, so an order could be doubled: ${reasonOf(error)}`);
      }
      if (until !== null && wallUs() <= until + WINDOW_MARGIN_US) return waits(closing, 'its closing order may still arrive');
      if (until !== null && !honoursExpiry) return giveUp(closing, 'its closing order was lost and may still arrive: look at the venue');
    }
    if (!going()) return 'wait';
    return this.#send(closing, clientId, instrument);
  }

  async #send(closing: Closing, clientId: ClientOrderId, instrument: InstrumentId): Promise<Step> {
    const { broker, kill, side, sendWindowUs, wallUs } = this.#options;
    const { attempt, lots } = closing;
    if (!kill.latched) return giveUp(closing, 'the latch is not durable, so an order could be doubled: close it by hand');
    const at = wallUs() as TimeUs;
    const until = (at + sendWindowUs) as TimeUs;
    const order: EmergencyOrder = {
      clientId,
      account: broker.account,
      instrument,
      side: lots > 0 ? 'sell' : 'buy',
      lots: Math.abs(lots),
      attempt,
      at,
      until,
    };
    try {
      await side.recordOrder(kill.id, order);
    } catch (error) {
      return giveUp(closing, `its closing order cannot be written down, so it is not sent: ${reasonOf(error)}`);
    }
    closing.until = until;
    closing.free = false;
    const outcome = await broker
      .send({
        ...order,
        order: orderId(`0.${attempt}`),
        type: 'market',
        limit: null,
        stop: null,
        reduceOnly: true,
        expiresAt: null,
        terms: plainTerms(null),
        until,
      })
      .catch((error: unknown) => ({ kind: 'unknown', reason: reasonOf(error) }) as const);
    if (outcome.kind !== 'notSent' && outcome.kind !== 'rejected')
      this.sent.push(`${order.side} ${this.#quantity(order.lots, instrument)} ${instrument} (${clientId})`);
    switch (outcome.kind) {
      case 'acked':
        return waits(closing, 'its closing order was taken');
      case 'rejected':
        return this.#next(closing, `attempt ${attempt}: rejected, ${outcome.reason}`);
      case 'notSent':
        closing.free = true;
        return waits(closing, outcome.reason);
      case 'unknown':
        return waits(closing, outcome.reason);
    }
  }

  #next(closing: Closing, why: string): Step {
    closing.why = why;
    closing.until = null;
    closing.free = false;
    if (closing.attempt === MAX_ATTEMPTS) return giveUp(closing, `${why}; that was the last`);
    closing.attempt++;
    return 'ended';
  }

  /** What an earlier life of this breaker sent under that name. */
  async #writtenUntil(clientId: ClientOrderId): Promise<number | null> {
    this.#written ??= await this.#options.side.orders(this.#options.kill.id);
    return this.#written.findLast((order) => order.clientId === clientId)?.until ?? null;
  }
}

function waits(closing: Closing, why: string): Step {
  closing.why = why;
  return 'wait';
}

function giveUp(closing: Closing, why: string): Step {
  closing.why = why;
  closing.gaveUp = true;
  return 'gave up';
}
