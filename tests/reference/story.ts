/**
 * Stories of the desk as text: each line is a fact with its time after the start, the answer is the decisions in one line each. The
 * desk is handed in, so that both desks can be told the same story.
 */
import { createHash } from 'node:crypto';
import { Desk } from '#actors/desk.ts';
import type { Decision, DecisionType, OrderType } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { AccountSpec, VenueSpec } from '#engine/execution/account.ts';
import type { VenueOrderState } from '#engine/execution/broker.ts';
import type { FeeTier } from '#engine/execution/fee-tiers.ts';
import type { MoreLatency } from '#engine/execution/latency.ts';
import type { TimeInForce } from '#engine/execution/order-terms.ts';
import type { Command, InputRecord, Scope, SnapshotFill, SnapshotOrder } from '#engine/inputs.ts';
import { decodePlain, encodePlain } from '#engine/journal/plain-codec.ts';
import {
  type Block,
  type BlockKind,
  FLAG_BUY,
  FLAG_GAP,
  FLAG_SELL,
  FLAG_SNAPSHOT,
  type MarketFrame,
  marketFrame,
  NO_LANE,
  NO_SEQ,
} from '#engine/market/blocks.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import type { BorrowTerms, FundingRow } from '#engine/portfolio/carry.ts';
import type { Plain } from '#engine/record.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import type { Intent, StrategyCatalogue, StrategyView } from '#engine/strategy/strategy.ts';
import {
  type AccountId,
  type DeskId,
  deskId,
  type InstrumentId,
  type OrderId,
  type Seq,
  type Side,
  type SourceId,
  type StrategyId,
  type TimeUs,
} from '#engine/values.ts';
import { firstDifference, firstStateDifference, referenceState, stateOf } from '../agreement/compare.ts';
import { ReferenceDesk } from './desk.ts';
import { minorWorth } from './ledger.ts';
import type { HeldState } from './snapshots.ts';
import { catalogueWith, SCRIPTED_VERSION, type Script } from './strategies.ts';

/** What both desks are, seen from a test. */
export interface AnyDesk {
  takeMarket(frame: MarketFrame): void;
  takeInput(record: InputRecord): void;
  passTime(at: TimeUs): void;
  readonly decisions: readonly Decision[];
  state(): Plain;
}
export type MakeDesk = (options: { desk: DeskId; digest: Digest; catalogue: StrategyCatalogue }) => AnyDesk;

export const nodeDigest: Digest = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};

/** Tuesday 2024-01-16 20:55:00 UTC, five minutes before New York closes. */
export const STORY_START = 1_705_438_500_000_000;

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 };

/** `1m+30s`, `-2s`, `1.5s`: µs. */
export function span(text: string): number {
  let total = 0;
  for (const part of text.match(/[+-]?[^+-]+/g) ?? []) {
    const match = /^([+-]?)([\d.]+)(us|ms|s|m|h|d)$/.exec(part);
    if (match === null) throw new Error(`${text} is not a span of time`);
    total += (match[1] === '-' ? -1 : 1) * Math.round(Number(match[2]) * UNITS[match[3]]);
  }
  return total;
}

type Words = Readonly<{ plain: readonly string[]; options: Readonly<Record<string, string>>; at: number | null }>;

/** A row of a snapshot: it may hold an = of its own. */
const ROW = /^(again-)?(fill|order|missing|transfer|position|balance):/;

