/**
 * What a guard of the gate cost or saved: the run played a second time without that guard, on the same facts, beside the run with it. Says which inputs
 * are others without a guard and what was refused by which; plays nothing itself.
 */
import type { Decision, DecisionOf } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { FeedSpec } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import type { AccountId, Minor } from '#engine/values.ts';
import { type ForkMark, markOf } from './branching.ts';

/** Each with the limits that are lifted for it; the feed's bounds and the budget are no limits and are lifted by themselves. */
const LIFTED = {
  collar: ['collarPermille'],
  quantity: ['maxOrderLots'],
  notional: ['maxOrderNotional'],
  position: ['maxPositionLots'],
  loss: ['softDailyLoss', 'hardDailyLoss', 'maxDrawdown'],
  rate: ['ordersPerSecond'],
  duplicate: ['duplicateUs'],
  'stale data': ['staleUs'],
  budget: [],
  feed: [],
} as const satisfies Readonly<Record<string, readonly (keyof Limits)[]>>;
export type Guard = keyof typeof LIFTED;
export const GUARDS = Object.keys(LIFTED) as readonly Guard[];

/** `other`: what no limit and no feed stands for: an order that is none, a person's pause, a kill, a session that is lost. */
export type RefusedBy = Guard | 'other';

const BY_CLAUSE: Readonly<Partial<Record<string, Guard>>> = {
  ...{
    collar: 'collar',
    quantity: 'quantity',
    notional: 'notional',
    position: 'position',
    rate: 'rate',
    duplicate: 'duplicate',
    budget: 'budget',
  },
  'daily-loss': 'loss',
};
const BY_CAUSE: Readonly<Partial<Record<string, Guard>>> = {
  ...{ 'feed-degraded': 'feed', 'feed-down': 'feed', 'soft-limit': 'loss', 'hard-limit': 'loss', drawdown: 'loss' },
  'limit-below-exposure': 'position',
};

/** Counts an account's refused orders by the guards that refused them: one that several refused counts for each. */
export class RefusalTally {
  readonly counts = new Map<RefusedBy, number>();
  readonly #account: AccountId;
  readonly #causes = new Map<string, readonly string[]>();

  constructor(account: AccountId) {
    this.#account = account;
  }

