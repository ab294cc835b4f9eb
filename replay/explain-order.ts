/** One order from the tick that started it to its end: the candle, what the strategy saw, every clause, requests, answers, fills, money. */
import { ORDER_ENDS } from '#actors/order.ts';
import type { Decision } from '#engine/decisions.ts';
import type { VenueReport } from '#engine/inputs.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { causesOf, ground, isOfBracket } from './causes.ts';
import type { Explanation } from './explain.ts';
import { readStory, type Story } from './story.ts';
import { newTerms, order as orderText, qualities, reportText, tell } from './tell.ts';
import { tellClause } from './tell-clauses.ts';
import { tellCondition } from './tell-conditions.ts';
import { clock, iso, type Link, list } from './words.ts';

type Of<T extends Decision['type']> = Extract<Decision, { type: T }>;

export async function explainOrder(reader: JournalReader, id: string, subject: string): Promise<Explanation> {
  const approvedAt = Number(id.slice(0, id.indexOf('.')));
  let ended = 0;
  const story = await readStory(reader, {
    from: approvedAt,
    keep(decision) {
      if (decision.type === 'OrderMoved' && decision.order === id && (ORDER_ENDS as readonly string[]).includes(decision.to))
        ended = decision.cause;
      if ('order' in decision && decision.order === id) return true;
      if (decision.cause === approvedAt) return true;
      return decision.type === 'CandleClosed'
        ? ended === 0 && decision.cause <= approvedAt
        : ended === 0 && decision.type === 'StrategyWoke' && decision.intents > 0;
    },
    enough: ({ seq }) => ended > 0 && seq > ended,
  });
  const approval = story.decisions.find(
    (decision): decision is Of<'OrderApproved'> => decision.type === 'OrderApproved' && decision.order === id,
  );
  if (approval === undefined) return { ok: false, subject, sentence: `The journal holds no order ${id}.`, chain: [], order: null };
  const life = story.decisions.filter((decision) => 'order' in decision && decision.order === id && decision !== approval);
  return {
    ok: true,
    subject,
    sentence: sentenceOf(story, approval, life),
    chain: [
      ...causesOf(story, approval).toReversed(),
      ...clausesOf(story, approval),
      ...life.flatMap((decision) => linksOf(story, decision)),
    ],
    order: { order: id, clientId: approval.clientId },
  };
}

function clausesOf({ measures }: Story, approval: Of<'OrderApproved'>): Link[] {
  return approval.clauses.map((clause) => ({
    address: approval.order,
    type: 'Clause',
    at: iso(approval.at),
    what: `passed: ${clause.clause}: ${tellClause(clause, approval, measures, () => null)}`,
    numbers: Object.fromEntries(clause.numbers.map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value])),
  }));
}

/** A fill with the tick it met; a request, an answer; a move where nothing else says it. */
function linksOf(story: Story, decision: Decision): Link[] {
  const { measures } = story;
  if (decision.type === 'VenueReported' && decision.report.kind === 'Filled') return [ground(story, decision)]; // the fill itself follows
  if (decision.type !== 'OrderMoved') return [tell(decision, measures)];
  const word = wordOf(story, decision);
  const link = tell(decision, measures);
  const said: Link[] =
    word === null
      ? []
      : [
          {
            ...{ address: String(decision.cause), type: 'OrderReported', at: link.at, numbers: {} },
            what: `the venue said of order ${decision.order}: ${reportText(word, decision.instrument, measures)}`,
          },
        ];
  return NEWS.includes(decision.to) ? [...said, link] : said;
}

/** What a venue outside said, where it moved the order; of fills their own decision tells. */
function wordOf(story: Story, { cause, order }: Of<'OrderMoved'>): VenueReport | null {
  const input = story.inputs.get(cause);
  return input?.type === 'OrderReported' && input.order === order && input.report.kind !== 'Filled' ? input.report : null;
}
const NEWS: readonly string[] = [...ORDER_ENDS, 'UNKNOWN'];

function sentenceOf(story: Story, approval: Of<'OrderApproved'>, life: readonly Decision[]): string {
  const { measures } = story;
  const said = [
    `Order ${approval.order} (client id ${approval.clientId}) of ${approval.strategy}: ${orderText(approval, measures)}, ${reasonOf(story, approval)}, approved at ${iso(approval.at)} with every one of ${approval.clauses.length} clauses passed`,
  ];
  const { account, instrument } = approval;
  let fees = 0n;
  let gain = 0n;
  let position: number | null = null;
  let state = 'SENDING';
  let endedAt: number | null = null;
  for (const d of life) {
    if (d.type === 'OrderRequested' && d.action !== 'send')
      said.push(`${d.action}${newTerms(d, measures)} asked for at ${clock(d.at)} (${d.why})`);
    if (d.type === 'OrderQualified') said.push(`it ${qualities(d, measures)}`);
    const word = d.type === 'VenueReported' ? d.report : d.type === 'OrderMoved' ? wordOf(story, d) : null;
    if (word?.kind === 'Acked') said.push(`acknowledged at ${clock(d.at)}`);
    if (word !== null && 'reason' in word) said.push(`answered ${word.kind} at ${clock(d.at)}: ${word.reason}`);
    if (word?.kind === 'Replaced') said.push(`${reportText(word, instrument, measures)} at ${clock(d.at)}`);
    if (d.type === 'OrderFilled') {
      fees += d.fee;
      gain += d.realised;
      position = d.position;
      said.push(
        `${d.side === 'buy' ? 'bought' : 'sold'} ${measures.quantity(instrument, d.lots)} at ${measures.price(instrument, d.price)} at ${clock(d.at)} as ${d.maker ? 'maker' : 'taker'} for a fee of ${measures.money(account, d.fee)}${d.late ? ', after its end' : ''}`,
      );
    }
    if (d.type === 'OrderMoved') {
      state = d.to;
      if ((ORDER_ENDS as readonly string[]).includes(d.to)) endedAt = d.at;
    }
  }
  const end = endedAt === null ? `It is ${state} at the end of what was recorded` : `It ended ${state} at ${iso(endedAt)}`;
  const money =
    position === null
      ? ', without a fill'
      : `; gain ${measures.money(account, gain)} before fees of ${measures.money(account, fees)}, position then ${measures.quantity(instrument, position)}`;
  return `${said.join('; ')}. ${end}${money}.`;
}

/** Why it was wanted: what the strategy saw, or who commanded it. */
function reasonOf(story: Story, approval: Of<'OrderApproved'>): string {
  if (isOfBracket(approval)) return `asked for as its entry filled (${approval.why})`;
  const wake = story.decisions.findLast(
    (d): d is Of<'StrategyWoke'> =>
      d.type === 'StrategyWoke' &&
      d.strategy === approval.strategy &&
      d.cause === approval.cause &&
      d.at === approval.at &&
      d.index < approval.index &&
      d.intents > 0,
  );
  if (wake === undefined) {
    const input = story.inputs.get(approval.cause);
    return input?.type === 'CommandGiven' ? `by command of ${input.by} (${approval.why})` : `(${approval.why})`;
  }
  const saw = wake.conditions.map((condition) => tellCondition(condition, story.measures.instrumentOf(wake.strategy), story.measures));
  return `wanted because ${saw.length === 0 ? wake.why : list(saw)} (${approval.why})`;
}
