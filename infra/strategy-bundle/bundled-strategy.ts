/** A bundle's text as a Strategy the desk can wake. Decides whether it is one; every wake of it happens in a realm of its own. */
import type { Condition } from '#engine/decisions.ts';
import type { Plain } from '#engine/record.ts';
import type { Intent, ParameterSpec, Strategy, StrategyEvent, StrategyView } from '#engine/strategy/strategy.ts';
import type { InstrumentId } from '#engine/values.ts';
import { FIRST_FILE } from './bundle.ts';
import { Realm, StrategyFailed } from './realm.ts';
import type { Foreign } from './realm-setup.ts';

export type Loading = Readonly<{
  /** What the first file is called for people. */
  place?: string;
  /** How long a wake may take: watching costs a tenth of a millisecond each, so only a check does. */
  limitMs?: number | null;
  /** Hears what a call threw: the desk stops the strategy and does not record the words. */
  failed?: (why: string) => void;
}>;

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const MEMBERS = ['warmup', 'start', 'decide', 'save', 'load'] as const;

/** Throws StrategyFailed where the text is no strategy: every fault a line. */
export function strategyOfBundle(bundle: string, { place = FIRST_FILE, limitMs = null, failed = () => {} }: Loading = {}): Strategy {
  const realm = new Realm(bundle, { [FIRST_FILE]: place }, limitMs);
  const own = (realm.exported as unknown as { strategy?: unknown } | undefined)?.strategy as Foreign;
  const face = faceOf(realm, own, place);
  const { bridge } = realm;
  let seen: StrategyView | null = null;
  realm.listen((what, name, _place) => answerOf(seen, what, name as InstrumentId));

  const call = <T>(what: () => T): T => {
    try {
      return realm.call(what);
    } catch (error) {
      failed((error as Error).message);
      throw error;
    }
  };
  return {
    ...face,
    warmup: (parameters) =>
      call(() => {
        const bars = bridge.call(own, 'warmup', realm.given(parameters), undefined, undefined);
        if (!Number.isSafeInteger(bars) || (bars as number) < 0) throw new StrategyFailed('warmup() is not a whole number from 0 on');
        return bars as number;
      }),
    start: (parameters, subscriptions) =>
      call(() => bridge.call(own, 'start', realm.given(parameters), realm.given(subscriptions), undefined)),
    decide: (state, event, view, wake) =>
      call(() => {
        seen = view;
        try {
          const said = bridge.wake(own, state, eventIn(realm, event)) as unknown as { conditions: unknown; intents: unknown };
          wake.conditions.push(...(realm.taken(said.conditions, 'wake.conditions') as Condition[]));
          wake.intents.push(...(realm.taken(said.intents, 'wake.intents') as Intent[]));
        } finally {
          seen = null;
        }
      }),
    save: (state) => call(() => realm.taken(bridge.call(own, 'save', state, undefined, undefined), 'save()') as Plain),
    load: (saved, parameters, subscriptions) =>
      call(() => bridge.call(own, 'load', realm.given(saved), realm.given(parameters), realm.given(subscriptions))),
  };
}

function eventIn(realm: Realm, event: StrategyEvent): Foreign {
  if (event.type !== 'bars') return realm.given(event) as Foreign;
  const { bridge } = realm;
  const bars = bridge.array();
  event.bars.forEach((bar, index) => {
    const candle =
      bar === null ? null : bridge.candle(bar.start, bar.end, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades, bar.complete);
    bridge.put(bars, String(index), candle);
  });
  const given = bridge.object();
  bridge.put(given, 'type', 'bars');
  bridge.put(given, 'end', event.end);
  bridge.put(given, 'bars', bridge.freeze(bars));
  return bridge.freeze(given);
}

