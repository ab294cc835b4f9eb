// A backtest as it is typed: what the form lets through the gateway takes, and what the gateway would refuse of a field the form says at that field.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backtestBody } from '#gateway/contracts/rest-runs.ts';
import type { RestStrategyDetail } from '#gateway/contracts/rest-strategies.ts';
import { bodyOf, commandOf, faultsOf, NO_TERMS, otherMarkets, type RunTerms, VENUE } from './run-terms.ts';

const PARAMETERS: RestStrategyDetail['parameters'] = {
  n: { kind: 'whole', least: 2, most: 50, standard: 5, about: '' },
  share: { kind: 'number', least: -1, most: 1.5, standard: 0.5, about: '' },
  on: { kind: 'flag', standard: true, about: '' },
  way: { kind: 'choice', of: ['both', 'long'], standard: 'both', about: '' },
};
const terms = (given: Partial<RunTerms> = {}): RunTerms => ({ ...NO_TERMS, tapes: ['day'], ...given });

test('what is left empty is left out: standard settings are the same run as at the terminal', () => {
  expect(backtestBody.parse(bodyOf('dips', terms(), PARAMETERS))).toEqual(backtestBody.parse({ strategy: 'dips', tapes: ['day'] }));
  expect(commandOf(bodyOf('dips', terms(), PARAMETERS))).toBe('npx retrace backtest dips --tape day');
});

test('what is written is sent as its parameter is, and stands in the command', () => {
  const given = terms({
    set: { n: ' 7 ', share: '0.25', on: 'false', way: 'long', gone: '1' },
    from: '2022-01-01',
    cash: '5000',
    tags: 'a, b',
    venue: { fee: '2', fills: 'whole' },
  });
  expect(faultsOf(given, PARAMETERS)).toEqual({});
  const body = bodyOf('dips', given, PARAMETERS);
  expect(body.set).toEqual({ n: 7, share: 0.25, on: false, way: 'long' });
  expect(commandOf(body)).toBe(
    'npx retrace backtest dips --tape day --set n=7 --set share=0.25 --set on=false --set way=long --from 2022-01-01 --cash 5000 --tag a --tag b --fee 2 --fills whole',
  );
});

test('a market beside the first must be named where its bars are as long, and may be left to the traded one where they are longer', () => {
  const market = (name: string, timeframeUs: number | null) => ({ name, timeframeUs, about: '' });
  const own = (...markets: ReturnType<typeof market>[]): readonly boolean[] =>
    otherMarkets({ markets, subscriptions: markets.length }).map((one) => one.own);
  expect(own(market('main', null), market('other', null))).toEqual([true]);
  expect(own(market('main', 60), market('same', 60), market('hour', 3600))).toEqual([true, false]);
  expect(otherMarkets({ markets: [], subscriptions: 3 }).map(({ name, own }) => [name, own])).toEqual([
    ['market2', true],
    ['market3', true],
  ]);
  const others = otherMarkets({ markets: [market('main', null), market('other', null)], subscriptions: 2 });
  expect(Object.keys(faultsOf(terms(), PARAMETERS, others))).toEqual(['markets.other']);
  expect(faultsOf(terms({ markets: { other: 'ETH-USD' } }), PARAMETERS, others)).toEqual({});
});

describe('faults', () => {
  test.each([
    ['set.n', { set: { n: '51' } }],
    ['set.n', { set: { n: '2.5' } }],
    ['set.share', { set: { share: '1.6' } }],
    ['set.share', { set: { share: '1e0' } }],
    ['set.way', { set: { way: 'short' } }],
    ['from', { from: 'monday' }],
    ['to', { from: '2022-01-02', to: '2022-01-01' }],
    ['timeframe', { timeframe: '5 min' }],
    ['cash', { cash: 'a lot' }],
    ['tags', { tags: 'ok not/ok' }],
    ['venue.latency', { venue: { latency: 'slow' } }],
    ['tapes', { tapes: [] }],
  ])('%s of %j', (field, given) => {
    expect(Object.keys(faultsOf(terms(given as Partial<RunTerms>), PARAMETERS))).toEqual([field]);
  });
});

test('whatever is typed without a fault, the gateway takes', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      '',
      '1',
      '-1',
      '0.5',
      '5m',
      '100ms',
      'seeded:1ms..2ms:3',
      '2022-01-01',
      '2022-01-01T09:30Z',
      '250@21:00',
      'lots',
      'touch',
    ),
  );
  const fields = [
    ...(['from', 'to', 'timeframe', 'cash', 'tags'] as const),
    ...VENUE.filter(({ of }) => of === undefined).map(({ name }) => name),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...fields), text, (field, typed) => {
      const given = terms(Object.hasOwn(NO_TERMS, field) ? { [field]: typed } : { venue: { [field]: typed } });
      const refused = backtestBody.safeParse(bodyOf('dips', given, PARAMETERS)).error?.issues ?? [];
      // and where the gateway refuses, the form has said it
      if (Object.keys(faultsOf(given, PARAMETERS)).length === 0) expect(refused).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