/** Words apart; `name=value` are options, `@span` is the time. */
function wordsOf(line: string): Words {
  const plain: string[] = [];
  const options: Record<string, string> = {};
  let at: number | null = null;
  for (const word of line.split(/\s+/)) {
    if (ROW.test(word)) plain.push(word);
    else if (word.startsWith('@')) at = STORY_START + span(word.slice(1));
    else if (word.includes('=')) options[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
    else plain.push(word);
  }
  return { plain, options, at };
}

/** What a story did: the desk, the lines of what it decided. */
export type Told = Readonly<{ desk: AnyDesk; lines: readonly string[] }>;

/** Other desks that are told each line right after. */
type Besides = (options: Parameters<MakeDesk>[0], desk: AnyDesk) => readonly Listening[];
type Listening = Pick<AnyDesk, 'takeMarket' | 'takeInput' | 'passTime'>;

export function tell(
  lines: readonly string[],
  make: MakeDesk = (options) => new ReferenceDesk(options),
  besides: Besides = () => [],
): Told {
  const script: Record<string, (view: StrategyView) => readonly Intent[]> = {};
  const options = { desk: deskId('story'), digest: nodeDigest, catalogue: catalogueWith(script as Script) };
  const desk = make(options);
  const desks = [desk, ...besides(options, desk)];
  let seq = 0;
  let now = STORY_START;
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== '' && !text.startsWith('#'))) {
    if (line.startsWith('on ')) {
      const [when, doing] = line.slice(3).split(/: */, 2) as [string, string];
      script[wakeOf(when)] = scriptLine(doing);
      continue;
    }
    const words = wordsOf(line);
    now = words.at ?? now;
    if (words.plain[0] === 'wait') {
      for (const one of desks) one.passTime(now as TimeUs);
      continue;
    }
    seq += 1;
    const market = tickOf(words, seq as Seq, now);
    if (market !== null) {
      for (const one of desks) one.takeMarket(market);
      continue;
    }
    const body = words.plain[0] === 'snapshot' ? snapshotOf(words, desk) : inputOf(words, seq);
    for (const one of desks) one.takeInput({ seq: seq as Seq, at: now as TimeUs, ...body } as InputRecord);
  }
  return { desk, lines: desk.decisions.map(lineOf) };
}

/** The production desk beside the reference: at the first decision or state that differs it says which. `restored`: made anew after each line. */
function agreeing(options: Parameters<MakeDesk>[0], reference: AnyDesk, restored: boolean): Listening {
  const said: Decision[] = [];
  const make = (): Desk => new Desk({ ...options, sink: (decision) => said.push(decision) });
  let desk = make();
  let compared = 0;
  const told = (take: () => void): void => {
    take();
    const found = firstDifference(reference.decisions, said, compared);
    const which = restored ? 'restored:  ' : 'production:';
    if (found !== null) throw new Error(`decision ${found.at}\n  reference:  ${found.reference}\n  ${which} ${found.production}`);
    compared = said.length;
    const state = firstStateDifference(referenceState(reference), stateOf(desk));
    if (state !== null) throw new Error(`after ${compared} decisions, state ${state}`);
    if (!restored) return;
    const bytes = encodePlain(desk.save());
    desk = make();
    desk.load(decodePlain(bytes));
  };
  return {
    takeMarket: (frame) => told(() => desk.takeMarket(frame)),
    takeInput: (record) => told(() => desk.takeInput(record)),
    passTime: (at) => told(() => desk.passTime(at)),
  };
}

/** The production desk, in words that a test can compare with the reference's. */
export const productionDesk: MakeDesk = (options) => {
  const decisions: Decision[] = [];
  const desk = new Desk({ ...options, sink: (decision) => decisions.push(decision) });
  return {
    takeMarket: (frame) => desk.takeMarket(frame),
    takeInput: (record) => desk.takeInput(record),
    passTime: (at) => desk.passTime(at),
    decisions,
    state: () => stateOf(desk) as Plain,
  };
};

/** A story told to both desks, which must decide and hold the same after each line; so must production made anew after each. */
export function tellBoth(lines: string): AnyDesk {
  const besides: Besides = (options, reference) => [agreeing(options, reference, false), agreeing(options, reference, true)];
  return tell(lines.split('\n'), (options) => new ReferenceDesk(options), besides).desk;
}

/** The decisions of a story whose type is asked for; what is decided at the start itself, while all is set up, is left out. */
export function story(lines: string, show: readonly DecisionType[]): string {
  const desk = tellBoth(lines);
  return desk.decisions
    .filter(({ type, at }) => show.includes(type) && at > STORY_START)
    .map(lineOf)
    .join('\n');
}

// ── The script ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `bars @1m` or `fill#1`. */
function wakeOf(when: string): string {
  const [kind, at] = when.trim().split(/\s+/) as [string, string | undefined];
  return kind === 'bars' ? `bars@${STORY_START + span((at as string).slice(1))}` : kind;
}

/** `buy BTC 5, sell BTC 3 limit=101, cancel first`. */
function scriptLine(doing: string): (view: StrategyView) => readonly Intent[] {
  return (view) => doing.split(/, */).map((text) => intentOf(wordsOf(text.trim()), view));
}

