/**
 * Why: an order, a refusal, any decision, a number, or a moment at which nothing happened, in sentences a trader reads, with the chain
 * of causes down to the tick. Tells what the journal recorded; only what a record does not hold (a gate's reasons, a quiet desk) is derived.
 */

import { ORDER_ENDS } from '#actors/order.ts';
import type { Decision, DecisionOf } from '#engine/decisions.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import { UnknownStrategy } from '#engine/strategy/strategy.ts';
import { causesOf, tickLink } from './causes.ts';
import { explainMoment } from './explain-moment.ts';
import { explainOrder } from './explain-order.ts';
import { boundsOf, momentOf } from './moment.ts';
import { reasonText } from './picture.ts';
import { type ReplayOptions, runTo } from './run-to.ts';
import { readStory, type Story } from './story.ts';
import { tell } from './tell.ts';
import { type GateReasons, gateName, tellClause } from './tell-clauses.ts';
import { tellInput } from './tell-input.ts';
import { capital, iso, type Link, list, plural } from './words.ts';

export type Explanation = Readonly<{
  ok: boolean;
  subject: string;
  sentence: string;
  chain: readonly Link[];
  /** The order it is about, by both its names; null where it is about none. */
  order: Readonly<{ order: string; clientId: string }> | null;
}>;

const ADDRESS = /^(\d{1,16})\.(\d{1,10})$/;
const NUMBER = /^\d{1,14}$/;
const CLIENT_ID = /^[A-Za-z2-7][A-Za-z0-9-]{19,35}$/;

export async function explain(reader: JournalReader, what: string, options: ReplayOptions): Promise<Explanation> {
  const subject = what.trim();
  const address = ADDRESS.exec(subject);
  if (address !== null) return explainAddress(reader, subject, Number(address[1]), Number(address[2]), options);
  if (NUMBER.test(subject)) return explainNumber(reader, Number(subject));
  if (CLIENT_ID.test(subject)) {
    const order = await orderOf(reader, subject);
    if (order === null) return no(subject, `No order has the client id ${subject}.`);
    return { ...(await explain(reader, order, options)), subject };
  }
  const bounds = await boundsOf(reader);
  if (bounds === null) return no(subject, 'The journal holds no inputs.');
  const moment = momentOf(subject, bounds);
  if (moment === null)
    return no(
      subject,
      `${JSON.stringify(subject)} is none of: an order or decision (8412077.3), a number (8412077), a client order id, a moment (10:32, 2026-01-05T10:32:00Z, µs).`,
    );
  return explainMoment(reader, subject, moment, bounds, options);
}

const no = (subject: string, sentence: string): Explanation => ({ ok: false, subject, sentence, chain: [], order: null });

async function orderOf(reader: JournalReader, clientId: string): Promise<string | null> {
  let found: string | null = null;
  await readStory(reader, {
    keep: () => false,
    seen: (decision) => {
      if ((decision.type === 'OrderApproved' || decision.type === 'OrderAdopted') && decision.clientId === clientId) found = decision.order;
    },
    enough: () => found !== null,
  });
  return found;
}

async function explainAddress(
  reader: JournalReader,
  subject: string,
  cause: number,
  index: number,
  options: ReplayOptions,
): Promise<Explanation> {
  const found = await decisionAt(reader, cause, index);
  if (found === null) return no(subject, `The journal holds no decision ${subject}${await heldBy(reader)}.`);
  if (found.type === 'OrderApproved') return explainOrder(reader, found.order, subject);
  const order = 'order' in found && found.order !== null ? found.order : null;
  const approvedAt = order === null ? cause : Number(order.slice(0, order.indexOf('.')));
  const story = await readStory(reader, {
    from: Math.min(cause, approvedAt),
    keep: (other) =>
      other.cause === cause || other.cause === approvedAt || ('order' in other && other.order === order) || other.type === 'CandleClosed',
    enough: ({ seq }) => seq > cause,
  });
  if (found.type === 'OrderRefused') return explainRefusal(reader, subject, found, story, options);
  const chain = causesOf(story, found);
  const [itself, because] = chain;
  const reason = because === undefined ? '' : `, because ${because.what}`;
  if (found.type === 'CommandAnswered') return explainCommand(subject, story, found, chain);
  const before =
    story.begins > 0 && approvedAt <= story.begins
      ? ` Its order was approved at number ${approvedAt}; the journal begins behind number ${story.begins}, what lies before was moved away.`
      : '';
  return { ok: true, subject, sentence: `At ${itself.at} ${itself.what}${reason}.${before}`, chain: chain.toReversed(), order: null };
}

