/** Decisions as the journal has them: of a window, of a kind, about something; refusals with all their clauses; alerts. */
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { RestDecision, RestRefusal } from '#gateway/contracts/rest-journal.ts';
import { decisionOf } from '#gateway/live/desk-rows.ts';
import type { AlertSaid, Questions } from '#gateway/rest/ports.ts';
import type { Story } from '#replay/story.ts';
import { tell } from '#replay/tell.ts';
import { tellClause } from '#replay/tell-clauses.ts';
import { definitionOf, priceOrNone, size } from './measured.ts';
import type { OpenJournal, Stop } from './open-journal.ts';
import { isBefore, isBehind, placeOf, walk } from './walk.ts';

type Asked<Name extends keyof Questions> = Questions[Name]['asked'];
type Said<Name extends keyof Questions> = Questions[Name]['said'];

const told = (decision: Decision, { measures }: Story): RestDecision => ({
  ...decisionOf(decision, measures),
  address: addressOf(decision),
});

export function decisionsIn(journal: OpenJournal, asked: Asked<'decisions'>, stop: Stop): Promise<Said<'decisions'>> {
  const { types, about } = asked;
  return walk(
    journal,
    asked,
    (decision, story) =>
      (types === null || types.includes(decision.type)) && (about === null || names(decision, about)) ? told(decision, story) : null,
    stop,
  );
}

const NAMING = ['account', 'strategy', 'instrument', 'source', 'order', 'of'] as const;
const names = (decision: Decision, about: string): boolean =>
  NAMING.some((field) => (decision as unknown as Readonly<Record<string, unknown>>)[field] === about);

export async function decisionAt(journal: OpenJournal, { address }: Asked<'decision'>, stop: Stop): Promise<Said<'decision'>> {
  const { seq, index } = placeOf(address);
  let found: RestDecision | null = null;
  await journal.decisions(seq, stop, (decision, story) => {
    if (decision.cause === seq && decision.index === index) found = told(decision, story);
    return decision.cause > seq || found !== null ? 'enough' : 'on';
  });
  return found;
}

/** Counts are of the whole window, rows of the page. */
export async function refusalsIn(journal: OpenJournal, asked: Asked<'refusals'>, stop: Stop): Promise<Said<'refusals'>> {
  const { from, to, limit, order, behind, clause, account, strategy, instrument } = asked;
  const {
    fold: { all },
    seq,
  } = await journal.folded(refusalFold, stop);
  const mine = all.filter(
    (one) =>
      (from === null || one.at >= from) &&
      (to === null || one.at < to) &&
      (account ?? one.account) === one.account &&
      (strategy ?? one.strategy) === one.strategy &&
      (instrument ?? one.instrument) === one.instrument &&
      (clause === null || one.failed.includes(clause)),
  );
  const byClause = new Map<string, number>();
  for (const { failed } of mine) for (const name of failed) byClause.set(name, (byClause.get(name) ?? 0) + 1);
  const counts = [...byClause].map(([name, count]) => ({ clause: name, orders: count })).sort((a, b) => b.orders - a.orders);
  if (order === 'newest') mine.reverse();
  const place = behind === null ? null : placeOf(behind);
  const isRest = order === 'newest' ? isBefore : isBehind;
  const start = place === null ? 0 : mine.findIndex((one) => isRest(one, place));
  const rest = start === -1 ? [] : mine.slice(start);
  const items: RestRefusal[] = [];
  for (const { cause, index } of rest.slice(0, limit)) items.push(await refusalAt(journal, cause, index, stop));
  return {
    ...{ items, next: rest.length > limit ? items.at(-1)!.address : null, seq },
    counts: { orders: mine.length, byClause: counts },
  };
}

async function refusalAt(journal: OpenJournal, cause: number, index: number, stop: Stop): Promise<RestRefusal> {
  let found: RestRefusal | null = null;
  await journal.decisions(cause, stop, (decision, story) => {
    if (decision.type === 'OrderRefused' && decision.cause === cause && decision.index === index) found = refusalOf(decision, story);
    return found === null && decision.cause <= cause ? 'on' : 'enough';
  });
  if (found === null) throw new Error(`the refusal ${cause}.${index} is not where it was`);
  return found;
}

const refusalFold = (): RefusalFold => new RefusalFold();

type Refused = Readonly<{
  cause: number;
  index: number;
  at: number;
  account: string;
  strategy: string;
  instrument: string;
  failed: string[];
}>;

/** Of each no more than it is counted and found by. */
class RefusalFold {
  readonly all: Refused[] = [];

  take(decision: Decision): void {
    if (decision.type !== 'OrderRefused') return;
    const { cause, index, at, account, strategy, instrument, clauses } = decision;
    const failed = clauses.filter(({ ok }) => !ok).map(({ clause }) => clause);
    this.all.push({ cause, index, at, account, strategy, instrument, failed });
  }
}

function refusalOf(refused: Extract<Decision, { type: 'OrderRefused' }>, story: Story): RestRefusal {
  const { at, account, strategy, instrument, side, orderType, lots, limit, stop, why } = refused;
  const definition = definitionOf(story, instrument);
  const clauses = [...refused.clauses].sort((a, b) => Number(a.ok) - Number(b.ok));
  return {
    ...{ address: addressOf(refused), at, account, strategy, instrument, side, type: orderType, why },
    lots: size(lots, definition),
    limit: priceOrNone(limit, definition),
    stop: priceOrNone(stop, definition),
    failed: clauses.filter(({ ok }) => !ok).map((each) => each.clause),
    clauses: clauses.map((each) => ({
      ...{ clause: each.clause, ok: each.ok },
      numbers: each.numbers.map(([name, value]): [string, string | number] => [name, typeof value === 'bigint' ? value.toString() : value]),
      text: tellClause(each, refused, story.measures, () => null),
    })),
    said: tell(refused, story.measures).what,
  };
}

export function alertsIn(journal: OpenJournal, asked: Asked<'alerts'>, stop: Stop): Promise<Said<'alerts'>> {
  const { severity } = asked;
  return walk(
    journal,
    asked,
    (decision): AlertSaid | null => {
      if (decision.type !== 'Alerted' || (severity ?? decision.severity) !== decision.severity) return null;
      return { alert: addressOf(decision), at: decision.at, severity: decision.severity, topic: decision.topic, text: decision.text };
    },
    stop,
  );
}
