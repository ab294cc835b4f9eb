/** What two files say of each other: a desk's journal derived again, and its venue's ledger folded. Neither process is asked. */
import { readFileSync } from 'node:fs';
import { nodeDigest } from '#cli/compose/digest.ts';
import { readerIn } from '#cli/compose/journal-reader.ts';
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { DeskId } from '#engine/values.ts';
import { ExchangeState, type LedgerEntry } from '#infra/venues-local/exchange-state.ts';
import { Rederivation } from '#replay/rederive.ts';
import { orderedCatalogue } from './ordered-strategy.ts';
import { ACCOUNT, disagreements, STRATEGY } from './world.ts';

export type Journaled = Readonly<{ decisions: readonly Decision[]; inputs: readonly InputRecord[]; rederivation: Rederivation }>;

/** Every recorded decision compared with what is derived from the inputs alone. */
export async function journaled(folder: string): Promise<Journaled> {
  const decisions: Decision[] = [];
  const inputs: InputRecord[] = [];
  const rederivation = new Rederivation({
    desk: 'effects' as DeskId,
    digest: nodeDigest,
    catalogue: orderedCatalogue,
    observer: (decision) => void decisions.push(decision),
  });
  for await (const { frame } of readerIn(folder).frames()) {
    if (frame.kind === 'inputs') {
      const payload = decodePayload(frame);
      if (payload.kind === 'inputs') inputs.push(...payload.records);
    }
    if (!rederivation.take(frame)) break;
  }
  return { decisions, inputs, rederivation };
}

export type Truth = Readonly<{ entries: readonly LedgerEntry[]; exchange: Readonly<{ state: ExchangeState }> }>;

export function truthOf(ledger: string): Truth {
  const entries = readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerEntry);
  const state = new ExchangeState();
  for (const entry of entries) state.replay(entry);
  return { entries, exchange: { state } };
}

/** How far two readings of one clock may be apart, as world.ts has it. */
const MARGIN_US = 15_000;

export type Judged = Readonly<{
  found: readonly string[];
  orders: number;
  fills: number;
  lost: number;
  requests: number;
  rearmed: number;
  alerts: number;
  /** What happened, when a law is broken. */
  story: string;
}>;

/** One line for each law that is broken; none is the law. */
export async function judge(folder: string, ledger: string): Promise<Judged> {
  const { decisions, inputs, rederivation } = await journaled(folder);
  const truth = truthOf(ledger);
  const { parts } = rederivation.run.desk;
  const found = disagreements({ state: parts }, truth);
  if (rederivation.divergence !== null) found.push(`the journal does not verify: ${rederivation.divergence.cause}`);
  const wire = onTheWire(truth);
  found.push(
    ...unintended(wire, decisions, inputs),
    ...outlived(truth, decisions),
    ...unprotected(decisions, truth, parts.accounts.ledger),
  );
  const count = (so: (decision: Decision) => boolean) => decisions.filter(so).length;
  return {
    found,
    orders: parts.orders.all.size,
    fills: count(({ type }) => type === 'OrderFilled'),
    lost: count((decision) => decision.type === 'OrderMoved' && decision.to === 'UNKNOWN'),
    requests: wire.length,
    rearmed: count((decision) => decision.type === 'OrderApproved' && decision.why === 're-armed'),
    alerts: count((decision) => decision.type === 'Alerted' && decision.severity === 'critical'),
    story: found.length === 0 ? '' : storyOf(decisions, truth),
  };
}

/** The venue took no order after the end of its validity. */
function outlived({ exchange }: Truth, decisions: readonly Decision[]): string[] {
  const ends = new Map(
    decisions.flatMap((decision) =>
      decision.type === 'OrderRequested' && decision.action === 'send'
        ? [[decision.clientId as string, decision.validUntil as number]]
        : [],
    ),
  );
  return exchange.state.orders.flatMap(({ id, clientId, time }) => {
    const end = clientId === null ? undefined : ends.get(clientId);
    return end !== undefined && time > end + MARGIN_US
      ? [`order ${id} there was taken ${time - end} us after the end of its validity`]
      : [];
  });
}

type WireRequest = Readonly<{ n: number; at: number; action: 'send' | 'cancel' | 'replace'; clientId: string }>;
const ACTIONS: Readonly<Record<string, WireRequest['action']>> = { POST: 'send', PUT: 'replace', DELETE: 'cancel' };