function intentOf({ plain, options, at }: Words, view: StrategyView): Intent {
  const [verb, name] = plain as [string, string];
  const price = (key: string): number | null => (options[key] === undefined ? null : Number(options[key]));
  switch (verb) {
    case 'throw':
      throw new Error('as the script says');
    case 'buy':
    case 'sell':
      return {
        do: 'order',
        instrument: name as InstrumentId,
        side: verb,
        type: typeOf(options),
        lots: Number(plain[2]),
        limit: price('limit'),
        stop: price('stop'),
        expiresAt: at as TimeUs | null,
        ...(options['tif'] === undefined ? {} : { timeInForce: options['tif'] as TimeInForce }),
        ...(plain.includes('post') ? { postOnly: true } : {}),
        ...(options['oco'] === undefined ? {} : { oco: options['oco'] }),
        ...(options['bstop'] === undefined && options['btarget'] === undefined
          ? {}
          : { bracket: { stop: price('bstop'), target: price('btarget') } }),
        ...(options['trail'] === undefined ? {} : { trail: price('trail') }),
        reduceOnly: plain.includes('reduce'),
        why: 'script',
      };
    case 'cancel':
    case 'replace': {
      const order = view.orders(name as InstrumentId)[Number(plain[2] ?? 0)] ?? ('0.0' as OrderId);
      if (verb === 'cancel') return { do: 'cancel', order, why: 'script' };
      return { do: 'replace', order, lots: Number(options['lots']), limit: price('limit'), stop: price('stop'), why: 'script' };
    }
    case 'watch':
      return { do: 'watch', instrument: name as InstrumentId, above: price('above'), below: price('below') };
    case 'alarm':
      return { do: 'alarm', at: at as TimeUs };
    default:
      throw new Error(`the script says ${verb}`);
  }
}

function typeOf(options: Words['options']): OrderType {
  if (options['trail'] !== undefined) return 'trailing';
  if (options['stop'] !== undefined) return options['limit'] === undefined ? 'stop' : 'stop-limit';
  return options['limit'] === undefined ? 'market' : 'limit';
}

// ── Facts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `trade BTC 100 x5 @1s [vt=…] [seq=…] [source=…]`, `quote BTC 99x5 101x5`, `bar BTC 1m 100 110 90 105 x50`. */
function tickOf({ plain, options }: Words, first: Seq, at: number): MarketFrame | null {
  const kind = plain[0] as BlockKind;
  if (kind !== 'trade' && kind !== 'quote' && kind !== 'bar' && kind !== 'book') return null;
  const numbers = plain.slice(2);
  const sized = (word: string): number[] => word.split('x').map(Number);
  const lots = (): number => Number((numbers.find((word) => word.startsWith('x')) ?? 'x1').slice(1));
  const values =
    kind === 'trade'
      ? [Number(numbers[0]), lots()]
      : kind === 'quote'
        ? [...sized(numbers[0]), ...sized(numbers[1])]
        : kind === 'book'
          ? [Number(numbers[1]), lots()]
          : [...numbers.slice(1, 5).map(Number), lots()];
  const venueTime = options['vt'] === undefined ? at : STORY_START + span(options['vt']);
  const block: Block = {
    instrument: plain[1] as InstrumentId,
    source: (options['source'] ?? 'x') as SourceId,
    kind,
    timeframeUs: kind === 'bar' ? span(numbers[0]) : 0,
    count: 1,
    at: Float64Array.of(at),
    venueTime: Float64Array.of(venueTime),
    venueSeq: options['seq'] === undefined ? NO_SEQ : Float64Array.of(Number(options['seq'])),
    flags: Uint8Array.of(kind === 'book' ? bookFlags(numbers) : 0),
    values: values.map((value) => Float64Array.of(value)),
  };
  return marketFrame(first, [block], NO_LANE, null);
}

/** `book BTC bid 99 x5`, `book BTC ask 101 x3 snapshot`, `book BTC bid 99 x5 gap`. */
const bookFlags = (words: readonly string[]): number =>
  (words[0] === 'bid' ? FLAG_BUY : FLAG_SELL) | (words.includes('snapshot') ? FLAG_SNAPSHOT : 0) | (words.includes('gap') ? FLAG_GAP : 0);

