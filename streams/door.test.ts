import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { parseDecimal, pow10 } from '#engine/decimal.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { instrumentId, sourceId } from '#engine/values.ts';
import { stepOf, stepsOf } from './decimals.ts';
import { admit, Door, type Observation } from './door.ts';

const source = sourceId('synthetic');
const trade = (given: Partial<Observation> = {}): Observation => ({
  instrument: 'BTC-USD',
  source,
  kind: 'trade',
  timeframeUs: 0,
  venueTime: 1_000_000,
  venueSeq: null,
  side: 'buy',
  snapshot: false,
  values: ['60000.1', '0.0004'],
  ...given,
});
const door = () => new Door(syntheticInstruments(2));

describe('the door', () => {
  test('facts come as blocks in their order, one a lane', async () => {
    const quote = trade({ kind: 'quote', side: null, values: [60_000, 1, 60_000.5, '2.0000'] });
    const message = [trade({ venueSeq: 5 }), quote, trade({ venueSeq: 6, side: 'sell', values: [59_999.9, 0.001] })];
    const items = await lastValueFrom(from([message]).pipe(admit(door()), toArray()));
    expect(items).toMatchObject([
      {
        kind: 'market',
        lane: new Uint16Array([0, 1, 0]),
        blocks: [
          { kind: 'trade', count: 2, flags: new Uint8Array([1, 2]), venueSeq: new Float64Array([5, 6]) },
          { kind: 'quote', count: 1, venueSeq: new Float64Array(0) },
        ],
      },
    ]);
    const [chunk] = items;
    expect(chunk?.kind === 'market' && chunk.blocks.map(({ values }) => values.map((column) => [...column]))).toEqual([
      [
        [600_001, 599_999],
        [4, 10],
      ],
      [[600_000], [10_000], [600_005], [20_000]],
    ]);
  });

  test('what cannot be written as whole numbers is refused, counted, with an example', () => {
    const refusals = (...observations: unknown[]) =>
      door()
        .admit(observations as Observation[])
        .flatMap((item): readonly string[] => {
          if (item.kind === 'market') return [`${item.blocks[0]?.count} let in`];
          return item.records.map((r) => (r.type === 'TicksRefused' ? `${r.reason} ${r.instrument} ×${r.count} ${r.example}` : r.type));
        });
    const values = (...list: unknown[]) => trade({ values: list as number[] });
    expect(refusals(values(Number.NaN, 1), values(1, Infinity), values('NaN', '1'))).toEqual(['not-a-number BTC-USD ×3 NaN']);
    expect(refusals(values(60_000.15, 1))).toEqual(['precision BTC-USD ×1 60000.15']);
    expect(refusals(values('60000.10000001', 1), trade())).toEqual(['1 let in', 'precision BTC-USD ×1 60000.10000001']);
    expect(refusals(values('1e5', 1), values('', 1), values(null, 1), values('1'), values(' 1', 1))).toEqual(['malformed BTC-USD ×5 1e5']);
    expect(refusals(values('9'.repeat(17), 1), values(1e300, 1))).toEqual([`too-large BTC-USD ×2 ${'9'.repeat(17)}`]);
    expect(refusals(trade({ venueTime: 1.5 }), trade({ venueTime: -1 }), trade({ venueTime: 1e17 }))).toEqual([
      'precision BTC-USD ×1 1.5',
      'malformed BTC-USD ×1 -1',
      'too-large BTC-USD ×1 100000000000000000',
    ]);
    expect(refusals(null, 5, { ...trade(), kind: 'trades' }, { ...trade(), kind: 'constructor' })).toEqual([
      'malformed null ×2 null',
      'malformed BTC-USD ×2 trades',
    ]);
  });

  test('names of prototypes are names like any other', () => {
    for (const instrument of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])
      expect(door().admit([trade({ instrument })])).toMatchObject([
        { records: [{ type: 'TicksRefused', reason: 'unknown-instrument', instrument: null, example: instrument, source }] },
      ]);
    const odd = syntheticInstruments(1).map((instrument) => ({ ...instrument, id: instrumentId('constructor') }));
    expect(new Door(odd).admit([trade({ instrument: 'constructor' })])).toMatchObject([{ kind: 'market' }]);
    expect(door().admit([trade({ source: '__proto__' as never })])).toMatchObject([{ records: [{ source: 'unnamed' }] }]);
  });

  test('what is only unbelievable comes in: that is for the desk to say', () =>
    expect(door().admit([trade({ values: ['-5', '0'] }), trade({ values: [1e9, 1] })])).toMatchObject([{ blocks: [{ count: 2 }] }]));

  test('a lane that numbers its messages cannot leave a number out', () => {
    const one = door();
    one.admit([trade({ venueSeq: 1 })]);
    expect(one.admit([trade()])).toMatchObject([{ records: [{ reason: 'malformed', example: 'no venueSeq' }] }]);
    const other = door();
    other.admit([trade()]);
    expect(other.admit([trade({ venueSeq: 7 })])).toMatchObject([{ blocks: [{ venueSeq: new Float64Array(0) }] }]);
  });
});

describe('steps', () => {
  const exact = (text: string, step: string): number | string => {
    const [value, size] = [parseDecimal(text), parseDecimal(step)];
    const [above, below] = [value.digits * pow10(size.scale), size.digits * pow10(value.scale)];
    if (!Number.isSafeInteger(Number(above / below))) return 'too-large';
    return above % below === 0n ? Number(above / below) + 0 : 'precision';
  };
  const sizes = fc.constantFrom('0.01', '0.05', '1', '0.00001', '0.25', '2.5', '100', '0.000000000001');

  test('text: the quick way and the exact one agree', () => {
    const texts = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.bigInt({ min: 0n, max: 10n ** 20n }),
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom('', '0', '00'),
      )
      .map(([sign, digits, scale, zeros]) => {
        const whole = digits.toString().padStart(scale + 1, '0');
        return scale === 0 ? sign + whole : `${sign}${whole.slice(0, -scale)}.${whole.slice(-scale)}${zeros}`;
      });
    fc.assert(
      fc.property(texts, sizes, (text, size) => {
        expect(stepsOf(text, stepOf(size))).toBe(exact(text, size));
      }),
      { numRuns: 2_000 },
    );
  });

  test('numbers: every whole multiple that a double can say is found, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), sizes, (steps, size) => {
        const { digits, scale } = parseDecimal(size);
        const value = Number(`${BigInt(steps) * digits}e-${scale}`);
        expect(stepsOf(value, stepOf(size))).toBe(steps + 0);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), sizes, (value, size) => {
        const steps = stepsOf(value, stepOf(size));
        if (typeof steps === 'number')
          expect(Number(`${BigInt(steps) * parseDecimal(size).digits}e-${parseDecimal(size).scale}`)).toBe(value + 0);
      }),
      { numRuns: 2_000 },
    );
    expect(stepsOf(0.1 + 0.2, stepOf('0.1'))).toBe('precision');
    expect(stepsOf(1e-7, stepOf('0.0000001'))).toBe(1);
    expect(stepsOf(-0, stepOf('1'))).toBe(0);
  });
});