  readonly hear = (decision: Decision): void => {
    if (decision.type === 'GateMoved')
      this.#causes.set(
        `${decision.scope}:${decision.of}`,
        decision.reasons.map((reason) => reason.slice(0, reason.indexOf(':'))),
      );
    else if (decision.type === 'OrderRefused' && decision.account === this.#account)
      for (const guard of new Set(decision.clauses.flatMap((clause) => (clause.ok ? [] : this.#guardsIn(decision, clause)))))
        this.counts.set(guard, (this.counts.get(guard) ?? 0) + 1);
  };

  #guardsIn(
    decision: DecisionOf<'OrderRefused'>,
    { clause, numbers }: DecisionOf<'OrderRefused'>['clauses'][number],
  ): readonly RefusedBy[] {
    if (clause === 'stale-data') return numbers.some(([name, value]) => name === 'feed' && value === 'DOWN') ? ['feed'] : ['stale data'];
    if (clause !== 'gate') return [BY_CLAUSE[clause] ?? 'other'];
    const shut = numbers.filter(([, state]) => state !== 'OPEN').map(([scope]) => `${scope}:${ofScope(decision, scope)}`);
    const causes = shut.flatMap((key) => this.#causes.get(key) ?? []);
    return causes.length === 0 ? ['other'] : causes.map((cause) => BY_CAUSE[cause] ?? 'other');
  }
}

function ofScope({ account, strategy, instrument }: DecisionOf<'OrderRefused'>, scope: string): string {
  return scope === 'account' ? account : scope === 'strategy' ? strategy : scope === 'instrument' ? instrument : '*';
}

/** How a run is another without these guards. */
export type Lift = Readonly<{ input: (record: InputRecord) => InputRecord; manifest: (own: Plain) => Plain }>;

export function without(guards: readonly Guard[]): Lift {
  const limits: Partial<Limits> = Object.fromEntries(guards.flatMap((guard) => LIFTED[guard].map((name) => [name, null])));
  const input = (record: InputRecord): InputRecord => {
    switch (record.type) {
      case 'LimitsChanged':
        return { ...record, limits: { ...record.limits, ...limits } };
      case 'BudgetGranted':
        return guards.includes('budget') ? { ...record, budget: NO_BUDGET } : record;
      case 'InstrumentDefined':
        return guards.includes('feed')
          ? { ...record, instrument: { ...record.instrument, feeds: record.instrument.feeds.map(trusted) } }
          : record;
      default:
        return record;
    }
  };
  const marked = (mark: ForkMark): ForkMark => ({
    ...mark,
    replaced: mark.replaced.map(input),
    limits: mark.limits.map((each) => ({ ...each, limits: { ...NO_LIMITS, ...each.limits, ...limits } })),
    ...(mark.before == null ? {} : { before: marked(mark.before) }),
  });
  return {
    input,
    manifest(own) {
      const mark = markOf(own);
      if (mark === null) return own;
      const { forked, ...rest } = own as Readonly<Record<string, Plain>>;
      return { ...rest, forked: { ...(forked as Readonly<Record<string, Plain>>), mark: marked(mark) as unknown as Plain } };
    },
  };
}

/** More than any desk is worth, and exact. */
const NO_BUDGET = (10n ** 24n) as Minor;

/** No bound of time is judged, and a fault shuts nothing; what is absurd stays out of the candles all the same. */
const trusted = (feed: FeedSpec): FeedSpec => ({
  ...feed,
  ...{ silentUs: null, muteUs: null, lagUs: null, lagDownUs: null, settleUs: 0, faultsToDown: Number.MAX_SAFE_INTEGER },
});

export type Outcome = Readonly<{ equity: Minor; fills: number }>;

export type GateValue = Readonly<{
  guard: RefusedBy | 'all of them';
  /** Orders of the run that it refused, alone or with others. */
  refused: number;
  /** What the run ended with, less what it ends with without the guard: positive, the guard saved so much. Null: nobody can lift it. */
  value: Minor | null;
  /** Fills that the run has not, without the guard; negative: fewer. */
  moreFills: number | null;
}>;

/** What a value takes for granted, and to which side that leans. */
export const GATE_VALUE_ASSUMES = [
  'value: equity at the end less that of the same run without the guard; + it saved so much, − it cost so much',
  'without it everything behind the first order that it refused is another: later orders, stops, sizes. Each guard alone; the values do not add up',
  'orders that were refused find the recorded trades and nobody reacts to them: what a large or a hasty order would have paid is told too well',
  'a feed is distrusted because its prices may be wrong, and without it orders fill at those very prices: that flatters what it refused',
] as const;

export const guardText = (guard: GateValue['guard']): string => (guard === 'other' ? 'other reasons' : guard);

/** Of every guard that refused something, and of all together where there are several. One at a time: the values do not add up. */
export async function gateValues(
  { counts }: Pick<RefusalTally, 'counts'>,
  own: Outcome,
  play: (lift: Lift, doing: string) => Promise<Outcome>,
): Promise<readonly GateValue[]> {
  const rows: GateValue[] = [];
  const rowOf = async (guard: GateValue['guard'], guards: readonly Guard[], refused: number): Promise<void> => {
    const { equity, fills } = await play(without(guards), `without ${guard}`);
    rows.push({ guard, refused, value: (own.equity - equity) as Minor, moreFills: fills - own.fills });
  };
  const refusing = GUARDS.filter((guard) => counts.has(guard));
  for (const guard of refusing) await rowOf(guard, [guard], counts.get(guard)!);
  if (refusing.length > 1)
    await rowOf(
      'all of them',
      refusing,
      [...refusing].reduce((sum, guard) => sum + counts.get(guard)!, 0),
    );
  const others = counts.get('other');
  if (others !== undefined) rows.push({ guard: 'other', refused: others, value: null, moreFills: null });
  return rows;
}
