import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listAfter, listsIn, moved, nameFault, toggled, type Watchlists, withList, withoutList } from './watchlists.ts';

const two: Watchlists = [
  { name: 'majors', instruments: ['BTC-USD', 'ETH-USD', 'SOL-USD'] },
  { name: 'empty', instruments: [] },
];

describe('watchlists', () => {
  test('what was kept is read again; whatever else stands there is no list', () => {
    expect(listsIn(JSON.stringify(two))).toEqual(two);
    for (const trash of ['', '{', 'null', '7', '{}', '[1, null, "x"]', '[{"name":"a"}]', '[{"name":" ","instruments":[]}]'])
      expect([trash, listsIn(trash)]).toEqual([trash, []]);
    expect(listsIn('[{"name":"a","instruments":["X",3,"X","Y"]},{"name":"a","instruments":[]}]')).toEqual([
      { name: 'a', instruments: ['X', 'Y'] },
    ]);
  });

  test('a name is there once, and says why it cannot be', () => {
    expect(nameFault(two, 'majors')).toBe('there is a list majors already');
    expect(nameFault(two, '  ')).toBe('it needs a name');
    expect(nameFault(two, 'x'.repeat(41))).toBe('at most 40 letters');
    expect(withList(two, 'majors')).toBe(two);
    expect(withList(two, ' alts ').at(-1)).toEqual({ name: 'alts', instruments: [] });
    expect(withoutList(two, 'majors')).toEqual([two[1]]);
  });

  test('an instrument goes in at the end, moves by one, and comes out; the others keep their order', () => {
    expect(toggled(two, 'empty', 'XRP-USD')[1]!.instruments).toEqual(['XRP-USD']);
    expect(moved(two, 'majors', 'SOL-USD', -1)[0]!.instruments).toEqual(['BTC-USD', 'SOL-USD', 'ETH-USD']);
    expect(moved(two, 'majors', 'BTC-USD', -1)[0]!.instruments).toEqual(two[0]!.instruments);
    const ids = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.constantFrom('toggle' as const, -1 as const, 1 as const)), { maxLength: 40 }), (steps) => {
        let lists: Watchlists = [{ name: 'one', instruments: [] }, two[0]!];
        for (const [id, step] of steps) {
          const before = lists[0]!.instruments;
          lists = step === 'toggle' ? toggled(lists, 'one', id) : moved(lists, 'one', id, step);
          const now = lists[0]!.instruments;
          expect(new Set(now).size).toBe(now.length);
          if (step === 'toggle') expect(now.filter((one) => one !== id)).toEqual(before.filter((one) => one !== id));
          else expect([...now].sort()).toEqual([...before].sort());
          expect(lists[1]).toBe(two[0]);
        }
      }),
    );
  });

  test('one after the other, and then all again', () => {
    expect([listAfter(two, null), listAfter(two, 'majors'), listAfter(two, 'empty'), listAfter(two, 'gone'), listAfter([], null)]).toEqual([
      'majors',
      'empty',
      null,
      'majors',
      null,
    ]);
  });
});