function inputOf({ plain, options }: Words, seq: number): Record<string, unknown> {
  const [verb, name] = plain as [string, string];
  const command = (given: Command): Record<string, unknown> => ({
    type: 'CommandGiven',
    key: options['key'] ?? `k${seq}`,
    by: 'operator',
    sawSeq: options['saw'] === undefined ? null : Number(options['saw']),
    command: given,
  });
  const strategy = name as StrategyId;
  switch (verb) {
    case 'instrument':
      return { type: 'InstrumentDefined', instrument: instrumentOf(name, options) };
    case 'account':
      return { type: 'AccountOpened', account: accountOf(name, options) };
    case 'limits':
      return { type: 'LimitsChanged', scope: name as Scope, of: plain[2], limits: limitsOf(options) };
    case 'deploy': {
      const subscriptions = plain.slice(2).map((word) => {
        const [instrument, timeframe, source] = word.split('/');
        return { instrument, source: source ?? 'x', timeframeUs: span(timeframe) };
      });
      const parameters = options['warmup'] === undefined ? {} : { warmup: Number(options['warmup']) };
      const account = options['account'] ?? 'A';
      return {
        type: 'StrategyDeployed',
        strategy: name,
        name: 'scripted',
        version: SCRIPTED_VERSION,
        account,
        parameters,
        subscriptions,
        history: options['history'] === 'yes',
      };
    }
    case 'history': {
      // `history BTC 1m 100 101 until=1m`: candles of one price each, the last ending there
      const timeframeUs = span(plain[2]);
      const until = STORY_START + span(options['until']);
      const prices = plain.slice(3).map(Number);
      const candles = prices.map((price, i) => {
        const end = until - (prices.length - 1 - i) * timeframeUs;
        const at = { start: end - timeframeUs, end };
        return { ...at, open: price, high: price, low: price, close: price, volume: 1, trades: 1, complete: true };
      });
      return { type: 'HistoryLoaded', instrument: name, source: 'x', timeframeUs, availableAt: until, origin: 'story', candles };
    }
    case 'beat':
      return { type: 'SourceBeat', source: name, beats: 1 };
    case 'lost':
      return { type: 'SourceLost', source: name, why: 'story' };
    case 'restored':
      return { type: 'SourceRestored', source: name };
    case 'signal':
      return { type: 'SignalReceived', strategy: name, signal: plain[2], key: options['key'] ?? `k${seq}`, payload: null };
    case 'ready':
      return { type: 'SessionReady', account: name };
    case 'session-lost':
      return { type: 'SessionLost', account: name, why: 'story' };
    case 'reconciled':
      return { type: 'Reconciled', account: name, unexplained: plain.slice(2) };
    case 'report':
      return { type: 'OrderReported', order: name, report: reportOf(plain[2], options) };
    case 'arm':
      return command({ do: 'Arm', scope: (name ?? 'global') as Scope, of: plain[2] ?? '*' });
    case 'kill':
      return command({ do: 'Kill', why: 'story' });
    case 'disarm':
      return command({ do: 'Disarm', killedAt: Number(name) });
    case 'acknowledge':
      return command({ do: 'Acknowledge', scope: name as Scope, of: plain[2] });
    case 'pause':
      return command({ do: 'Pause', strategy });
    case 'resume':
      return command({ do: 'Resume', strategy });
    case 'stop':
      return command({ do: 'Stop', strategy });
    case 'flatten':
      return command({ do: 'Flatten', account: name as AccountId });
    case 'accept':
      return command({ do: 'AcceptVenue', account: name as AccountId });
    case 'reset':
      return command({ do: 'Reset', account: name as AccountId, cash: BigInt(options['cash']) });
    case 'cancel':
      return command({ do: 'CancelOrder', order: name as OrderId });
    case 'replace': {
      const [limit, stop] = [options['limit'], options['stop']].map((price) => (price === undefined ? null : Number(price)));
      return command({ do: 'ReplaceOrder', order: name as OrderId, lots: Number(options['lots']), limit, stop });
    }
    case 'place': {
      const [side, lots, instrument] = [plain[2], Number(options['lots']), plain[3]];
      const [limit, stop, trail] = ['limit', 'stop', 'trail'].map((price) =>
        options[price] === undefined ? null : Number(options[price]),
      );
      const type =
        options['type'] ??
        (trail !== null
          ? 'trailing'
          : limit !== null && stop !== null
            ? 'stop-limit'
            : limit !== null
              ? 'limit'
              : stop !== null
                ? 'stop'
                : 'market');
      return command({
        ...{
          do: 'PlaceOrder',
          account: name as AccountId,
          instrument: instrument as InstrumentId,
          side: side as Side,
          type: type as OrderType,
        },
        ...{ lots, limit: limit ?? null, stop: stop ?? null, trail: trail ?? null, expiresAt: null },
        timeInForce: (options['tif'] ?? 'GTC') as TimeInForce,
        postOnly: options['post'] !== undefined,
        reduceOnly: options['reduce'] !== undefined,
      });
    }
    case 'not-sent':
      return { type: 'EffectNotSent', effect: name, why: 'late' };
    default:
      throw new Error(`the story says ${plain.join(' ')}`);
  }
}

