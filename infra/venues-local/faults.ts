/** Which knob misbehaves when: each fault draws from its own stream of the seed, so switching one on never shifts another. */
import { type RandomStream, randomStream } from '#engine/random.ts';
import { BadValue } from '#engine/values.ts';

export const FAULTS = [
  'ack-lost',
  'ack-late',
  'accept-late',
  'accept-5xx',
  'fill-before-ack',
  'duplicate-fill',
  'fill-after-cancel',
  'cancel-replace-race',
  'stale-lists',
  'silent-drop',
  'half-open',
] as const;
export type FaultName = (typeof FAULTS)[number];
export type FaultRates = Readonly<Partial<Record<FaultName, number>>>;

export const USUAL_DELAY_US = 250_000;

export class Faults {
  readonly delayUs: number;
  readonly #knobs = new Map<FaultName, { rate: number; stream: RandomStream }>();

  constructor(seed: number, rates: FaultRates, delayUs = USUAL_DELAY_US) {
    this.delayUs = delayUs;
    for (const name of FAULTS) {
      const rate = rates[name] ?? 0;
      if (rate > 0) this.#knobs.set(name, { rate, stream: randomStream(seed, `fault:${name}`) });
    }
  }

  /** Whether it happens this time. */
  draw(name: FaultName): boolean {
    const knob = this.#knobs.get(name);
    return knob?.stream.chance(knob.rate) ?? false;
  }
}

/** Rates by name, checked; every fault of the names and numbers is told. */
export function faultRates(given: Readonly<Record<string, unknown>>): FaultRates {
  const wrong = Object.entries(given).flatMap(([name, rate]) => {
    if (!FAULTS.includes(name as FaultName)) return [`${name}: no such fault; there are ${FAULTS.join(', ')}`];
    return typeof rate === 'number' && rate >= 0 && rate <= 1 ? [] : [`${name}: ${String(rate)} is not a rate from 0 to 1`];
  });
  if (wrong.length > 0) throw new BadValue(wrong.join('\n'));
  return given as FaultRates;
}