/** What came to the venue under a name of ours; hands there name nothing. */
const onTheWire = ({ entries }: Truth): WireRequest[] =>
  entries
    .filter(({ what, ...entry }) => what === 'request' && entry['clientId'] !== null)
    .map(({ n, at, ...entry }) => ({ n, at, action: ACTIONS[entry['method'] as string]!, clientId: entry['clientId'] as string }));

/** Each request on the wire was decided first, is in the journal, and stands there before all that came of it. */
function unintended(wire: readonly WireRequest[], decisions: readonly Decision[], inputs: readonly InputRecord[]): string[] {
  const requested = decisions.filter((decision): decision is DecisionOf<'OrderRequested'> => decision.type === 'OrderRequested');
  const found = wire.flatMap(({ n, at, action, clientId }) => {
    const intents = requested.filter((request) => request.clientId === clientId && request.action === action);
    if (intents.length === 0) return [`request ${n} at the venue: no ${action} of ${clientId} is in the journal`];
    return intents.some((intent) => intent.at <= at) ? [] : [`request ${n} at the venue: it came before its ${action} was decided`];
  });
  const sends = new Map(requested.filter(({ action }) => action === 'send').map((send) => [send.order as string, send.cause]));
  for (const input of inputs) {
    if (input.type !== 'OrderReported') continue;
    const sent = sends.get(input.order);
    if (sent !== undefined && input.seq <= sent)
      found.push(`input ${input.seq}: a report of ${input.order} before it was requested at ${sent}`);
  }
  return found;
}

/** Where a strategy protects its position and never takes a stop away itself. */
export const PROTECTED = 'BTC-USD';

/** A position whose stop was lost has another one working at the venue, or somebody was told. */
function unprotected(
  decisions: readonly Decision[],
  { exchange }: Truth,
  ledger: Rederivation['run']['desk']['parts']['accounts']['ledger'],
): string[] {
  const stops = decisions.filter(
    (decision): decision is DecisionOf<'OrderApproved'> =>
      decision.type === 'OrderApproved' && decision.orderType === 'stop' && decision.reducing,
  );
  // one that never came to the venue protected nothing; one that was to stand in for another must be there
  const placed = new Set(
    decisions.flatMap((decision) => (decision.type === 'OrderMoved' && decision.to === 'LIVE' ? [decision.order] : [])),
  );
  const instruments = new Set(stops.map(({ instrument }) => instrument).filter((instrument) => instrument === PROTECTED));
  return [...instruments].flatMap((instrument) => {
    const position = ledger.position(ACCOUNT, STRATEGY, instrument);
    const own = stops.filter(
      (stop) =>
        stop.instrument === instrument && (stop.side === 'sell') === position > 0 && (placed.has(stop.order) || stop.why === 're-armed'),
    );
    if (position === 0 || own.length === 0) return [];
    const ids = own.map(({ clientId }) => clientId as string);
    const covered = exchange.state.orders
      .filter(({ clientId, state }) => clientId !== null && ids.includes(clientId) && state === 'working')
      .reduce((sum, { lots, filled }) => sum + lots - filled, 0);
    const told = decisions.some((decision) => decision.type === 'Alerted' && decision.topic === 'protection');
    return covered >= Math.abs(position) || told
      ? []
      : [`${instrument}: ${position} lots, ${covered} of them protected, and nobody was told`];
  });
}

/** Both sides in one order of time. */
function storyOf(decisions: readonly Decision[], { entries }: Truth): string {
  const plain = (value: unknown) => JSON.stringify(value, (_, of) => (typeof of === 'bigint' ? String(of) : of)).slice(0, 220);
  const here = decisions
    .filter(({ type }) => !['Posted', 'EquityMarked', 'Defined', 'StrategyWoke', 'OrderRefused'].includes(type))
    .map(
      (decision) =>
        [
          decision.at as number,
          `here  ${addressOf(decision)} ${decision.type} ${plain({ ...decision, at: undefined, type: undefined })}`,
        ] as const,
    );
  const there = entries.map(
    (entry) => [entry.at, `there ${entry.n} ${entry.what} ${plain({ ...entry, n: undefined, at: undefined, what: undefined })}`] as const,
  );
  return [...here, ...there]
    .sort(([a], [b]) => a - b)
    .map(([at, line]) => `  ${((at / 1000) % 100_000).toFixed(0)} ${line}`)
    .join('\n');
}
