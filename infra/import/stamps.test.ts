// Stamps in every form name the instant they were written from.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dateAndClock, formOf, stampOf, type TimeUnit, UNIT_SCALE } from './stamps.ts';

const instant = fc.integer({ min: 1_000_000_000_000_000, max: 4_000_000_000_000_000 });

test('a number in any unit is recognised and exact to the µs', () => {
  fc.assert(
    fc.property(instant, fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'ns'), (us, unit) => {
      const step = 10 ** Math.max(0, UNIT_SCALE[unit]);
      const whole = us - (us % step);
      const text = unit === 'ns' ? `${whole}789` : String(whole / step);
      expect(formOf(text)).toBe(unit);
      expect(stampOf(text, unit, 'ymd', 0)).toBe(whole);
    }),
  );
});

test('ISO text, with any zone, is the instant a Date says', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), fc.constantFrom('T', ' '), (us, zone, between) => {
      const local = new Date(Math.floor(us / 1000) + zone * 60_000).toISOString();
      const minutes = Math.abs(zone);
      const [hh, mm] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
      const text = `${local.slice(0, 10)}${between}${local.slice(11, 23)}${String(us % 1000).padStart(3, '0')}`;
      expect(stampOf(`${text}${zone < 0 ? '-' : '+'}${hh}:${mm}`, 'text', 'ymd', 0)).toBe(us);
      expect(stampOf(text, 'text', 'ymd', zone)).toBe(us);
    }),
  );
});

test('dates in each order, beside a clock; what is no stamp is NaN', () => {
  const day = Date.UTC(2024, 2, 5, 13, 4, 0) * 1000;
  expect(dateAndClock('2024.03.05', '13:04', 'ymd', 0)).toBe(day);
  expect(dateAndClock('05/03/2024', '13:04:00', 'dmy', 0)).toBe(day);
  expect(dateAndClock('3/5/2024', '1304', 'mdy', 0)).toBe(day);
  expect(dateAndClock('20240305', '130400', 'ymd', 0)).toBe(day);
  for (const wrong of ['', 'x', '2024-02-30', '2024-13-01 00:00', '05/03/2024', '2024-03-05 25:00', '2024-03-05T12:61:00'])
    expect(stampOf(wrong, 'text', 'ymd', 0)).toBeNaN();
});