function reportOf(kind: string, options: Words['options']): Record<string, unknown> {
  if (kind === 'Filled') {
    return {
      kind,
      fill: options['fill'] ?? 'f',
      lots: Number(options['lots']),
      price: Number(options['price']),
      fee: options['fee'] ?? '0',
      maker: false,
    };
  }
  if (kind === 'Rejected' || kind === 'CancelRejected' || kind === 'ReplaceRejected') return { kind, reason: 'story' };
  if (kind === 'Replaced') {
    const [limit, stop] = [options['limit'], options['stop']].map((price) => (price === undefined ? null : Number(price)));
    return { kind, lots: Number(options['lots']), limit, stop };
  }
  return { kind };
}

/**
 * What a venue says of an account: what the desk holds, and what the rows add. `fill:v1:name:BTC:buy:2:101[:fee]` and
 * `transfer:t1:100:deposit[:EUR]` move the venue's position and cash, with `again-` before them they do not.
 * `order:name:working:BTC,sell,stop,lots=2,stop=90` says of an order what is not as held; `position:BTC:3[@100]` and `balance:1000`,
 * `balance:+5` say otherwise than is held; `missing:name`. A name `#8.3` is the client id of order 8.3.
 */
function snapshotOf({ plain }: Words, desk: AnyDesk): Record<string, unknown> {
  const [, account, ...words] = plain as [string, string, ...string[]];
  const held = desk.state() as unknown as HeldState;
  const lots = new Map<string, number>();
  for (const one of held.holdings) if (one.account === account) lots.set(one.instrument, (lots.get(one.instrument) ?? 0) + one.lots);
  let cash = 0n;
  for (const one of held.balances) if (one.account === account && one.currency === 'USD' && one.book === 'cash') cash += one.amount;
  const prices = new Map<string, number>();
  const nameOf = (name: string): string => {
    if (!name.startsWith('#')) return name;
    const bearer = desk.decisions.find(
      (one) => (one.type === 'OrderApproved' || one.type === 'OrderAdopted') && one.order === name.slice(1),
    );
    if (bearer === undefined || !('clientId' in bearer)) throw new Error(`no order ${name}`);
    return bearer.clientId;
  };

  const fills: SnapshotFill[] = [];
  const orders: SnapshotOrder[] = [];
  const missing: string[] = [];
  const transfers: Record<string, unknown>[] = [];
  for (const word of words) {
    const [what, ...parts] = word.split(':') as [string, ...string[]];
    switch (what) {
      case 'fill':
      case 'again-fill': {
        const [id, name, instrument, side, count, price, fee] = parts as [string, string, string, Side, string, string, string | undefined];
        const fill = { id, name: nameOf(name), instrument: instrument as InstrumentId, side, lots: Number(count), price: Number(price) };
        fills.push({ ...fill, fee: fee ?? '0', maker: false });
        const definition = held.instruments.find((one) => one.definition.id === instrument)?.definition;
        if (what === 'again-fill' || definition === undefined) break;
        const sign = side === 'buy' ? 1 : -1;
        lots.set(instrument, (lots.get(instrument) ?? 0) + sign * fill.lots);
        cash -= BigInt(sign) * minorWorth(definition, fill.lots, fill.price) + BigInt(fee ?? 0);
        break;
      }
      case 'order':
        orders.push(orderRowOf(parts as [string, string, string?], nameOf, held));
        break;
      case 'missing':
        missing.push(nameOf(parts[0]));
        break;
      case 'transfer':
      case 'again-transfer': {
        const [id, amount, why, currency] = parts as [string, string, string, string | undefined];
        transfers.push({ id, currency: currency ?? 'USD', amount, why });
        if (what === 'transfer' && currency === undefined) cash += BigInt(amount);
        break;
      }
      case 'position': {
        const [count, price] = parts[1].split('@');
        lots.set(parts[0], Number(count));
        if (price !== undefined) prices.set(parts[0], Number(price));
        break;
      }
      default:
        cash = /^[+-]/.test(parts[0]) ? cash + BigInt(parts[0]) : BigInt(parts[0]);
    }
  }
  const positions = [...lots].map(([instrument, count]) => ({ instrument, lots: count, price: prices.get(instrument) ?? null }));
  const balances = [{ currency: 'USD', amount: String(cash) }];
  return { type: 'VenueSnapshot', account, fills, orders, missing, transfers, positions, balances };
}

