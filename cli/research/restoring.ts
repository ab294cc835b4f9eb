/**
 * A strategy that is restored from its own saved state at every wake, beside itself as it runs on. What was restored must want the same and
 * remember the same: a strategy that was stopped is the strategy that never stopped. Changes nothing of what it does.
 */
import type { Plain } from '#engine/record.ts';
import type { Parameters, Strategy, StrategyEvent, Subscription, Wake } from '#engine/strategy/strategy.ts';

/** The first thing that was another, as a person would look for it: `state.fast[3]`, or what it wanted. */
export type Unrestored = Readonly<{ end: number; field: string; running: string; restored: string }>;

type Box = Readonly<{ state: unknown; parameters: Parameters; subscriptions: readonly Subscription[] }>;

/** So many wakes get a strategy of their own, with nothing left over from the wake before; after that every so many. */
const FRESH_WAKES = 64;
const FRESH_EVERY = 16;

/** `make` gives the strategy anew, sharing nothing with what it gave before. `differs` is told once. */
export function restoring(make: () => Strategy, differs: (what: Unrestored) => void): Strategy<Box> {
  const strategy = make();
  let other = make();
  let wakes = 0;
  let told = false;
  const tell = (event: StrategyEvent, difference: Difference | null): void => {
    if (difference === null || told) return;
    told = true;
    const [field, running, restored] = difference;
    differs({ end: event.type === 'bars' ? event.end : 0, field, running: textOf(running), restored: textOf(restored) });
  };
  return {
    ...strategy,
    start: (parameters, subscriptions) => ({ state: strategy.start(parameters, subscriptions), parameters, subscriptions }),
    decide({ state, parameters, subscriptions }, event, view, wake) {
      wakes += 1;
      const saved = strategy.save(state);
      const itself: Wake = { conditions: [], intents: [] };
      let restored: unknown = null;
      let threw: Error | null = null;
      if (!told) {
        if (wakes <= FRESH_WAKES || wakes % FRESH_EVERY === 0) other = make();
        try {
          restored = other.load(saved, parameters, subscriptions);
          tell(event, differenceOf(saved, other.save(restored), 'state'));
          other.decide(restored, event, view, itself);
        } catch (error) {
          threw = error as Error;
        }
      }
      strategy.decide(state, event, view, wake);
      if (told) return;
      if (threw !== null) return tell(event, ['the wake', 'goes on', `throws ${threw.message}`]);
      tell(event, differenceOf(wake.intents as unknown as Plain, itself.intents as unknown as Plain, 'intents'));
      tell(event, differenceOf(wake.conditions as unknown as Plain, itself.conditions as unknown as Plain, 'conditions'));
      tell(event, differenceOf(strategy.save(state), other.save(restored), 'state'));
    },
    save: ({ state }) => strategy.save(state),
    load: (saved, parameters, subscriptions) => ({ state: strategy.load(saved, parameters, subscriptions), parameters, subscriptions }),
  };
}

type Difference = readonly [field: string, running: Plain | undefined, restored: Plain | undefined];

/** The first field in which two are not the same; −0 is 0. */
export function differenceOf(a: Plain | undefined, b: Plain | undefined, field: string): Difference | null {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b ? null : [field, a, b];
  if (Array.isArray(a) !== Array.isArray(b)) return [field, a, b];
  if (Array.isArray(a) && a.length !== (b as readonly Plain[]).length) return [`${field}.length`, a.length, (b as readonly Plain[]).length];
  const [one, two] = [a as Readonly<Record<string, Plain>>, b as Readonly<Record<string, Plain>>];
  for (const key of new Set([...Object.keys(one), ...Object.keys(two)])) {
    const found = differenceOf(one[key], two[key], Array.isArray(a) ? `${field}[${key}]` : `${field}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

function textOf(value: Plain | undefined): string {
  const text = JSON.stringify(value, (_, held) => (typeof held === 'bigint' ? `${held}n` : (held as unknown))) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
