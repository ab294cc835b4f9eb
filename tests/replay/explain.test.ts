// Why, in a trader's words: orders, refusals, decisions, numbers, and moments at which nothing happened.
import { describe, expect, test } from 'vitest';
import { type Block, FLAG_BUY, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import { MINUTE_US, type Minor, SECOND_US, type Seq, type TimeUs } from '#engine/values.ts';
import { type Explanation, explain } from '#replay/explain.ts';
import { decisionsOf, seal } from './forge.ts';
import { accountSpec, commanded, defined, deployed, input, limited, nodeDigest, opened, recordJournal, type Step } from './recorder.ts';

/** 2026-01-05T10:30:00Z. */
const T = 1_767_609_000_000_000;
const FEED: FeedSpec = {
  source: 'x' as FeedSpec['source'],
  latenessUs: 0,
  graceUs: 0,
  silentUs: 90 * SECOND_US,
  muteUs: null,
  lagUs: null,
  lagDownUs: null,
  absurdPermille: 200,
  settleUs: SECOND_US,
  faultsToDown: 5,
  fillFlat: false,
};
const BTC: Instrument = {
  id: 'BTC-USD' as Instrument['id'],
  version: 1,
  tick: '0.01',
  lot: '0.1',
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar: 'ALWAYS',
  feeds: [FEED],
};

const trade = (seconds: number, price: number, lots = 50): Step => {
  const at = new Float64Array([T + seconds * SECOND_US]);
  const values = [new Float64Array([Math.round(price * 100)]), new Float64Array([lots])];
  const flags = new Uint8Array([FLAG_BUY]);
  const block: Block = {
    instrument: BTC.id,
    source: FEED.source,
    kind: 'trade',
    timeframeUs: 0,
    count: 1,
    at,
    venueTime: at,
    venueSeq: NO_SEQ,
    flags,
    values,
  };
  return { kind: 'market', frame: marketFrame(1 as Seq, [block], NO_LANE, null) };
};

/** A trade at each of these prices, half a minute apart. */
const walk = (from: number, prices: readonly number[]): Step[] => prices.map((price, index) => trade(from + 30 * index, price));

const steps: Step[] = [
  opened(T, 'paper', { latencyUs: 5000 }),
  defined(T, BTC),
  commanded(T, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
  limited(T, 'strategy', 'cross', { maxOrderLots: 4, maxOrderNotional: 100_000n as Minor }),
  deployed(T, {
    id: 'cross',
    account: 'paper',
    name: 'ema-cross',
    parameters: { fast: 2, slow: 3, lots: 2 },
    on: [{ instrument: 'BTC-USD', source: 'x', timeframeUs: MINUTE_US }],
  }),
  ...walk(1, [100, 100.4, 100.5, 100.9, 101, 101.2, 101.4, 101.6, 101.5, 101.7]),
  ...walk(301, [101.6, 101.3, 100.9, 99.8, 99.2, 98.8, 98.7, 98.9]),
  { kind: 'time', at: (T + 720 * SECOND_US) as TimeUs }, // nothing comes: the feed goes silent
  commanded(T + 730 * SECOND_US, 'flat', { do: 'Flatten', account: 'paper' as never }),
  limited(T + 735 * SECOND_US, 'strategy', 'cross', { maxOrderLots: 1, maxOrderNotional: 100n as Minor }),
  commanded(T + 738 * SECOND_US, 'kill', { do: 'Kill', why: 'test' }),
  ...walk(741, [98.9, 100.5]),
  commanded(T + 785 * SECOND_US, 'disarm', { do: 'Disarm', killedAt: 26 }),
  commanded(T + 786 * SECOND_US, 'arm-again', { do: 'Arm', scope: 'global', of: '*' }),
  ...walk(801, [104.2, 108.1, 112.2]),
];
const catalogue = () => emaCross as never;
const { frames } = recordJournal(steps, { catalogue });
const journal = seal(frames);
const why = (what: string): Promise<Explanation> => explain(journal.reader(), what, { digest: nodeDigest, catalogue });
const decisions = decisionsOf(frames);
const text = ({ ok, sentence, chain }: Explanation): string =>
  [`${ok ? '' : 'NO: '}${sentence}`, ...chain.map(({ address, type, what }) => `  ${address} ${type}: ${what}`)].join('\n');

describe('an order', () => {
  const approved = decisions.filter((decision) => decision.type === 'OrderApproved');

  test('from the tick that closed the candle to its end', async () => {
    expect(text(await why(approved[0].order))).toMatchInlineSnapshot(`
      "Order 13.2 (client id bkaswoc2om4npvnxgxbypcuw43) of cross: buy 0.2 BTC-USD at the market, wanted because fast 101.4148 was above slow 101.2625 (held 0.0, target 0.2) (crossed above), approved at 2026-01-05T10:34:00Z with every one of 5 clauses passed; acknowledged at 10:34:00.005; bought 0.2 at 101.50 at 10:34:01 as taker for a fee of 0.01 USD. It ended FILLED at 2026-01-05T10:34:01Z; gain 0.00 USD before fees of 0.01 USD, position then 0.2.
        13 Tick: the last trade in it: BTC-USD on x: 5.0 traded at 101.60
        13 Deadline: a deadline fell due at 10:34:00, after number 13 (trade of BTC-USD at 10:33:31)
        13.0 CandleClosed: the 1 min candle of BTC-USD from 10:33:00 to 10:34:00 closed at 101.60
        13.1 StrategyWoke: strategy cross woke for bars of the interval to 10:34:00: fast 101.4148 was above slow 101.2625 (held 0.0, target 0.2); 1 intent
        13.2 OrderApproved: buy 0.2 BTC-USD at the market was approved (crossed above); 5 clauses passed
        13.2 Clause: passed: validity: the order was well formed
        13.2 Clause: passed: gate: every gate let it through
        13.2 Clause: passed: quantity: its quantity 0.2 was within the 0.4 an order of the strategy may have
        13.2 Clause: passed: notional: it was worth 20.32 USD, within the 1000.00 USD an order of the strategy may be
        13.2 Clause: passed: stale-data: the last tick was 29 s old and the feed was HEALTHY
        13.4 OrderRequested: send of order 13.2 was asked of the venue (crossed above)
        13.5 VenueReported: the venue said of order 13.2: Acked
        14 Tick: BTC-USD on x: 5.0 traded at 101.50
        14.1 OrderMoved: order 13.2 went from LIVE to FILLED: Filled
        14.2 OrderFilled: order 13.2 bought 0.2 BTC-USD at 101.50 as taker; fee 0.01 USD, gain 0.00 USD, position 0.2"
    `);
  });

  test('by its client id, and as the step of another decision', async () => {
    const byClient = await why(approved[1].clientId);
    expect(byClient).toMatchObject({ ok: true, subject: approved[1].clientId });
    expect(byClient.chain).toEqual((await why(approved[1].order)).chain);
    expect(byClient.sentence).toMatchInlineSnapshot(
      `"Order 19.2 (client id cyzsurk5noxthnkbrkgca43ak2) of cross: sell 0.4 BTC-USD at the market, wanted because fast 100.3339 was not above slow 100.5953 (held 0.2, target -0.2) (crossed below), approved at 2026-01-05T10:37:00Z with every one of 5 clauses passed; acknowledged at 10:37:00.005; sold 0.4 at 99.20 at 10:37:01 as taker for a fee of 0.02 USD. It ended FILLED at 2026-01-05T10:37:01Z; gain -0.46 USD before fees of 0.02 USD, position then -0.2."`,
    );
  });

  test('every clause stands in the chain with its numbers', async () => {
    const { chain } = await why(approved[0].order);
    const clauses = chain.filter(({ type }) => type === 'Clause');
    expect(clauses.map(({ what }) => what)).toMatchInlineSnapshot(`
      [
        "passed: validity: the order was well formed",
        "passed: gate: every gate let it through",
        "passed: quantity: its quantity 0.2 was within the 0.4 an order of the strategy may have",
        "passed: notional: it was worth 20.32 USD, within the 1000.00 USD an order of the strategy may be",
        "passed: stale-data: the last tick was 29 s old and the feed was HEALTHY",
      ]
    `);
    expect(clauses).toHaveLength(approved[0].clauses.length);
  });
});

describe('a refusal', () => {
  const refused = decisions.filter((decision) => decision.type === 'OrderRefused').map(({ cause, index }) => `${cause}.${index}`);

  test('by a gate says why the gate stood so, since when, and every other clause that failed', async () => {
    expect(text(await why(refused[0]))).toMatchInlineSnapshot(`
      "At 2026-01-05T10:43:00Z cross wanted to buy 0.4 BTC-USD at the market (crossed above) and was refused: the global gate was KILLED because number 26 was a kill; and its quantity 0.4 was more than the 0.1 an order of the strategy may have; and it was worth 40.20 USD, more than the 1.00 USD an order of the strategy may be.
        28 Tick: the last trade in it: BTC-USD on x: 5.0 traded at 100.50
        28 Deadline: a deadline fell due at 10:43:00, after number 28 (trade of BTC-USD at 10:42:51)
        28.0 CandleClosed: the 1 min candle of BTC-USD from 10:42:00 to 10:43:00 closed at 100.50
        28.1 StrategyWoke: strategy cross woke for bars of the interval to 10:43:00: fast 100.0124 was above slow 99.8994 (held -0.2, target 0.2); 1 intent
        28.2 OrderRefused: buy 0.4 BTC-USD at the market was refused: the global gate was KILLED because number 26 was a kill, its quantity 0.4 was more than the 0.1 an order of the strategy may have and it was worth 40.20 USD, more than the 1.00 USD an order of the strategy may be
        26 Gate: the global gate had stood at KILLED since number 26: number 26 was a kill
        28.2 Clause: failed: gate: the global gate was KILLED because number 26 was a kill
        28.2 Clause: failed: quantity: its quantity 0.4 was more than the 0.1 an order of the strategy may have
        28.2 Clause: failed: notional: it was worth 40.20 USD, more than the 1.00 USD an order of the strategy may be
        28.2 Clause: passed: validity: the order was well formed
        28.2 Clause: passed: stale-data: the last tick was 9 s old and the feed was HEALTHY"
    `);
  });

  test('by limits says each with its numbers', async () => {
    expect((await why(refused[refused.length - 1])).sentence).toMatchInlineSnapshot(
      `"At 2026-01-05T10:44:00Z cross wanted to buy 0.4 BTC-USD at the market (crossed above) and was refused: its quantity 0.4 was more than the 0.1 an order of the strategy may have; and it was worth 43.24 USD, more than the 1.00 USD an order of the strategy may be."`,
    );
  });

  test('is told as recorded where its desk cannot be derived', async () => {
    const told = await explain(journal.reader(), refused[0], { digest: nodeDigest, catalogue: () => null });
    expect(told.ok).toBe(true);
    expect(told.sentence).toContain('cannot be derived here: strategy ema-cross of version');
  });
});

describe('a moment', () => {
  test('at which nothing happened: who was awake, what it saw, and what came next', async () => {
    expect(text(await why('10:33'))).toMatchInlineSnapshot(`
      "Between 2026-01-05T10:33:00Z and 10:34:00 nothing was ordered, refused or filled; 2 ticks of BTC-USD arrived. cross was awake and last woke at 2026-01-05T10:33:00Z for the 1 min interval to 10:33:00 (11.1): fast 101.0444 was above slow 100.9250 (held 0.0, target 0.2); it wanted nothing, for that was the last interval of its warm-up. At the end of it all gates were open and all feeds healthy. The next thing happened at 2026-01-05T10:34:00Z: buy 0.2 BTC-USD at the market was approved (crossed above); 5 clauses passed (13.2).
        11.1 StrategyWoke: strategy cross woke for bars of the interval to 10:33:00: fast 101.0444 was above slow 100.9250 (held 0.0, target 0.2); 0 intents
        13.2 OrderApproved: buy 0.2 BTC-USD at the market was approved (crossed above); 5 clauses passed"
    `);
  });

  test('at which the feed was down', async () => {
    expect((await why('2026-01-05T10:41:30Z')).sentence).toMatchInlineSnapshot(
      `"Between 2026-01-05T10:41:30Z and 10:41:31 nothing was ordered, refused or filled; no tick arrived. cross was awake and last woke at 2026-01-05T10:39:00Z for the 1 min interval to 10:39:00 (23.1): fast 99.0371 was not above slow 99.2988; position already -0.2; it wanted nothing. At the end of it the gate of BTC-USD was CANCEL_ONLY because feed-down: x, silent since 2026-01-05T10:38:31Z (3 min) and feed x of BTC-USD was DOWN: silent since 2026-01-05T10:38:31Z (3 min). The next thing happened at 2026-01-05T10:43:00Z: buy 0.4 BTC-USD at the market was refused: the global gate was KILLED, its quantity 0.4 was more than the 0.1 an order of the strategy may have and it was worth 40.20 USD, more than the 1.00 USD an order of the strategy may be (28.2)."`,
    );
  });

  test('while it was still warming', async () => {
    expect((await why('10:31')).sentence).toMatchInlineSnapshot(
      `"Between 2026-01-05T10:31:00Z and 10:32:00 nothing was ordered, refused or filled; 2 ticks of BTC-USD arrived. cross was still warming, 1 of 3 intervals seen, so it could not act; it last woke at 2026-01-05T10:31:00Z for the 1 min interval to 10:31:00 (7.1): it stated no condition; it wanted nothing. At the end of it all gates were open and all feeds healthy. The next thing happened at 2026-01-05T10:34:00Z: buy 0.2 BTC-USD at the market was approved (crossed above); 5 clauses passed (13.2)."`,
    );
  });

  test('at which something did happen', async () => {
    expect((await why('10:34')).sentence).toMatchInlineSnapshot(
      `"Between 2026-01-05T10:34:00Z and 10:35:00 something did happen: buy 0.2 BTC-USD at the market was approved (crossed above); 5 clauses passed (13.2); order 13.2 bought 0.2 BTC-USD at 101.50 as taker; fee 0.01 USD, gain 0.00 USD, position 0.2 (14.2); 2 ticks of BTC-USD arrived. cross was awake and last woke at 2026-01-05T10:34:00Z for the 1 min interval to 10:34:00 (13.1): fast 101.4148 was above slow 101.2625 (held 0.0, target 0.2); it wanted 1 thing. At the end of it all gates were open and all feeds healthy. The next thing happened at 2026-01-05T10:37:00Z: sell 0.4 BTC-USD at the market was approved (crossed below); 5 clauses passed (19.2)."`,
    );
  });

  test('before and after the journal', async () => {
    expect((await why('09:00')).sentence).toMatchInlineSnapshot(
      `"The journal holds nothing at 2026-01-05T09:00:00Z: it runs from 2026-01-05T10:30:00Z to 2026-01-05T10:44:21Z."`,
    );
    expect((await why(String(T + 60 * MINUTE_US))).ok).toBe(false);
  });

  test('without the strategies at hand the records are told', async () => {
    const told = await explain(journal.reader(), '10:33', { digest: nodeDigest, catalogue: () => null });
    expect(told.sentence).toContain('cross last woke at 2026-01-05T10:33:00Z');
    expect(told.sentence).toContain('Gates and feeds cannot be derived here');
  });
});

describe('a number', () => {
  test('what it was and what followed', async () => {
    const [fill] = decisions.filter((decision) => decision.type === 'OrderFilled');
    expect(text(await why(String(fill.cause)))).toMatchInlineSnapshot(`
      "Number 14 arrived at 2026-01-05T10:34:01Z: BTC-USD on x: 5.0 traded at 101.50. 8 decisions followed: VenueReported, OrderMoved, OrderFilled, 4 × Posted and EquityMarked; an order ended.
        14 Tick: BTC-USD on x: 5.0 traded at 101.50
        14.0 VenueReported: the venue said of order 13.2: filled 0.2 at 101.50 (fill 14.0)
        14.1 OrderMoved: order 13.2 went from LIVE to FILLED: Filled
        14.2 OrderFilled: order 13.2 bought 0.2 BTC-USD at 101.50 as taker; fee 0.01 USD, gain 0.00 USD, position 0.2
        14.3 Posted: -20.30 USD was posted to cash of paper, cross, BTC-USD (fill)
        14.4 Posted: 20.30 USD was posted to inventory of paper, cross, BTC-USD (fill)
        14.5 Posted: -0.01 USD was posted to cash of paper, cross, BTC-USD (fee)
        14.6 Posted: 0.01 USD was posted to fees of paper, cross, BTC-USD (fee)
        14.7 EquityMarked: equity of paper was marked at 99999.99 USD (fill)"
    `);
    expect((await why('3')).sentence).toMatchInlineSnapshot(
      `"Number 3 arrived at 2026-01-05T10:30:00Z: test commanded: Arm global *. 2 decisions followed: GateMoved and CommandAnswered."`,
    );
    expect((await why('999')).sentence).toMatchInlineSnapshot(
      `"The journal holds no number 999: it holds numbers 1 to 33, from 2026-01-05T10:30:00Z to 2026-01-05T10:44:21Z."`,
    );
  });
});

describe('any other decision', () => {
  test.each(['FeedMoved', 'GateMoved', 'EquityMarked', 'StrategyMoved', 'CandleClosed'] as const)('%s has its causes', async (type) => {
    const one = decisions.findLast((decision) => decision.type === type)!;
    expect(text(await why(`${one.cause}.${one.index}`))).toMatchSnapshot();
  });

  test('every decision of the journal can be explained, down to a tick, an input or a deadline', async () => {
    for (const { cause, index, type } of decisions) {
      const { ok, sentence, chain } = await why(`${cause}.${index}`);
      expect(ok, `${cause}.${index} ${type}`).toBe(true);
      expect(sentence).not.toMatch(/undefined|NaN|\[object/);
      expect(chain.map(({ type: step }) => step)).toContainEqual(
        expect.stringMatching(/^(Tick|Deadline|[A-Z]\w+(Opened|Defined|Given|Changed|Deployed))$/),
      );
    }
  });

  test('what is none of these is answered with what could be asked', async () => {
    expect(await why('why not')).toMatchObject({ ok: false, chain: [] });
    expect((await why('77.7')).sentence).toContain('The journal holds no decision 77.7: it holds numbers 1 to ');
    expect((await why('abcdefghijklmnopqrstuvwxyz')).sentence).toBe('No order has the client id abcdefghijklmnopqrstuvwxyz.');
  });
});

test('an order at a venue outside: what it said, and what a replace asked for and got', async () => {
  const account = 'out' as never;
  const outside = { sendWindowUs: 1_000_000 * 60, orphans: 'adopt', cashTolerance: 0n } as const;
  const at = (seconds: number) => T + seconds * SECOND_US;
  const begun: Step[] = [
    input(T, { type: 'AccountOpened', account: { ...accountSpec('out'), venue: 'sim', pure: null, cash: 0n, outside } }),
    defined(T, BTC),
    commanded(T, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    input(T, { type: 'SessionReady', account }),
    input(T, {
      ...{ type: 'VenueSnapshot', account, fills: [], orders: [], missing: [], transfers: [], positions: [] },
      balances: [{ currency: 'USD', amount: '10000000' }],
    }),
    commanded(T, 'arm out', { do: 'Arm', scope: 'account', of: 'out' }),
    deployed(T, {
      id: 'cross',
      account: 'out',
      name: 'ema-cross',
      parameters: { fast: 2, slow: 3, lots: 2 },
      on: [{ instrument: 'BTC-USD', source: 'x', timeframeUs: MINUTE_US }],
    }),
    ...walk(1, [100, 100.4, 100.5, 100.9, 101, 101.2, 101.4, 101.6, 101.5]),
  ];
  const order = decisionsOf(recordJournal(begun, { catalogue }).frames).find((decision) => decision.type === 'OrderApproved')!.order;
  const said = (seconds: number, report: object): Step => input(at(seconds), { type: 'OrderReported', order, report });
  const terms = { lots: 1, limit: null, stop: null };
  const told = recordJournal(
    [
      ...begun,
      said(242, { kind: 'Acked' }),
      commanded(at(243), 'less', { do: 'ReplaceOrder', order, ...terms }),
      said(244, { kind: 'Replaced', ...terms }),
    ],
    { catalogue },
  );
  const explained = await explain(seal(told.frames).reader(), order, { digest: nodeDigest, catalogue });
  expect(text(explained)).toMatchInlineSnapshot(`
    "Order 15.2 (client id ejrli3hs5gbi7mudemrhtgexqq) of cross: buy 0.2 BTC-USD at the market, wanted because fast 101.4148 was above slow 101.2625 (held 0.0, target 0.2) (crossed above), approved at 2026-01-05T10:34:00Z with every one of 3 clauses passed; acknowledged at 10:34:02; replace to 0.1 asked for at 10:34:03 (command); replaced to 0.1 at 10:34:04. It is LIVE at the end of what was recorded, without a fill.
      15 Tick: the last trade in it: BTC-USD on x: 5.0 traded at 101.60
      15 Deadline: a deadline fell due at 10:34:00, after number 15 (trade of BTC-USD at 10:33:31)
      15.0 CandleClosed: the 1 min candle of BTC-USD from 10:33:00 to 10:34:00 closed at 101.60
      15.1 StrategyWoke: strategy cross woke for bars of the interval to 10:34:00: fast 101.4148 was above slow 101.2625 (held 0.0, target 0.2); 1 intent
      15.2 OrderApproved: buy 0.2 BTC-USD at the market was approved (crossed above); 3 clauses passed
      15.2 Clause: passed: validity: the order was well formed
      15.2 Clause: passed: gate: every gate let it through
      15.2 Clause: passed: stale-data: the last tick was 29 s old and the feed was HEALTHY
      15.4 OrderRequested: send of order 15.2 was asked of the venue (crossed above)
      17 OrderReported: the venue said of order 15.2: Acked
      18.2 OrderRequested: replace of order 15.2 to 0.1 was asked of the venue (command)
      19 OrderReported: the venue said of order 15.2: replaced to 0.1"
  `);
});