function orderRowOf([name, state, said]: [string, string, string?], nameOf: (name: string) => string, held: HeldState): SnapshotOrder {
  const order = held.orders.find(({ clientId }) => clientId === nameOf(name));
  let row: SnapshotOrder = {
    name: nameOf(name),
    instrument: order?.instrument ?? ('BTC' as InstrumentId),
    side: order?.side ?? 'buy',
    type: order?.type ?? 'limit',
    lots: order?.context.lots ?? 1,
    limit: order?.context.limit ?? null,
    stop: order?.context.stop ?? null,
    filled: order?.context.filled ?? 0,
    state: state as VenueOrderState,
    reason: '',
  };
  for (const word of said === undefined ? [] : said.split(',')) {
    const [key, value] = word.split('=') as [string, string | undefined];
    if (value !== undefined) row = { ...row, [key]: Number(value) };
    else if (key === 'buy' || key === 'sell') row = { ...row, side: key };
    else if (key === 'market' || key === 'limit' || key === 'stop') row = { ...row, type: key satisfies OrderType };
    else row = { ...row, instrument: key as InstrumentId };
  }
  return row;
}

function instrumentOf(id: string, options: Words['options']): Instrument {
  const us = (key: string): number | null => (options[key] === undefined ? null : span(options[key]));
  const sources = (options['sources'] ?? 'x').split(',');
  const spec = (source: string): FeedSpec => ({
    source: source as SourceId,
    latenessUs: us('lateness') ?? 0,
    graceUs: us('grace') ?? 0,
    silentUs: us('silent'),
    muteUs: us('mute'),
    lagUs: us('lag'),
    lagDownUs: us('lagdown'),
    absurdPermille: options['absurd'] === undefined ? null : Number(options['absurd']),
    settleUs: us('settle') ?? 1_000_000,
    faultsToDown: Number(options['faults'] ?? 3),
    fillFlat: options['flat'] === 'yes',
  });
  return {
    id: id as InstrumentId,
    version: Number(options['version'] ?? 1),
    tick: options['tick'] ?? '1',
    lot: options['lot'] ?? '1',
    multiplier: options['multiplier'] ?? '1',
    currency: options['currency'] ?? 'USD',
    currencyScale: 2,
    calendar: options['calendar'] ?? 'ALWAYS',
    feeds: sources.map(spec),
  };
}

/** `limits=through slip=2 slipbp=10 spread=3 share=250 walk=book`: what makes fills worse than the facts. */
function worseOf(options: Words['options']): Partial<VenueSpec> {
  const named = [
    ['slippageTicks', options['slip']],
    ['slippageBp', options['slipbp']],
    ['spreadTicks', options['spread']],
    ['volumePermille', options['share']],
  ] as const;
  return {
    ...Object.fromEntries(named.flatMap(([field, text]) => (text === undefined ? [] : [[field, Number(text)]]))),
    ...(options['limits'] === undefined ? {} : { limitFills: options['limits'] as 'touch' | 'through' }),
    ...(options['walk'] === undefined ? {} : { walk: options['walk'] as 'book' }),
    ...(options['tiers'] === undefined ? {} : { feeTiers: tiersSaid(options['tiers']) }),
    ...(options['borrow'] === undefined ? {} : { borrow: borrowSaid(options['borrow']) }),
    ...(options['funding'] === undefined ? {} : { funding: fundingSaid(options['funding']) }),
    ...(options['more'] === undefined ? {} : { moreLatency: moreLatencySaid(options['more']) }),
  };
}

/** `tiers=1000/50/200,5000/0/100`: traded, maker's fee, taker's fee. */
const tiersSaid = (text: string): FeeTier[] =>
  text.split(',').map((row) => {
    const [from, makerFee, takerFee] = row.split('/').map(Number) as [number, number, number];
    return { from, makerFee, takerFee };
  });

/** `borrow=10000/21h`: a year's rate, and the time of day. */
function borrowSaid(text: string): BorrowTerms {
  const [rate, time] = text.split('/') as [string, string];
  return { rate: Number(rate), timeOfDayUs: span(time) };
}

