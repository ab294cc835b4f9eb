import { expect, test } from 'vitest';
import type { InputRecord } from './inputs.ts';
import { checkInput, faultOf } from './inputs-check.ts';
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

test('what the desk can take passes', () => {
  expect(faultOf(input({ type: 'InstrumentDefined', instrument }))).toBeNull();
  expect(faultOf(input({ type: 'AccountOpened', account }))).toBeNull();
  expect(faultOf(input({ type: 'SourceBeat', source: 's', beats: 1 }))).toBeNull();
});
