import { expect, test } from 'vitest';
import type { InputRecord } from './inputs.ts';
import { checkInput, faultOf, LONGEST_NAME, LONGEST_UNEXPLAINED, LONGEST_WHY } from './inputs-check.ts';
import type { Seq, TimeUs } from './values.ts';

const input = (body: object): InputRecord => ({ seq: 1 as Seq, at: 1 as TimeUs, ...body }) as InputRecord;
const feed = {
  source: 's',
  latenessUs: 0,
  graceUs: 0,
  silentUs: null,
  muteUs: null,
  lagUs: null,
  lagDownUs: null,
  absurdPermille: null,
  settleUs: 1,
  faultsToDown: 5,
  fillFlat: false,
};
const instrument = {
  id: 'X',
  version: 1,
  tick: '0.01',
  lot: '1',
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar: 'ALWAYS',
  feeds: [feed],
};
const account = {
  id: 'A',
  mode: 'PAPER',
  venue: 'pure',
  calendar: 'ALWAYS',
  currency: 'USD',
  currencyScale: 2,
  cash: 0n,
  pure: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'lots', rejectAboveLots: null },
};

test.each([
  ['an unknown calendar', { type: 'InstrumentDefined', instrument: { ...instrument, calendar: 'XXXX' } }, 'ALWAYS, NYSE, NSE'],
  ['a tick of nothing', { type: 'InstrumentDefined', instrument: { ...instrument, tick: '0' } }, 'positive'],
  ['a tick that is no decimal', { type: 'InstrumentDefined', instrument: { ...instrument, tick: '1e-2' } }, '1e-2'],
  ['no feed', { type: 'InstrumentDefined', instrument: { ...instrument, feeds: [] } }, 'at least one'],
  ['an account without terms', { type: 'AccountOpened', account: { ...account, pure: null } }, 'pure'],
  [
    'a venue that takes what there is not',
    {
      type: 'AccountOpened',
      account: {
        ...{ ...account, venue: 'x', pure: null },
        outside: {
          ...{ sendWindowUs: 2_000_000, orphans: 'adopt', cashTolerance: 0n },
          takes: { orderTypes: ['iceberg'], timesInForce: [], postOnly: false },
        },
      },
    },
    'outside: takes',
  ],
  ['a microsecond candle', { type: 'StrategyDeployed', strategy: 's', subscriptions: [{ timeframeUs: 1 }] }, '1000'],
  ['a fill of no lots', { type: 'OrderReported', order: '1.0', report: { kind: 'Filled', lots: 0, price: 1, fee: '0' } }, 'lots: 0'],
  [
    'a fill at half a tick',
    { type: 'OrderReported', order: '1.0', report: { kind: 'Filled', lots: 1, price: 1.5, fee: '0' } },
    'price: 1.5',
  ],
  ['a fee in fractions', { type: 'OrderReported', order: '1.0', report: { kind: 'Filled', lots: 1, price: 1, fee: '0.1' } }, 'fee'],
  ['a command nobody knows', { type: 'CommandGiven', command: { do: 'Dance' } }, 'Dance'],
])('%s is refused with the field and what is allowed', (_what, body, said) => {
  expect(faultOf(input(body))).toContain(said);
  expect(() => checkInput(input(body))).toThrow(said);
});

test.each([
  [{ limitFills: 'never' }, 'limitFills'],
  [{ slippageTicks: 0.5 }, 'slippageTicks: 0.5'],
  [{ slippageBp: -1 }, 'slippageBp: -1'],
  [{ spreadTicks: Number.NaN }, 'spreadTicks'],
  [{ volumePermille: 0 }, 'volumePermille: 0'],
  [{ volumePermille: 100, fills: 'whole' }, "fills 'lots'"],
])('fills that are worse by %o are refused', (worse, said) => {
  expect(faultOf(input({ type: 'AccountOpened', account: { ...account, pure: { ...account.pure, ...worse } } }))).toContain(said);
});

test('what the desk can take passes', () => {
  expect(faultOf(input({ type: 'InstrumentDefined', instrument }))).toBeNull();
  expect(faultOf(input({ type: 'AccountOpened', account }))).toBeNull();
  expect(faultOf(input({ type: 'SourceBeat', source: 's', beats: 1 }))).toBeNull();
});

const snapshot = { type: 'VenueSnapshot', account: 'A', fills: [], orders: [], missing: [], transfers: [], positions: [], balances: [] };
const fill = { id: 'f', name: 'n', instrument: 'X', side: 'buy', lots: 1, price: 1, fee: '0', maker: false };
const row = {
  name: 'n',
  instrument: 'X',
  side: 'buy',
  type: 'limit',
  lots: 1,
  limit: 1,
  stop: null,
  filled: 0,
  state: 'working',
  reason: '',
};
const subscription = { instrument: 'X', source: 's', timeframeUs: 60_000_000 };
const deployment = {
  type: 'StrategyDeployed',
  strategy: 's',
  name: 'n',
  version: 'v',
  account: 'A',
  parameters: {},
  subscriptions: [subscription],
};