/** Only what is no object of ours goes in. */
function answerOf(view: StrategyView | null, what: string, name: InstrumentId): number | string | bigint | null {
  if (view === null) throw new StrategyFailed('the view is for the time of a wake');
  switch (what) {
    case 'at':
      return view.at;
    case 'position':
      return view.position(name);
    case 'working':
      return view.working(name);
    case 'price':
      return view.price(name);
    case 'equity':
      return view.equity();
    case 'orders':
      return JSON.stringify(view.orders(name));
    case 'instrument':
      return JSON.stringify(view.instrument(name));
    default:
      throw new StrategyFailed(`view.${what} is not there`);
  }
}

type Face = Pick<Strategy, 'name' | 'about' | 'parameters' | 'subscriptions' | 'wantsFills'>;

/** What it says of itself, copied out once. */
function faceOf(realm: Realm, own: Foreign, place: string): Face {
  if (typeof own !== 'object' || own === null)
    throw new StrategyFailed(`${place}: exports no strategy: write \`export const strategy: Strategy<State> = { … }\``);
  const held = own as unknown as Record<string, unknown>;
  const faults: string[] = [];
  const fault = (field: string, why: string): void => {
    faults.push(`${place}: strategy.${field}: ${why}`);
  };
  const read = (field: string): unknown => {
    try {
      return realm.taken(held[field] ?? null, `strategy.${field}`);
    } catch (error) {
      fault(field, (error as Error).message);
      return null;
    }
  };
  const [name, about, parameters, subscriptions, wantsFills] = ['name', 'about', 'parameters', 'subscriptions', 'wantsFills'].map(read);
  if (typeof name !== 'string' || !NAME.test(name)) fault('name', 'is not of small letters, digits and dashes, like my-trend');
  if (typeof about !== 'string' || about === '') fault('about', 'is missing: say in a sentence what it does');
  if (subscriptions !== null && !(Number.isSafeInteger(subscriptions) && (subscriptions as number) >= 1 && (subscriptions as number) <= 64))
    fault('subscriptions', 'is neither a whole number from 1 to 64 nor null');
  if (typeof wantsFills !== 'boolean') fault('wantsFills', 'is neither true nor false');
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    fault('parameters', 'is no object: write {} where there are none');
  else for (const [key, spec] of Object.entries(parameters)) for (const why of specFaults(key, spec)) fault(`parameters.${key}`, why);
  for (const member of MEMBERS) if (typeof held[member] !== 'function') fault(member, 'is no function');
  if (faults.length > 0) throw new StrategyFailed(faults.join('\n'));
  return { name, about, parameters, subscriptions, wantsFills } as Face;
}

function specFaults(key: string, given: unknown): readonly string[] {
  if (!/^[A-Za-z]\w{0,39}$/.test(key)) return ['is no name of letters, digits and _'];
  const spec = given as Partial<Record<string, unknown>> | null;
  const faults: string[] = [];
  if (typeof spec !== 'object' || spec === null)
    return ['is no object like { kind: "whole", least: 1, most: 100, standard: 10, about: "bars" }'];
  if (typeof spec['about'] !== 'string') faults.push('about is missing: say in a few words what it is');
  const { least, most, standard, of } = spec;
  const isNumber = (value: unknown): value is number =>
    typeof value === 'number' && (spec['kind'] === 'number' || Number.isSafeInteger(value));
  switch (spec['kind'] as ParameterSpec['kind']) {
    case 'whole':
    case 'number':
      if (!isNumber(least) || !isNumber(most) || !isNumber(standard) || least > standard || standard > most)
        faults.push(`least ≤ standard ≤ most must be ${spec['kind'] === 'whole' ? 'whole ' : ''}numbers`);
      break;
    case 'flag':
      if (typeof standard !== 'boolean') faults.push('standard is neither true nor false');
      break;
    case 'choice':
      if (!Array.isArray(of) || !of.every((each) => typeof each === 'string') || typeof standard !== 'string' || !of.includes(standard))
        faults.push('standard is not one of the texts in of');
      break;
    default:
      faults.push('kind is none of whole, number, flag, choice');
  }
  return faults;
}