/** `funding=BTC/8h/-5000,BTC/16h/700`: instants after the start. */
const fundingSaid = (text: string): FundingRow[] =>
  text.split(',').map((row) => {
    const [instrument, after, rate] = row.split('/') as [string, string, string];
    return { instrument, at: STORY_START + span(after), rate: Number(rate) };
  });

/** `more=seeded/100ms/7`, or `more=recorded/0s/10ms/9h/80ms`: times of day and what is added from them on. */
function moreLatencySaid(text: string): MoreLatency {
  const [kind, ...rest] = text.split('/') as [string, ...string[]];
  if (kind === 'seeded') return { kind, mostUs: span(rest[0] as string), seed: Number(rest[1]) };
  const spans = rest.map(span);
  return { kind: 'recorded', rows: spans.flatMap((from, i) => (i % 2 === 0 ? [[from, spans[i + 1] as number] as const] : [])) };
}

function accountOf(id: string, options: Words['options']): AccountSpec {
  const pure = options['venue'] === undefined;
  return {
    id: id as AccountId,
    mode: (options['mode'] ?? 'BACKTEST') as AccountSpec['mode'],
    venue: options['venue'] ?? 'pure',
    calendar: options['calendar'] ?? 'ALWAYS',
    currency: 'USD',
    currencyScale: 2,
    cash: BigInt(options['cash'] ?? 10_000_000),
    pure: pure
      ? {
          latencyUs: span(options['latency'] ?? '0s'),
          makerFee: Number(options['maker'] ?? 0),
          takerFee: Number(options['taker'] ?? 0),
          fills: (options['fills'] ?? 'lots') as 'lots' | 'whole',
          rejectAboveLots: options['most'] === undefined ? null : Number(options['most']),
          ...worseOf(options),
        }
      : null,
    ...(options['window'] === undefined
      ? {}
      : {
          outside: {
            sendWindowUs: span(options['window']),
            orphans: (options['orphans'] ?? 'adopt') as 'adopt' | 'cancel',
            cashTolerance: BigInt(options['tolerance'] ?? 0),
          },
        }),
  };
}

function limitsOf(options: Words['options']): Limits {
  const whole = (key: string): number | null => (options[key] === undefined ? null : Number(options[key]));
  const money = (key: string): never | null => (options[key] === undefined ? null : (BigInt(options[key]) as never));
  return {
    ...NO_LIMITS,
    collarPermille: whole('collar'),
    maxOrderLots: whole('lots'),
    maxPositionLots: whole('position'),
    softDailyLoss: money('soft'),
    hardDailyLoss: money('hard'),
    maxDrawdown: money('drawdown'),
    ordersPerSecond: whole('rate'),
    duplicateUs: options['duplicate'] === undefined ? null : span(options['duplicate']),
  };
}

// ── Decisions as lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `12.3 +60s CandleClosed BTC …`: the address, the time after the start, the type, and what a reader needs of the rest. */
export function lineOf(decision: Decision): string {
  const { type, cause, index, at, ...body } = decision;
  const said = Object.entries(body)
    .filter(([key, value]) => !QUIET.includes(key) && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key}=${written(key, value)}`);
  return [`${cause}.${index}`, since(at), type, ...said].join(' ');
}

/** The same for every line of a story. */
const QUIET = ['account', 'strategy', 'source', 'clientId', 'conditions', 'clauses', 'currency', 'timeframeUs', 'validUntil', 'severity'];
const TIMES = ['start', 'end', 'venueTime', 'expiresAt'];

function written(key: string, value: unknown): string {
  if (TIMES.includes(key)) return since(value as number);
  if (Array.isArray(value))
    return `[${value.map((one) => (Array.isArray(one) ? numberText(one as [string, unknown]) : String(one))).join(' ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, one]) => (name === 'kind' ? String(one) : `${name}=${String(one)}`))
      .join(' ')}}`;
  }
  return String(value);
}

const numberText = ([name, value]: [string, unknown]): string => {
  const time = (name === 'venueTime' || name === 'heardAt' || name === 'value') && typeof value === 'number' && value > STORY_START / 2;
  return `${name}:${time ? since(value) : String(value)}`;
};

function since(at: number): string {
  const us = at - STORY_START;
  return `${us < 0 ? '' : '+'}${us / 1_000_000}s`;
}