/** Each as long as it may be, given the text to put in. */
const TEXTS: readonly (readonly [what: string, most: number, body: (text: string) => object])[] = [
  ['an instrument', LONGEST_NAME, (id) => ({ type: 'InstrumentDefined', instrument: { ...instrument, id } })],
  ['its source', LONGEST_NAME, (source) => ({ type: 'InstrumentDefined', instrument: { ...instrument, feeds: [{ ...feed, source }] } })],
  ['an account', LONGEST_NAME, (id) => ({ type: 'AccountOpened', account: { ...account, id } })],
  ['the scope of limits', LONGEST_NAME, (of) => ({ type: 'LimitsChanged', scope: 'strategy', of, limits: {} })],
  ['a strategy', LONGEST_NAME, (strategy) => ({ ...deployment, strategy })],
  ['its subscription', LONGEST_NAME, (source) => ({ ...deployment, subscriptions: [{ ...subscription, source }] })],
  ['a source', LONGEST_NAME, (source) => ({ type: 'SourceBeat', source, beats: 1 })],
  [
    'a refusing source',
    LONGEST_NAME,
    (source) => ({ type: 'TicksRefused', source, instrument: null, reason: 'precision', count: 1, example: '' }),
  ],
  ['an order', LONGEST_NAME, (order) => ({ type: 'OrderReported', order, report: { kind: 'Acked' } })],
  ["a report's reason", LONGEST_WHY, (reason) => ({ type: 'OrderReported', order: '1.0', report: { kind: 'Rejected', reason } })],
  ["a report's fill", LONGEST_NAME, (id) => ({ type: 'OrderReported', order: '1.0', report: { ...fill, kind: 'Filled', fill: id } })],
  ['an effect', LONGEST_NAME, (effect) => ({ type: 'EffectNotSent', effect, why: 'late' })],
  ["a signal's key", LONGEST_NAME, (key) => ({ type: 'SignalReceived', strategy: 's', signal: 'go', key, payload: null })],
  ["a command's key", LONGEST_NAME, (key) => ({ type: 'CommandGiven', key, by: 'o', sawSeq: null, command: { do: 'Kill', why: '' } })],
  ['why of a kill', LONGEST_WHY, (why) => ({ type: 'CommandGiven', key: 'k', by: 'o', sawSeq: null, command: { do: 'Kill', why } })],
  ['why of a balance', LONGEST_WHY, (why) => ({ type: 'BalanceAdjusted', account: 'A', currency: 'USD', amount: 1n, why })],
  ['an unexplained difference', LONGEST_UNEXPLAINED, (text) => ({ type: 'Reconciled', account: 'A', unexplained: ['', text] })],
  ['a listed fill', LONGEST_NAME, (id) => ({ ...snapshot, fills: [fill, { ...fill, id }] })],
  ['a listed order', LONGEST_NAME, (name) => ({ ...snapshot, orders: [{ ...row, name }] })],
  ['its reason', LONGEST_WHY, (reason) => ({ ...snapshot, orders: [{ ...row, reason }] })],
  ['a missing name', LONGEST_NAME, (name) => ({ ...snapshot, missing: ['n', name] })],
  ['a transfer', LONGEST_WHY, (why) => ({ ...snapshot, transfers: [{ id: 't', currency: 'USD', amount: '1', why }] })],
  ['a listed position', LONGEST_NAME, (name) => ({ ...snapshot, positions: [{ instrument: name, lots: 1, price: null }] })],
  ['a listed balance', LONGEST_NAME, (currency) => ({ ...snapshot, balances: [{ currency, amount: '1' }] })],
];

test.each(TEXTS)('%s has at most %d characters', (_what, most, body) => {
  expect(faultOf(input(body('x'.repeat(most))))).toBeNull();
  expect(() => checkInput(input(body('x'.repeat(most + 1))))).toThrow(`a text of ${most + 1} characters, more than ${most}`);
});

test('a payload, and why a line was lost or a journal is in trouble, may say as much as they like', () => {
  const long = 'x'.repeat(100_000);
  expect(faultOf(input({ type: 'SignalReceived', strategy: 's', signal: 'go', key: 'k', payload: { why: long, id: long } }))).toBeNull();
  for (const type of ['SourceLost', 'SessionLost', 'JournalTroubled'])
    expect(faultOf(input({ type, account: 'A', source: 's', why: long }))).toBeNull();
  expect(faultOf(input({ type: 'SessionLost', account: long, why: '' }))).toContain('account');
});
