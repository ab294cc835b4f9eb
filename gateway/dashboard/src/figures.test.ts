// Numbers, moments and addresses as the page writes them: what is shown is what was told.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KIND_NAMES, KINDS, kindsIn, STANDARD } from './pages/now/decision-kinds.ts';
import { type EquityPaths, equityPath, noteEquity } from './pages/now/equity-path.ts';
import { grouped, signOf } from './ui/figure.tsx';
import { parseSearch, searchText } from './view.ts';
import { isoOf, moment, span } from './zone.ts';

const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.option(fc.stringMatching(/^\d{1,12}$/)))
  .map(([below, whole, rest]) => `${below ? '-' : ''}${whole}${rest === null ? '' : `.${rest}`}`);

test('grouping changes no digit: without its spaces the number is the one that was told', () => {
  fc.assert(
    fc.property(decimal, (text) => {
      const shown = grouped(text);
      expect(shown.replaceAll('\u2009', '').replace('\u2212', '-')).toBe(text);
      const [whole] = shown.split('.');
      expect(whole).toMatch(/^\u2212?\d{1,3}(\u2009\d{3})*$/);
      expect(shown.split('.')[1] ?? '').not.toContain('\u2009');
    }),
  );
});

test('a number that is nothing has no sign, however it is written', () => {
  fc.assert(
    fc.property(decimal, (text) => {
      expect(signOf(text)).toBe(Math.sign(Number(text)) + 0);
    }),
  );
  expect(signOf('-0.00')).toBe(0);
});

test('a moment is cut and not rounded, and in UTC it is its ISO text', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (us) => {
      const { date, time } = moment(us, 'UTC', 'millis');
      expect(`${date}T${time}Z`).toBe(new Date(Math.floor(us / 1_000)).toISOString());
      expect(isoOf(us)).toBe(`${date}T${time}${String(us % 1_000).padStart(3, '0')}Z`);
    }),
  );
  expect(moment(1_767_609_120_123_456, 'Asia/Kolkata', 'micros')).toEqual({ date: '2026-01-05', time: '16:02:00.123456' });
});

test('an age never reads older than it is', () => {
  expect([999, 1_050, 9_999, 10_000, 119_999, 120_000, 7_200_000, 172_800_000].map(span)).toEqual([
    ...['999 ms', '1.0 s', '9.9 s', '10 s', '119 s', '2 min', '2 h 0 min', '2 d'],
  ]);
});

test('an address keeps every value as the text it is: 8412077.10 is not 8412077.1', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1 }), { noNullPrototype: true }), (view) => {
      expect(parseSearch(searchText(view))).toEqual(view);
    }),
  );
  expect(parseSearch('?what=8412077.10&kinds=fills,gate')).toEqual({ what: '8412077.10', kinds: 'fills,gate' });
});

test('each type of decision is of one kind, and a view names kinds in one order', () => {
  const types = Object.values(KINDS).flat();
  expect(new Set(types).size).toBe(types.length);
  expect(kindsIn(undefined)).toEqual(STANDARD);
  expect(kindsIn('gate,fills,nothing')).toEqual(KIND_NAMES.filter((kind) => kind === 'gate' || kind === 'fills'));
});

test('the line of an account ends at its newest equity, however long it grows, and begins anew when a replay goes back', () => {
  const paths: EquityPaths = new Map();
  for (let n = 0; n < 5_000; n += 1) noteEquity(paths, 'a', n, 100 + n);
  const { line, said } = equityPath(paths, 'a', 240, 36)!;
  expect(line.endsWith('240.0 2.0')).toBe(true);
  expect(line.startsWith('M0.0 34.0')).toBe(true);
  expect(line.split('L').length).toBeLessThanOrEqual(480);
  expect(said).toBe('it rose');
  noteEquity(paths, 'a', 10, 5);
  expect(equityPath(paths, 'a', 240, 36)).toBeNull();
});
