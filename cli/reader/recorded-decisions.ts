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
import { placeOf, walk } from './walk.ts';

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

/** The whole window is looked through, because its counts are of all of it. */
export async function refusalsIn(journal: OpenJournal, asked: Asked<'refusals'>, stop: Stop): Promise<Said<'refusals'>> {
  const { limit, order, behind, clause, account, strategy, instrument, ...window } = asked;
  const byClause = new Map<string, number>();
  let orders = 0;
  const mine = (decision: Decision): boolean =>
    decision.type === 'OrderRefused' &&
    (account ?? decision.account) === decision.account &&
    (strategy ?? decision.strategy) === decision.strategy &&
    (instrument ?? decision.instrument) === decision.instrument &&
    (clause === null || decision.clauses.some((each) => !each.ok && each.clause === clause));
  await walk(
    journal,
    { ...window, order: 'oldest', limit: Number.MAX_SAFE_INTEGER, behind: null },
    (decision) => {
      if (decision.type !== 'OrderRefused' || !mine(decision)) return null;
      orders += 1;
      for (const each of decision.clauses) if (!each.ok) byClause.set(each.clause, (byClause.get(each.clause) ?? 0) + 1);
      return null;
    },
    stop,
  );
  const page = await walk(
    journal,
    { ...window, order, limit, behind },
    (decision, story) => (decision.type === 'OrderRefused' && mine(decision) ? refusalOf(decision, story) : null),
    stop,
  );
  const counts = [...byClause].map(([name, count]) => ({ clause: name, orders: count })).sort((a, b) => b.orders - a.orders);
  return { ...page, counts: { orders, byClause: counts } };
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