/** A command and what the desk did on it, in the same turn. */
function explainCommand(subject: string, story: Story, answer: DecisionOf<'CommandAnswered'>, chain: readonly Link[]): Explanation {
  const did = story.decisions.filter(({ type, cause, at }) => cause === answer.cause && at === answer.at && DOINGS.includes(type));
  const count = (what: string, of: (decision: Decision) => boolean): string[] => {
    const found = did.filter(of).length;
    return found === 0 ? [] : [`${found} ${what}`];
  };
  const asked = (action: string) => (decision: Decision) => decision.type === 'OrderRequested' && decision.action === action;
  const { measures } = story;
  const said = [
    ...did.filter(({ type }) => !type.startsWith('Order')).map((decision) => tell(decision, measures).what),
    ...count('approved', ({ type }) => type === 'OrderApproved'),
    ...count('sent', asked('send')),
    ...count('refused', ({ type }) => type === 'OrderRefused'),
    ...count('replaced', asked('replace')),
    ...count('asked to be cancelled', asked('cancel')),
  ];
  const [itself, because] = chain;
  const reason = because === undefined ? '' : `, because ${because.what}`;
  const orders = did.some(({ type }) => type.startsWith('Order')) ? ' (orders)' : '';
  const nothing = answer.why === 'repeated' ? 'It did nothing a second time' : 'It changed nothing';
  return {
    ok: true,
    subject,
    sentence: `At ${itself!.at} ${itself!.what}${reason}. ${did.length === 0 ? nothing : `It led to${orders}: ${list(said)}`}.`,
    chain: [...chain.toReversed(), ...did.map((decision) => tell(decision, measures))],
    order: null,
  };
}

/** What a command can bring about; candles and marks of the same moment are not its doing. */
const DOINGS: readonly Decision['type'][] = ['GateMoved', 'StrategyMoved', 'OrderApproved', 'OrderRefused', 'OrderRequested', 'Posted'];

/** What the journal does hold, for whoever asked for something else. */
async function heldBy(reader: JournalReader): Promise<string> {
  const bounds = await boundsOf(reader);
  return bounds === null ? '' : `: it holds numbers ${bounds.firstSeq} to ${bounds.seq}, from ${iso(bounds.first)} to ${iso(bounds.last)}`;
}

async function decisionAt(reader: JournalReader, cause: number, index: number): Promise<Decision | null> {
  const { decisions } = await readStory(reader, {
    from: cause,
    keep: (decision) => decision.cause === cause && decision.index === index,
    enough: ({ seq, decisions: kept }) => seq > cause || kept.length > 0,
  });
  return decisions[0] ?? null;
}

/** Every clause that failed, with the reasons of the gates as they stood at that very decision. */
async function explainRefusal(
  reader: JournalReader,
  subject: string,
  refused: Extract<Decision, { type: 'OrderRefused' }>,
  story: Story,
  options: ReplayOptions,
): Promise<Explanation> {
  const scene = await gatesAt(reader, refused, options);
  const { measures } = story;
  const clauses = [...refused.clauses].sort((a, b) => Number(a.ok) - Number(b.ok));
  const links = clauses.map((clause): Link => {
    const text = tellClause(clause, refused, measures, scene.reasons);
    const numbers = Object.fromEntries(clause.numbers.map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value]));
    return {
      address: subject,
      type: 'Clause',
      at: iso(refused.at),
      what: `${clause.ok ? 'passed' : 'failed'}: ${clause.clause}: ${text}`,
      numbers,
    };
  });
  const failed = clauses.filter(({ ok }) => !ok).map((clause) => tellClause(clause, refused, measures, scene.reasons));
  const command = story.inputs.get(refused.cause);
  const who =
    command?.type === 'CommandGiven'
      ? refused.strategy === NO_STRATEGY
        ? `${command.by} asked by hand`
        : `${command.by} commanded ${refused.strategy}`
      : `${refused.strategy} wanted`;
  const wanted = `${who} to ${orderText(story, refused)}`;
  return {
    ok: true,
    subject,
    sentence: `At ${iso(refused.at)} ${wanted} (${refused.why}) and was refused: ${failed.join('; and ')}.${scene.note}`,
    chain: [...causesOf(story, refused, scene.reasons).toReversed(), ...scene.links, ...links],
    order: null,
  };
}

