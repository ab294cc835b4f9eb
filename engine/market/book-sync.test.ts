/**
 * What each venue's rule promises, trap by trap, and seeded twins of exchanges with a hidden true book: whatever is late, shuffled or lost
 * on the way, a book that is served is the true one at the message it stands at.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecimal } from '../decimal.ts';
import { type RandomStream, randomStream } from '../random.ts';
import { type Level, OrderBook, type SavedBook } from './book.ts';
import { fixedText, krakenChecksum, okxChecksum, shortText } from './book-checksum.ts';
import type { SequenceRule } from './book-sequence.ts';
import { type BookMessage, type BookSpec, MOST_WAITING, SyncedBook } from './book-sync.ts';

const spec = (rule: SequenceRule, more: Partial<BookSpec> = {}): BookSpec => ({ rule, depth: null, checksum: null, ...more });
const message = (said: Partial<BookMessage>): BookMessage => ({
  ...{ snapshot: false, first: null, last: null, previous: null, bids: [], asks: [], checksum: null },
  ...said,
});
const whole = (last: number | null, bids: readonly Level[] = [[10, 1]], asks: readonly Level[] = [[11, 1]]) =>
  message({ snapshot: true, last, bids, asks });
const spot = (first: number, last: number, bids: readonly Level[] = []) => message({ first, last, bids });
const futures = (previous: number, first: number, last: number, bids: readonly Level[] = []) => message({ previous, first, last, bids });
const bybit = (last: number, bids: readonly Level[] = []) => message({ last, bids });
const okx = (previous: number, last: number, bids: readonly Level[] = []) => message({ previous, last, bids });
const answers = (book: SyncedBook, messages: readonly BookMessage[]) => messages.map((each) => book.take(each));
const lotsAt = (book: SyncedBook, price: number) => book.book?.bids.lotsOf(price);

describe('Binance spot', () => {
  const joined = () => {
    const book = new SyncedBook(spec('binance-spot'));
    book.take(whole(100));
    return book;
  };
  test('the first change spans the update behind the snapshot, the next begin one behind the last', () => {
    const book = joined();
    expect(answers(book, [spot(90, 100), spot(95, 103, [[10, 5]]), spot(104, 104, [[9, 2]]), spot(104, 104)])).toEqual([
      ...['ignored', 'applied', 'applied', 'ignored'],
    ]);
    expect([lotsAt(book, 10), lotsAt(book, 9)]).toEqual([5, 2]);
  });
  test.each([
    ['behind the snapshot', [spot(102, 105)]],
    ['between two changes', [spot(101, 105), spot(107, 108)]],
    ['an overlap that is no beginning', [spot(101, 105), spot(105, 108)]],
  ])('a gap %s, and nothing is served', (_, messages) => {
    const book = joined();
    expect(answers(book, messages).at(-1)).toBe('gap');
    expect(book.book).toBeNull();
    expect(book.take(spot(500, 501))).toBe('gap');
    expect(book.take(whole(400))).toBe('gap'); // older than what waits behind it
    expect(book.book).toBeNull();
    expect(book.take(whole(500))).toBe('applied');
    expect(book.book).not.toBeNull();
  });
  test('a snapshot that was overtaken does not set the book back', () => {
    const book = joined();
    book.take(spot(101, 105, [[10, 7]]));
    expect(book.take(whole(103))).toBe('ignored');
    expect(lotsAt(book, 10)).toBe(7);
  });
  test('a change that takes away a level that is not there is nothing', () => {
    const book = joined();
    expect(book.take(spot(101, 101, [[3, 0]]))).toBe('applied');
    expect(book.book?.save()).toEqual({ bids: [[10, 1]], asks: [[11, 1]] });
  });
  test('more than may wait: the oldest are lost, and a snapshot that would need them is too old', () => {
    const book = new SyncedBook(spec('binance-spot'));
    for (let u = 1; u <= MOST_WAITING + 1; u++) expect(book.take(spot(u, u))).toBe('gap');
    expect(book.take(whole(0))).toBe('gap');
    expect(book.take(whole(1))).toBe('applied');
  });
});

describe('Binance futures', () => {
  test('numbers are shared by all symbols: it is the one before that must be named', () => {
    const book = new SyncedBook(spec('binance-futures'));
    expect(answers(book, [whole(100), futures(40, 60, 90), futures(90, 97, 130), futures(130, 155, 170), futures(130, 155, 170)])).toEqual([
      ...['applied', 'ignored', 'applied', 'applied', 'ignored'],
    ]);
    expect(book.take(futures(171, 172, 190))).toBe('gap'); // although 172 is not far from 170
    expect(book.book).toBeNull();
  });
  test('a change that ends where the snapshot was taken joins it; one that names a later one does not', () => {
    const book = new SyncedBook(spec('binance-futures'));
    expect(answers(book, [whole(100), futures(80, 85, 100, [[10, 1]]), futures(100, 140, 150)])).toEqual(['applied', 'applied', 'applied']);
    expect(book.take(futures(120, 160, 190))).toBe('gap'); // behind the first, one before must be named exactly
    const other = new SyncedBook(spec('binance-futures'));
    expect(answers(other, [whole(100), futures(101, 110, 120)])).toEqual(['applied', 'gap']);
  });
  test('a change that names none before it cannot be shown to follow', () => {
    const book = new SyncedBook(spec('binance-futures'));
    expect(answers(book, [whole(100), spot(101, 101)])).toEqual(['applied', 'gap']);
  });
});

describe('Bybit', () => {
  test('each message is one behind the last; a snapshot replaces the book whenever it comes', () => {
    const book = new SyncedBook(spec('bybit'));
    expect(answers(book, [bybit(6), whole(7), bybit(8, [[9, 4]]), bybit(8, [[9, 5]]), bybit(9)])).toEqual([
      ...['gap', 'applied', 'applied', 'ignored', 'applied'],
    ]);
    expect(lotsAt(book, 9)).toBe(4);
    expect(book.take(whole(5, [[8, 2]], []))).toBe('applied'); // also one of a lower number
    expect(book.book?.save()).toEqual({ bids: [[8, 2]], asks: [] });
    expect(answers(book, [bybit(6), bybit(8), bybit(9)])).toEqual(['applied', 'gap', 'gap']);
    expect(book.book).toBeNull();
  });
  test('number 1 is a restart of the service: a whole book, whatever the message is called', () => {
    const book = new SyncedBook(spec('bybit'));
    expect(answers(book, [whole(900), bybit(901), bybit(1, [[5, 5]]), bybit(2, [[4, 4]])])).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ]);
    expect(book.book?.save()).toEqual({
      bids: [
        [5, 5],
        [4, 4],
      ],
      asks: [],
    });
  });
});

describe('OKX and the unnumbered', () => {
  test('each names the one before it: one without changes repeats a number, and numbers may begin again below', () => {
    const book = new SyncedBook(spec('okx'));
    expect(answers(book, [whole(50), okx(50, 58), okx(58, 58), okx(58, 3), okx(3, 9), okx(2, 8), okx(11, 12)])).toEqual([
      ...['applied', 'applied', 'applied', 'applied', 'applied', 'ignored', 'gap'],
    ]);
  });
  test('before the first snapshot nothing is known; behind it every change follows', () => {
    const book = new SyncedBook(spec('unnumbered'));
    expect(answers(book, [message({ bids: [[3, 3]] }), whole(null), message({ bids: [[9, 9]] }), whole(null)])).toEqual([
      ...['gap', 'applied', 'applied', 'applied'],
    ]);
    expect(book.book?.save()).toEqual({ bids: [[10, 1]], asks: [[11, 1]] });
  });
});

test('a book that is crossed behind a message is not served until a snapshot', () => {
  const book = new SyncedBook(spec('bybit'));
  expect(answers(book, [whole(7), bybit(8, [[11, 1]]), bybit(9)])).toEqual(['applied', 'crossed', 'gap']);
  expect(book.book).toBeNull();
  expect(book.take(whole(10))).toBe('applied');
});

test('who is told that the connection was lost serves nothing, and keeps nothing that waited', () => {
  const book = new SyncedBook(spec('binance-spot'));
  book.take(whole(1));
  book.take(spot(5, 5));
  book.forget();
  expect(book.book).toBeNull();
  expect(book.save().waiting).toEqual([]);
});

// ── Checksums ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bit by bit, as the polynomial is written down. */
function plainCrc(text: string): number {
  let crc = 0xffffffff;
  for (const sign of text) {
    crc ^= sign.codePointAt(0)!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Levels as a venue writes them, and the book of them. */
type Written = Readonly<{ bids: readonly (readonly [string, string])[]; asks: readonly (readonly [string, string])[] }>;
function bookOf({ bids, asks }: Written, tick: number, lot: number): OrderBook {
  const book = new OrderBook();
  for (const [price, size] of bids) book.set('buy', Math.round(Number(price) / tick), Math.round(Number(size) / lot));
  for (const [price, size] of asks) book.set('sell', Math.round(Number(price) / tick), Math.round(Number(size) / lot));
  return book;
}
const krakenByHand = ({ bids, asks }: Written): number => {
  const plain = (text: string) => String(BigInt(text.replaceAll('.', '')));
  const side = (levels: Written['bids']) => levels.slice(0, 10).map(([price, size]) => `${plain(price)}${plain(size)}`);
  return plainCrc([...side(asks), ...side(bids)].join(''));
};
const okxByHand = ({ bids, asks }: Written): number => {
  const text = Array.from({ length: 25 }, (_, n) => [bids[n], asks[n]].flatMap((level) => (level === undefined ? [] : [level.join(':')])));
  return plainCrc(text.flat().join(':')) | 0;
};
const written = (random: RandomStream, levels: number, price: (n: number) => string, size: () => string): Written => ({
  bids: Array.from({ length: 1 + random.below(levels) }, (_, n) => [price(-1 - n), size()] as const),
  asks: Array.from({ length: 1 + random.below(levels) }, (_, n) => [price(n), size()] as const),
});

describe('checksums', () => {
  test('the plain one is CRC-32', () => expect(plainCrc('123456789')).toBe(0xcbf43926));

  test('of Kraken: ten asks, ten bids, digits without point and first zeros', () => {
    const texts = { price: fixedText(parseDecimal('0.1'), 1), lots: fixedText(parseDecimal('0.00000001'), 8) };
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomStream(seed, 'kraken');
      const base = 3 + random.below(500_000);
      const book = written(
        random,
        25,
        (n) => ((base + 30 + n) / 10).toFixed(1),
        () => ((1 + random.below(5_000_000)) / 1e8).toFixed(8),
      );
      expect(krakenChecksum(bookOf(book, 0.1, 1e-8), texts)).toBe(krakenByHand(book));
    }
  });

  test('of OKX: bid and ask in turn, numbers as short as they are, signed', () => {
    const texts = { price: shortText(parseDecimal('0.01')), lots: shortText(parseDecimal('0.001')) };
    const sums = Array.from({ length: 60 }, (_, seed) => {
      const random = randomStream(seed, 'okx');
      const base = 3000 + random.below(500_000);
      const book = written(
        random,
        40,
        (n) => String((base + n) / 100),
        () => String((1 + random.below(50_000)) / 1000),
      );
      const sum = okxChecksum(bookOf(book, 0.01, 0.001), texts);
      expect(sum).toBe(okxByHand(book));
      return sum;
    });
    expect(sums.some((sum) => sum < 0)).toBe(true);
  });

  test('a level pushed out of the depth that was asked for is never taken away by the venue: it is cut, or the checksum is wrong', () => {
    const sumOf = (book: OrderBook) => krakenChecksum(book, { price: String, lots: String });
    const asks = Array.from({ length: 10 }, (_, n): Level => [102 + n, 5]);
    const start = whole(null, [[90, 1]], asks);
    // 101 pushes 111 out; then 101 and 102 go, and the two that come up are told, one of them 111 of another size
    const steps: readonly (readonly Level[])[] = [
      [[101, 7]],
      [
        [101, 0],
        [102, 0],
        [110, 4],
        [112, 9],
      ],
    ];
    const truth = new OrderBook();
    truth.load({ bids: [[90, 1]], asks: [...asks.slice(1, 8), [110, 4], [112, 9]] });
    const last = message({ asks: steps[1]!, checksum: sumOf(truth) });
    const play = (depth: number | null) => {
      const book = new SyncedBook(spec('unnumbered', { depth, checksum: sumOf }));
      return { book, said: answers(book, [start, message({ asks: steps[0]! }), last]) };
    };
    const [cut, uncut] = [play(10), play(null)];
    expect(cut.said).toEqual(['applied', 'applied', 'applied']);
    expect(uncut.said).toEqual(['applied', 'applied', 'wrong checksum']);
    expect(cut.book.book?.asks.count).toBe(9);
    expect(uncut.book.book).toBeNull();
    expect(answers(uncut.book, [message({}), start])).toEqual(['gap', 'applied']);
  });
});

// ── Twins ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An exchange with a true book: single updates, gathered into messages; a snapshot may be taken between any two of them. */
type Twin = Readonly<{ messages: readonly BookMessage[]; truths: readonly SavedBook[]; snapshots: readonly BookMessage[] }>;

function twin(rule: 'binance-spot' | 'binance-futures', seed: number, count: number): Twin {
  const random = randomStream(seed, rule);
  const book = new OrderBook();
  const [messages, truths, snapshots]: [BookMessage[], SavedBook[], BookMessage[]] = [[], [], []];
  let [id, previous, middle] = [1000, 1000, 500];
  const next = () => (rule === 'binance-spot' ? id + 1 : id + 1 + random.below(30));
  for (let n = 0; n < count; n++) {
    const [bids, asks]: [Level[], Level[]] = [[], []];
    let first: number | null = null;
    const told = (side: 'buy' | 'sell', price: number, lots: number) => {
      book.set(side, price, lots);
      (side === 'buy' ? bids : asks).push([price, lots]);
      id = next();
      first ??= id;
      const { bids: allBids, asks: allAsks } = book.save();
      snapshots.push(whole(id, allBids, allAsks));
    };
    middle += random.below(7) - 3;
    while ((book.bestBid ?? 0) >= middle) told('buy', book.bestBid!, 0);
    while ((book.bestAsk ?? Number.POSITIVE_INFINITY) < middle) told('sell', book.bestAsk!, 0);
    for (let changes = 1 + random.below(4); changes > 0; changes--) {
      const buys = random.below(2) === 0;
      const price = buys ? middle - 1 - random.below(12) : middle + random.below(12);
      told(buys ? 'buy' : 'sell', price, random.below(4) === 0 ? 0 : 1 + random.below(50));
    }
    messages.push(message({ first, last: id, previous: rule === 'binance-futures' ? previous : null, bids, asks }));
    truths.push(book.save());
    previous = id;
  }
  return { messages, truths, snapshots };
}

describe.each(['binance-spot', 'binance-futures'] as const)('a twin of %s', (rule) => {
  /** What is served is the truth at the last message that was applied. */
  const play = (book: SyncedBook, { messages, truths }: Twin, from: number, to: number): void => {
    for (let n = from; n < to; n++) {
      expect(book.take(messages[n]!)).toBe('applied');
      expect(book.book?.save()).toEqual(truths[n]);
    }
  };
  test('changes that waited, in any order, meet a snapshot taken anywhere among them; from there on it is the true book', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.infiniteStream(fc.nat()), (seed, place, shuffle) => {
        const told = twin(rule, seed, 40);
        const waiting = told.messages.slice(0, 20);
        const order = [...waiting];
        for (let i = order.length - 1; i > 0; i--) {
          const j = shuffle.next().value! % (i + 1);
          [order[i], order[j]] = [order[j]!, order[i]!];
        }
        const inside = told.snapshots.filter(({ last }) => last! <= waiting.at(-1)!.last!);
        const snapshot = inside[place % inside.length]!;
        const book = new SyncedBook(spec(rule));
        for (const each of order) expect(book.take(each)).toBe('gap');
        expect(book.book).toBeNull();
        expect(book.take(snapshot)).toBe('applied');
        expect(book.book?.save()).toEqual(told.truths[19]);
        play(book, told, 20, 40);
      }),
      { numRuns: 60 },
    );
  });
  test('a message that is lost is seen at the next one, and nothing is served until a snapshot that is new enough', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 15 }), (seed, lost) => {
        const told = twin(rule, seed, 40);
        const book = new SyncedBook(spec(rule));
        const at = (n: number) => told.snapshots.find(({ last }) => last === told.messages[n]!.last)!;
        expect(book.take(at(0))).toBe('applied');
        play(book, told, 1, lost);
        for (let n = lost + 1; n < 25; n++) {
          expect(book.take(told.messages[n]!)).toBe('gap');
          expect(book.book).toBeNull();
        }
        expect(book.take(at(lost - 1))).toBe('gap'); // fetched too early: the lost one is behind it
        expect(book.book).toBeNull();
        expect(book.take(at(lost + 3))).toBe('applied');
        expect(book.book?.save()).toEqual(told.truths[24]);
        play(book, told, 25, 40);
      }),
      { numRuns: 60 },
    );
  });
  test('saved, through JSON, and loaded anywhere it answers as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(60), fc.nat(39), (seed, stop, lost) => {
        const told = twin(rule, seed, 40);
        const all = told.messages.flatMap((each, n) =>
          n === lost ? [] : n % 7 === 3 ? [told.snapshots[n]!, each, told.snapshots.at(-1 - n)!] : [each],
        );
        const never = new SyncedBook(spec(rule));
        let restored = new SyncedBook(spec(rule));
        all.forEach((each, n) => {
          if (n === stop % all.length) {
            const saved = JSON.parse(JSON.stringify(restored.save()));
            restored = new SyncedBook(spec(rule));
            restored.load(saved);
          }
          expect(restored.take(each)).toBe(never.take(each));
          expect(restored.save()).toEqual(never.save());
        });
      }),
      { numRuns: 60 },
    );
  });
});
