/** What a person asks to be changed, as a change of the run: its moment as a number, its money in minor units. Every fault in words. */
import type { AccountSpec } from '#engine/execution/account.ts';
import { type ForkChange, isMoney, LIMIT_NAMES, NO_LIMIT, type VenueChange, withTerms } from '#replay/fork.ts';
import { boundsOf, momentOf } from '#replay/moment.ts';
import { numberAt } from '#replay/run-to.ts';
import { iso } from '#replay/words.ts';
import { Refused } from '../answer.ts';
import type { NamedReader } from '../compose/kafka-place.ts';
import { nearest, unitsOf } from '../flags.ts';
import { keepStrategy } from './kept-strategies.ts';
import { strategyNamed } from './strategies.ts';
import { tiersText } from './venue-asked.ts';

export type ForkAsked = Readonly<{
  run: string;
  /** A number or a time; null: from the beginning. */
  at: string | null;
  /** The account, strategy or instrument that is meant. */
  of: string | null;
  set: ForkChange['set'];
  strategy: string | null;
  venue: VenueChange;
  /** `name=value`, money in units of the currency. */
  limits: readonly string[];
  dropped: ForkChange['dropped'];
  /** Accounts of outside venues are answered inside the desk. */
  inside: boolean;
  /** Whose money is told, where there are several accounts. */
  account: string | null;
  tags: readonly string[];
}>;

/** Where nothing else is said: as a backtest has it. */
const INSIDE = { latencyUs: 100_000, takerFee: 500, fills: 'lots', rejectAboveLots: null } as const;

/** What a change needs to know of the run: its name, its journal, the digits of its money, and how its accounts are answered. */
export type Changed = Readonly<{ id: string; reader: NamedReader; scale: number; accounts: readonly Pick<AccountSpec, 'id' | 'pure'>[] }>;

export async function changeOf(asked: ForkAsked, { id: parent, reader, scale, accounts }: Changed): Promise<ForkChange> {
  const { set, dropped } = asked;
  const found = asked.strategy === null ? null : await strategyNamed(asked.strategy);
  const limits = limitsIn(asked.limits, scale);
  const { inside, of } = asked;
  const terms = termsIn(asked, accounts);
  const others = Object.keys(set).length + Object.keys(limits).length + dropped.length + (found === null ? 0 : 1);
  if (inside && (others > 0 || asked.at !== null || of !== null))
    throw new Refused(
      2,
      ['--inside stands by itself, with --fee, --maker-fee and --latency: make that run first, then branch it'],
      'npx retrace fork --help',
    );
  if (!inside && others + Object.keys(terms).length === 0)
    throw new Refused(
      2,
      ['nothing is changed: say --set, --strategy, --fee, --latency, --limit, --drop or --inside'],
      'npx retrace fork --help',
    );
  const at = asked.at === null ? 0 : await numberOf(asked.at, parent, reader);
  if (found !== null) keepStrategy(found);
  return {
    at,
    of,
    set,
    strategy: found === null ? null : { name: found.strategy.name, version: found.version },
    venue: inside ? {} : terms,
    limits,
    dropped,
    inside: inside ? withTerms({ ...INSIDE, makerFee: Math.round((terms.takerFee ?? INSIDE.takerFee) / 5) }, terms) : null,
  };
}

/** One fee cannot say what each tier becomes; one latency says all of it. */
function termsIn({ venue, of }: ForkAsked, accounts: Changed['accounts']): VenueChange {
  const meant = accounts.filter(({ id }) => of === null || of === id);
  const changesFee = venue.takerFee !== undefined || venue.makerFee !== undefined;
  const tiered = meant.find(({ pure }) => pure?.feeTiers !== undefined);
  if (tiered !== undefined && changesFee && venue.feeTiers === undefined)
    throw new Refused(
      2,
      [
        `--fee, --maker-fee: ${tiered.id} pays by tiers (${tiersText(tiered.pure!.feeTiers!)}), and these would change only what it pays below the first`,
        'say the tiers as well, all of them: --fee-tiers traded:maker:taker,… or a file; or --fee-tiers none, so that it pays the same on everything',
      ],
      'npx retrace fork --help',
    );
  const hasMore = meant.some(({ pure }) => pure?.moreLatency !== undefined);
  return hasMore && venue.latencyUs !== undefined && venue.moreLatency === undefined ? { ...venue, moreLatency: null } : venue;
}

/** The last number that had arrived by then. */
async function numberOf(text: string, parent: string, reader: NamedReader): Promise<number> {
  const bounds = (await boundsOf(reader))!;
  const isNumber = /^\d{1,14}$/.test(text);
  const moment = isNumber ? null : momentOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text, bounds);
  if (!isNumber && moment === null) throw new Refused(2, [`--at ${text}: is neither a number nor a time like 2022-01-10T09:30:00Z`]);
  const number = moment === null ? Number(text) : await numberAt(reader, moment.from);
  if (number <= bounds.seq && (moment === null || (moment.from >= bounds.first && moment.from <= bounds.last))) return number;
  throw new Refused(2, [`--at ${text}: ${parent} holds numbers 1 to ${bounds.seq}, from ${iso(bounds.first)} to ${iso(bounds.last)}`]);
}

function limitsIn(given: readonly string[], scale: number): ForkChange['limits'] {
  const faults: string[] = [];
  const limits: Record<string, string> = {};
  for (const text of given) {
    const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(text) ?? [];
    if (!(LIMIT_NAMES as readonly string[]).includes(name)) {
      const meant = nearest(name, LIMIT_NAMES);
      faults.push(
        `--limit ${text}: ${meant === null ? `is not name=value with a name of ${LIMIT_NAMES.join(', ')}` : `did you mean ${meant}?`}`,
      );
      continue;
    }
    if (value === NO_LIMIT) {
      limits[name] = NO_LIMIT;
      continue;
    }
    const units = unitsOf(value, isMoney(name) ? scale : 0);
    if (units === null || units < 0n || units > BigInt(Number.MAX_SAFE_INTEGER))
      faults.push(
        `--limit ${text}: is not ${isMoney(name) ? `an amount with at most ${scale} digits after the point` : 'a whole number'} from 0 on, nor ${NO_LIMIT}`,
      );
    else limits[name] = String(units);
  }
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace fork --help');
  return limits as ForkChange['limits'];
}
