// Records keep their values and their bytes; any other bytes are refused by name.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DECISIONS, type Decision } from '../decisions.ts';
import { INPUTS, type InputRecord } from '../inputs.ts';
import { amount, type FieldKind, flag, float, int, type RecordSchema, record, text, textOrNone } from '../record.ts';
import { BadRecord, Unrecordable } from './bytes.ts';
import { decodePlain, encodePlain } from './plain-codec.ts';
import { decisionBytes, decodeDecisions, decodeInputs, encodeDecisionAs, inputBytes, RecordWriter, recordRanges } from './record-codec.ts';
import { recordTable } from './record-table.ts';

const someText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('BTC', '', '\ufeffmark', 'ß€😀'),
);
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER));
const big = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(1n << 900n), max: 1n << 900n }),
  fc.constantFrom(0n, -1n, 1n << 64n, -(1n << 64n), (1n << 64n) - 1n),
);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const key = fc.string({ maxLength: 8 }).filter((name) => name !== '__proto__');
const { plain: somePlain } = fc.letrec((tie) => ({
  plain: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true }),
    big,
    someText,
    fc.array(tie('plain'), { maxLength: 4 }),
    fc.dictionary(key, tie('plain'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const OF_KIND: Record<FieldKind, fc.Arbitrary<unknown>> = {
  text: someText,
  'text?': fc.option(someText),
  int: whole,
  'int?': fc.option(whole),
  float: finite,
  flag: fc.boolean(),
  amount: big,
  'amount?': fc.option(big),
  plain: somePlain,
};
const bodyOf = (schema: RecordSchema) =>
  fc.record(Object.fromEntries(Object.entries(schema.fields).map(([name, { kind }]) => [name, OF_KIND[kind]])));
const from0 = fc.maxSafeInteger().map(Math.abs);
const decision = fc.oneof(
  ...Object.entries<RecordSchema>(DECISIONS).map(([type, schema]) =>
    fc
      .tuple(from0, fc.nat(), whole, bodyOf(schema))
      .map(([cause, index, at, body]) => ({ type, cause, index, at, ...body }) as unknown as Decision),
  ),
);
const input = fc.oneof(
  ...Object.entries<RecordSchema>(INPUTS).map(([type, schema]) =>
    fc.tuple(from0, whole, bodyOf(schema)).map(([seq, at, body]) => ({ type, seq, at, ...body }) as unknown as InputRecord),
  ),
);
/** −0 is 0 in a record. */
const normal = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, normal(each)]));
  return value;
};

const candle = (over: object = {}): Decision =>
  ({
    type: 'CandleClosed',
    cause: 8_412_077,
    index: 3,
    at: 1_700_000_000_000_000,
    instrument: 'BTC-USD',
    source: 'sim',
    timeframeUs: 60_000_000,
    start: 1,
    end: 2,
    open: 5,
    high: 9,
    low: -3,
    close: 6,
    volume: 70,
    trades: 8,
    complete: true,
    by: 'tick',
    ...over,
  }) as unknown as Decision;

const allOf = (decisions: readonly Decision[]): Uint8Array => {
  const writer = new RecordWriter();
  for (const each of decisions) writer.decision(each);
  return writer.take();
};