const orderText = (story: Story, refused: Extract<Decision, { type: 'OrderRefused' }>): string =>
  tell(refused, story.measures).what.replace(/ was refused: .*$/s, '');

type Scene = Readonly<{ reasons: GateReasons; links: readonly Link[]; note: string }>;

/** The desk is derived up to that decision: only it knows what held a gate. */
async function gatesAt(
  reader: JournalReader,
  refused: Extract<Decision, { type: 'OrderRefused' }>,
  options: ReplayOptions,
): Promise<Scene> {
  const reasons = new Map<string, string>();
  const links: Link[] = [];
  try {
    await runTo(reader, refused.cause + 1, {
      ...options,
      observer(decision, run) {
        if (decision.cause !== refused.cause || decision.index !== refused.index) return;
        const { parts } = run.desk;
        for (const gate of parts.gates.all) {
          const { value, context } = gate.living;
          if (value === 'OPEN') continue;
          const instrument = gate.scope === 'instrument' ? gate.of : null;
          const why = context.reasons.map((reason) => reasonText(reason, parts, instrument));
          const text = value === 'KILLED' ? `number ${context.killedAt} was a kill` : why.length === 0 ? `it was never opened` : list(why);
          reasons.set(`${gate.scope}:${gate.of}`, text);
          if (gate.scope === 'global' || [refused.account, refused.strategy, refused.instrument].includes(gate.of as never))
            links.push({
              address: String(gate.changedAt),
              type: 'Gate',
              at: iso(decision.at),
              what: `${gateName(gate.scope, gate.of)} had stood at ${value} since number ${gate.changedAt}: ${text}`,
              numbers: { state: value, since: gate.changedAt },
            });
        }
      },
    });
  } catch (error) {
    if (!(error instanceof UnknownStrategy)) throw error;
    return { reasons: () => null, links: [], note: ` (Why its gates stood so cannot be derived here: ${error.message}.)` };
  }
  return { reasons: (scope, of) => reasons.get(`${scope}:${of}`) ?? null, links, note: '' };
}

/** What an input was and what followed from it. */
async function explainNumber(reader: JournalReader, number: number): Promise<Explanation> {
  const subject = String(number);
  const story = await readStory(reader, {
    from: number,
    numbers: [number],
    keep: ({ cause }) => cause === number,
    enough: ({ seq }) => seq > number,
  });
  const tick = story.tick(number);
  const input = story.inputs.get(number);
  if (tick === null && input === undefined) return no(subject, `The journal holds no number ${subject}${await heldBy(reader)}.`);
  const itself = tick === null ? tellInput(input!, story.measures) : tickLink(tick, story.measures);
  const links = story.decisions.map((decision) => tell(decision, story.measures));
  const at = tick?.at ?? input!.at;
  const own = story.decisions.filter((decision) => decision.at === at);
  const later = story.decisions.length - own.length;
  const said = (decisions: readonly Decision[]): string => {
    const counts = new Map<string, number>();
    for (const { type } of decisions) counts.set(type, (counts.get(type) ?? 0) + 1);
    return list([...counts].map(([type, count]) => (count === 1 ? type : `${count} × ${type}`)));
  };
  const followed = own.length === 0 ? 'Nothing was decided on it' : `${capital(plural(own.length, 'decision'))} followed: ${said(own)}`;
  const after = later === 0 ? '' : ` ${capital(plural(later, 'decision'))} of later deadlines stand under it.`;
  const ends = story.decisions.some(
    (decision) => decision.type === 'OrderMoved' && (ORDER_ENDS as readonly string[]).includes(decision.to),
  );
  return {
    ok: true,
    subject,
    sentence: `Number ${subject} arrived at ${itself.at}: ${itself.what}. ${followed}${ends ? '; an order ended' : ''}.${after}`,
    chain: [itself, ...links],
    order: null,
  };
}