describe('records', () => {
  test('a candle, byte for byte', () => {
    expect(
      Buffer.from(decisionBytes(candle()))
        .toString('hex')
        .replace(/(.{64})/g, '$1\n'),
    ).toMatchInlineSnapshot(`
      "74000000010001000000a0750b60410300000000007960902818430700425443
      2d555344030073696d00000000389c8c41000000000000f03f00000000000000
      400000000000001440000000000000224000000000000008c000000000000018
      40000000000080514000000000000020400104007469636b"
    `);
  });

  test('decode after encode gives every decision back', () => {
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 5 }), (decisions) => {
        expect(decodeDecisions(allOf(decisions))).toEqual(normal(decisions));
      }),
      { numRuns: 500 },
    );
  });

  test('decode after encode gives every input back', () => {
    fc.assert(
      fc.property(input, (each) => {
        expect(decodeInputs(inputBytes(each))).toEqual([normal(each)]);
      }),
      { numRuns: 500 },
    );
  });

  test('encode after decode gives the same bytes, whatever was flipped and still accepted', () => {
    let accepted = 0;
    fc.assert(
      fc.property(decision, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, place, flip) => {
        const bytes = decisionBytes(each);
        bytes[place % bytes.length] ^= flip;
        const read = orBad(() => decodeDecisions(bytes));
        if (read === null) return;
        accepted++;
        expect(Buffer.compare(allOf(read), bytes)).toBe(0);
      }),
      { numRuns: 4_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  test('any bytes give records or a BadRecord', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        orBad(() => decodeDecisions(bytes));
        orBad(() => decodeInputs(bytes));
        orBad(() => decodePlain(bytes));
        orBad(() => [...recordRanges(bytes)]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('every cut of a record is refused', () => {
    const bytes = allOf([candle(), candle({ index: 4 })]);
    const first = decisionBytes(candle()).length;
    for (let end = 1; end < bytes.length; end++)
      if (end !== first) expect(() => decodeDecisions(bytes.subarray(0, end)), `cut at ${end}`).toThrow(BadRecord);
  });

  test('a lying length allocates nothing', () => {
    const lies = [
      Uint8Array.of(6, 255, 255, 255, 255),
      Uint8Array.of(7, 255, 255, 255, 255),
      Uint8Array.of(5, 255, 255, 255, 255),
      Uint8Array.of(4, 255),
      new Uint8Array(100_000).fill(6),
    ];
    for (const lie of lies) expect(() => decodePlain(lie)).toThrow(BadRecord);
    const long = decisionBytes(candle());
    long.fill(255, 0, 4);
    expect(() => decodeDecisions(long)).toThrow(/^length at byte 0/);
  });

  test('ranges say where each record lies without reading its fields', () => {
    const decisions = [candle(), candle({ cause: 9, by: 'deadline' })];
    const bytes = allOf(decisions);
    const ranges = [...recordRanges(bytes)];
    expect(ranges.map(({ id, version, number }) => [id, version, number])).toEqual([
      [1, 1, 8_412_077],
      [1, 1, 9],
    ]);
    expect(ranges.flatMap(({ start, end }) => decodeDecisions(bytes.subarray(start, end)))).toEqual(decisions);
  });

  test('what is not a number, not whole, or not text has no bytes, and leaves the writer as it was', () => {
    const writer = new RecordWriter();
    writer.decision(candle());
    const before = writer.length;
    for (const wrong of [
      { open: Number.NaN },
      { open: 1.5 },
      { open: 2 ** 53 },
      { instrument: '\ud800' },
      { instrument: null },
      { complete: 1 },
      { index: -1 },
      { cause: -1 },
    ])
      expect(() => writer.decision(candle(wrong)), JSON.stringify(wrong)).toThrow(Unrecordable);
    expect(() => writer.decision(candle({ instrument: 'x'.repeat(65_536) }))).toThrow(Unrecordable);
    expect(writer.length).toBe(before);
    expect(decodeDecisions(writer.take())).toEqual([candle()]);
  });
});

describe('plain data', () => {
  test('bytes do not depend on the order keys were set in', () => {
    expect(encodePlain({ b: 1, a: [2n, null], 10: true, 9: '' })).toEqual(encodePlain({ 9: '', 10: true, a: [2n, null], b: 1 }));
  });

  test('only plain data has bytes', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    for (const wrong of [
      new Map(),
      new Uint8Array(1),
      new Date(0),
      undefined,
      [undefined],
      { a: undefined },
      () => 1,
      Number.NaN,
      loop,
      JSON.parse('{"__proto__":1}'),
    ])
      expect(() => encodePlain(wrong as never)).toThrow(Unrecordable);
  });

  test('non-canonical bytes are refused', () => {
    const number = (value: number) => [3, ...new Uint8Array(Float64Array.of(value).buffer)];
    const key = (name: string) => [name.length, 0, 0, 0, ...Buffer.from(name)];
    for (const wrong of [
      number(-0),
      number(Number.NaN),
      [4, 128], // minus zero
      [4, 2, 1, 0], // a leading zero byte
      [5, 2, 0, 0, 0, 0xc1, 0x81], // overlong UTF-8
      [5, 3, 0, 0, 0, 0xed, 0xa0, 0x80], // a surrogate
      [7, 2, 0, 0, 0, ...key('b'), 0, ...key('a'), 0], // keys out of order
      [7, 2, 0, 0, 0, ...key('a'), 0, ...key('a'), 0], // a key twice
      [7, 1, 0, 0, 0, ...key('__proto__'), 0],
      [0, 0], // something after the value
      [8],
    ])
      expect(() => decodePlain(Uint8Array.from(wrong)), wrong.join()).toThrow(BadRecord);
  });

  test('a key that names a method of every object is only a key', () => {
    const read = decodePlain(encodePlain({ constructor: 1, toString: 2, hasOwnProperty: 3 } as never));
    expect(Object.keys(read as object).sort()).toEqual(['constructor', 'hasOwnProperty', 'toString']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe('schema versions', () => {
  const HEAD = ['cause', 'index', 'at'];
  const before = { name: text(), open: int() };
  const planted = {
    Planted: record(1, { name: text(), open: int(), fee: amount(), note: textOrNone(), share: float(), ok: flag() }, [before]),
  };
  const newest = recordTable(planted, HEAD);
  const older = recordTable({ Planted: record(1, before) }, HEAD);
  const fresh = {
    type: 'Planted',
    cause: 7,
    index: 0,
    at: 9,
    name: 'n',
    open: 4,
    fee: -5n,
    note: null,
    share: 0.5,
    ok: false,
  } as unknown as Decision;

  test('a fresh decision in the older schema has the bytes the older build wrote', () => {
    const recorded = encodeDecisionAs({ type: 'Planted', cause: 7, index: 0, at: 9, name: 'n', open: 4 } as unknown as Decision, 1, older);
    expect(encodeDecisionAs(fresh, 1, newest)).toEqual(recorded);
    expect([...recordRanges(recorded)].map(({ version }) => version)).toEqual([1]);
    expect(decodeDecisions(recorded, newest)).toEqual([{ type: 'Planted', cause: 7, index: 0, at: 9, name: 'n', open: 4 }]);
  });

  test('the newest schema keeps every field; an unknown version is refused', () => {
    const bytes = encodeDecisionAs(fresh, 2, newest);
    expect(decodeDecisions(bytes, newest)).toEqual([fresh]);
    expect(() => decodeDecisions(bytes, older)).toThrow('Planted has no schema version 2');
  });
});

function orBad<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadRecord) return null;
    throw error;
  }
}

test('what is written most is written as the table says, also where it is not what it should be', () => {
  const numbers = fc.array(fc.oneof(fc.tuple(someText, fc.oneof(fc.double(), big, someText)), somePlain), { maxLength: 4 });
  const condition = fc.oneof(
    fc.record({ name: someText, holds: fc.boolean(), numbers }),
    fc.record({ numbers, holds: fc.boolean(), name: someText, more: somePlain }, { requiredKeys: [] }),
    somePlain,
  );
  const woke = bodyOf(DECISIONS.StrategyWoke).chain((body) =>
    fc.oneof(fc.array(condition, { maxLength: 3 }), somePlain).map((conditions) => ({ type: 'StrategyWoke', ...body, conditions })),
  );
  const closed = bodyOf(DECISIONS.CandleClosed).map((body) => ({ type: 'CandleClosed', ...body }));
  const wrong = fc.constantFrom(undefined, Number.NaN, 1.5, 'x', 7, true, null, [], {});
  const bytesOr = (write: () => Uint8Array): string => {
    try {
      return Buffer.from(write()).toString('hex');
    } catch (error) {
      if (!(error instanceof Unrecordable)) throw error;
      return `refused: ${error.message}`;
    }
  };
  const fields = { StrategyWoke: Object.keys(DECISIONS.StrategyWoke.fields), CandleClosed: Object.keys(DECISIONS.CandleClosed.fields) };
  fc.assert(
    fc.property(fc.oneof(woke, closed), fc.option(fc.tuple(fc.nat(20), wrong)), (body, spoilt) => {
      const decision = { cause: 7, index: 0, at: 5, ...body } as unknown as Decision & Record<string, unknown>;
      const names = fields[decision.type as 'CandleClosed'];
      if (spoilt !== null) (decision as Record<string, unknown>)[names[spoilt[0] % names.length]!] = spoilt[1];
      expect(bytesOr(() => decisionBytes(decision))).toBe(bytesOr(() => encodeDecisionAs(decision, 1)));
    }),
    { numRuns: 2000 },
  );
});
