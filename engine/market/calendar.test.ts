import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadValue, DAY_US, type TimeUs, timeUs } from '../values.ts';
import {
  calendarById,
  dayNumber,
  dayText,
  nextSession,
  OutsideCalendar,
  sessionAt,
  sessionOrNext,
  type TradingCalendar,
  tradingDay,
  weekday,
} from './calendar.ts';

const ALWAYS = calendarById('ALWAYS');
const NYSE = calendarById('NYSE');
const NSE = calendarById('NSE');

const at = (iso: string): TimeUs => timeUs(Date.parse(iso) * 1000);
const iso = (t: TimeUs): string => new Date(t / 1000).toISOString().slice(0, 16);

/** Every session from the first instant stated to the last, as the calendar hands them out. */
function sessionsOf(calendar: TradingCalendar) {
  const found = [];
  let t = at(`${calendar.firstDay}T12:00:00Z`);
  t = timeUs(t - DAY_US / 2 + (calendar === NYSE ? DAY_US / 4 : 0)); // inside the range, before the first open
  for (;;) {
    try {
      const next = nextSession(calendar, t);
      found.push(next);
      t = next.open;
    } catch (error) {
      if (error instanceof OutsideCalendar) return found;
      throw error;
    }
  }
}

/** The week as a trader in UTC sees it. */
function story(calendar: TradingCalendar, from: string, days: number): string[] {
  const first = dayNumber(from);
  return sessionsOf(calendar)
    .filter(({ day }) => day >= first && day < first + days)
    .map(
      ({ day, open, close }) =>
        `${dayText(day)} ${'- Mon Tue Wed Thu Fri Sat Sun'.split(' ')[weekday(day)]} ${iso(open).slice(11)}–${iso(close).slice(11)}`,
    );
}

describe('NYSE', () => {
  test('the clocks change on a Sunday; the UTC hours move, the local ones do not', () => {
    expect(story(NYSE, '2024-03-07', 6)).toMatchInlineSnapshot(`
      [
        "2024-03-07 Thu 14:30–21:00",
        "2024-03-08 Fri 14:30–21:00",
        "2024-03-11 Mon 13:30–20:00",
        "2024-03-12 Tue 13:30–20:00",
      ]
    `);
    expect(story(NYSE, '2025-10-30', 6)).toMatchInlineSnapshot(`
      [
        "2025-10-30 Thu 13:30–20:00",
        "2025-10-31 Fri 13:30–20:00",
        "2025-11-03 Mon 14:30–21:00",
        "2025-11-04 Tue 14:30–21:00",
      ]
    `);
  });

  test('Thanksgiving 2026: closed on Thursday, short on Friday', () => {
    expect(story(NYSE, '2026-11-23', 7)).toMatchInlineSnapshot(`
      [
        "2026-11-23 Mon 14:30–21:00",
        "2026-11-24 Tue 14:30–21:00",
        "2026-11-25 Wed 14:30–21:00",
        "2026-11-27 Fri 14:30–18:00",
      ]
    `);
  });

  test('Independence Day: a short eve in 2024, none in 2026 when it is observed on a Friday', () => {
    expect(story(NYSE, '2024-07-01', 5)).toMatchInlineSnapshot(`
      [
        "2024-07-01 Mon 13:30–20:00",
        "2024-07-02 Tue 13:30–20:00",
        "2024-07-03 Wed 13:30–17:00",
        "2024-07-05 Fri 13:30–20:00",
      ]
    `);
    expect(story(NYSE, '2026-06-30', 8)).toMatchInlineSnapshot(`
      [
        "2026-06-30 Tue 13:30–20:00",
        "2026-07-01 Wed 13:30–20:00",
        "2026-07-02 Thu 13:30–20:00",
        "2026-07-06 Mon 13:30–20:00",
        "2026-07-07 Tue 13:30–20:00",
      ]
    `);
  });

  test('the turn of a year', () => {
    expect(story(NYSE, '2024-12-23', 19)).toMatchInlineSnapshot(`
      [
        "2024-12-23 Mon 14:30–21:00",
        "2024-12-24 Tue 14:30–18:00",
        "2024-12-26 Thu 14:30–21:00",
        "2024-12-27 Fri 14:30–21:00",
        "2024-12-30 Mon 14:30–21:00",
        "2024-12-31 Tue 14:30–21:00",
        "2025-01-02 Thu 14:30–21:00",
        "2025-01-03 Fri 14:30–21:00",
        "2025-01-06 Mon 14:30–21:00",
        "2025-01-07 Tue 14:30–21:00",
        "2025-01-08 Wed 14:30–21:00",
        "2025-01-10 Fri 14:30–21:00",
      ]
    `);
  });

  test('the bell: the open is inside, the close is not', () => {
    const open = at('2024-03-11T13:30:00Z');
    expect(sessionAt(NYSE, timeUs(open - 1))).toBe(null);
    expect(sessionAt(NYSE, open)).toEqual({ open, close: at('2024-03-11T20:00:00Z'), day: dayNumber('2024-03-11') });
    expect(sessionAt(NYSE, at('2024-03-11T20:00:00Z'))).toBe(null);
    expect(nextSession(NYSE, open).open).toBe(at('2024-03-12T13:30:00Z'));
    expect(nextSession(NYSE, timeUs(open - 1)).open).toBe(open);
  });

  test('an evening and a weekend already count to the next trading day', () => {
    const days = ['2024-03-08T20:59:59Z', '2024-03-08T21:00:00Z', '2024-03-09T12:00:00Z', '2024-03-11T13:29:00Z'].map((t) =>
      dayText(tradingDay(NYSE, at(t))),
    );
    expect(days).toEqual(['2024-03-08', '2024-03-11', '2024-03-11', '2024-03-11']);
  });

  test('trading days a year', () => {
    const counts = new Map<string, number>();
    for (const { day } of sessionsOf(NYSE)) counts.set(dayText(day).slice(0, 4), (counts.get(dayText(day).slice(0, 4)) ?? 0) + 1);
    expect([...counts]).toEqual([
      ['2024', 252],
      ['2025', 250],
      ['2026', 251],
      ['2027', 251],
    ]);
  });
});

describe('NSE', () => {
  test('Mumbai keeps one offset all year', () => {
    expect(story(NSE, '2025-10-20', 5)).toMatchInlineSnapshot(`
      [
        "2025-10-20 Mon 03:45–10:00",
        "2025-10-23 Thu 03:45–10:00",
        "2025-10-24 Fri 03:45–10:00",
      ]
    `); // Diwali: 21 and 22 October; the Muhurat hour is left out
  });
  test('Saturdays and a Sunday that traded', () => {
    expect(
      ['2024-01-20', '2024-03-02', '2024-05-18', '2025-02-01', '2026-02-01'].flatMap((day) => story(NSE, day, 1)),
    ).toMatchInlineSnapshot(`
      [
        "2024-01-20 Sat 03:45–10:00",
        "2024-03-02 Sat 03:45–04:30",
        "2024-03-02 Sat 06:00–07:00",
        "2024-05-18 Sat 03:45–04:30",
        "2024-05-18 Sat 06:00–07:00",
        "2025-02-01 Sat 03:45–10:00",
        "2026-02-01 Sun 03:45–10:00",
      ]
    `);
  });
  test('between the two sessions of one day the market is closed and the day is the same', () => {
    const pause = at('2024-03-02T05:00:00Z');
    expect(sessionAt(NSE, pause)).toBe(null);
    expect(dayText(tradingDay(NSE, pause))).toBe('2024-03-02');
  });
});

test('ALWAYS: every UTC day is a session, one after another', () => {
  const t = at('2024-02-29T23:59:59Z');
  const today = sessionAt(ALWAYS, t);
  expect(today).toEqual({ open: at('2024-02-29T00:00:00Z'), close: at('2024-03-01T00:00:00Z'), day: dayNumber('2024-02-29') });
  expect(nextSession(ALWAYS, t).open).toBe(today?.close);
  expect(tradingDay(ALWAYS, timeUs(0))).toBe(0);
});

test('outside the stated days nothing is guessed', () => {
  const asked: [TradingCalendar, string][] = [
    [NYSE, '2023-12-29T15:00:00Z'],
    [NYSE, '2028-01-03T15:00:00Z'],
    [NSE, '2026-08-03T05:00:00Z'],
    [ALWAYS, '2200-01-01T00:00:00Z'],
  ];
  for (const [calendar, t] of asked) {
    for (const ask of [sessionAt, nextSession, sessionOrNext, tradingDay]) expect(() => ask(calendar, at(t)), t).toThrow(OutsideCalendar);
  }
  expect(() => sessionAt(NYSE, at('2028-01-03T15:00:00Z'))).toThrowErrorMatchingInlineSnapshot(
    `[OutsideCalendar: NYSE states 2024-01-01 to 2027-12-31; 2028-01-03 (UTC) is outside]`,
  );
  expect(() => nextSession(NYSE, at('2027-12-31T15:00:00Z'))).toThrowErrorMatchingInlineSnapshot(
    `[OutsideCalendar: NYSE states 2024-01-01 to 2027-12-31; the session after 2027-12-31 is beyond it]`,
  );
  expect(sessionAt(NYSE, at('2027-12-31T20:59:59Z'))?.day).toBe(dayNumber('2027-12-31'));
  expect(sessionAt(NYSE, at('2028-01-01T04:59:59Z'))).toBe(null); // still 31 December in New York
  expect(() => sessionAt(NYSE, at('2028-01-01T05:00:00Z'))).toThrow(OutsideCalendar);
  expect(() => nextSession(ALWAYS, at('2199-12-31T12:00:00Z'))).toThrow(OutsideCalendar);
});

test('an unknown calendar is refused by name', () => {
  expect(() => calendarById('LSE')).toThrowErrorMatchingInlineSnapshot(`[BadValue: calendar: "LSE" is not one of ALWAYS, NYSE, NSE]`);
});

test('a mistyped calendar is a broken program', () => {
  const small = (hours: object): TradingCalendar => ({
    id: 'TEST',
    firstDay: '2024-01-01',
    lastDay: '2024-01-31',
    hours: {
      weekdays: [1, 2, 3, 4, 5],
      open: '09:00',
      close: '17:00',
      offsets: [{ from: '2024-01-01', minutes: 0 }],
      holidays: [],
      shortDays: [],
      extraSessions: [],
      ...hours,
    },
  });
  const ask = (hours: object) => () => sessionAt(small(hours), at('2024-01-02T10:00:00Z'));
  expect(ask({})()).toEqual({ open: at('2024-01-02T09:00:00Z'), close: at('2024-01-02T17:00:00Z'), day: dayNumber('2024-01-02') });
  expect(ask({ holidays: ['2024-01-06'] })).toThrow('holiday');
  expect(ask({ holidays: ['2024-01-09', '2024-01-08'] })).toThrow('holiday');
  expect(ask({ holidays: ['2024-01-32'] })).toThrow(BadValue);
  expect(ask({ holidays: ['2024-01-08'], shortDays: [{ day: '2024-01-08', close: '13:00' }] })).toThrow('short day');
  expect(ask({ extraSessions: [{ day: '2024-01-08', open: '18:00', close: '19:00' }] })).toThrow('extra session');
  expect(ask({ extraSessions: [{ day: '2024-01-06', open: '12:00', close: '10:00' }] })).toThrow('end before they begin');
  expect(ask({ close: '9:00' })).toThrow('HH:MM');
  expect(ask({ offsets: [{ from: '2024-01-02', minutes: 0 }] })).toThrow('offset');
});

describe('laws', () => {
  test.each([NYSE, NSE])('$id: sessions are in order, never overlap, and open at the local hour the platform agrees on', (calendar) => {
    const zone = calendar === NYSE ? 'America/New_York' : 'Asia/Kolkata';
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
    const sessions = sessionsOf(calendar);
    sessions.forEach(({ open, close, day }, i) => {
      expect(open < close).toBe(true);
      expect(close <= (sessions[i + 1]?.open ?? Infinity)).toBe(true);
      const [date, hour] = local.format(new Date(open / 1000)).split(' ');
      expect(date).toBe(dayText(day));
      expect(calendar === NYSE ? ['09:30'] : ['09:15', '11:30']).toContain(hour);
      expect(sessionAt(calendar, open)).toBe(sessions[i]);
      expect(sessionAt(calendar, timeUs(close - 1))).toBe(sessions[i]);
      expect(sessionAt(calendar, close)).toBe(null);
    });
  });

  const instant = fc
    .constantFrom(ALWAYS, NYSE, NSE)
    .chain((calendar) =>
      fc.tuple(
        fc.constant(calendar),
        fc.integer({ min: (dayNumber(calendar.firstDay) + 1) * DAY_US, max: (dayNumber(calendar.lastDay) - 5) * DAY_US }).map(timeUs),
      ),
    );

  test('next opens after t, contains its own open, and nothing lies between', () => {
    fc.assert(
      fc.property(instant, fc.double({ min: 0, max: 1, noNaN: true }), ([calendar, t], part) => {
        const next = nextSession(calendar, t);
        const now = sessionAt(calendar, t);
        expect(next.open).toBeGreaterThan(t);
        expect(sessionAt(calendar, next.open)).toEqual(next);
        if (now !== null) expect(now.open <= t && t < now.close && now.close <= next.open && now.day <= next.day).toBe(true);
        const start = now === null ? t : now.close;
        const between = timeUs(Math.floor(start + (next.open - 1 - start) * part));
        if (between >= start && between < next.open) expect(sessionAt(calendar, between)).toBe(null);
        expect(sessionOrNext(calendar, t)).toEqual(now ?? next);
      }),
      { numRuns: 1000 },
    );
  });

  test('the trading day never goes back', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 4 * DAY_US }), ([calendar, t], later) => {
        expect(tradingDay(calendar, timeUs(t + later))).toBeGreaterThanOrEqual(tradingDay(calendar, t));
      }),
    );
  });

  test('day numbers are those of the Gregorian calendar', () => {
    fc.assert(
      fc.property(fc.integer({ min: dayNumber('0001-01-01'), max: dayNumber('9999-12-31') }), (day) => {
        const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect(dayText(day)).toBe(text);
        expect(dayNumber(text)).toBe(day);
        expect(weekday(day)).toBe(new Date(day * 86_400_000).getUTCDay() || 7);
      }),
      { numRuns: 2000 },
    );
    for (const text of ['2023-02-29', '2024-13-01', '2024-00-10', '2024-1-1', '2024-01-01T', ''])
      expect(() => dayNumber(text)).toThrow(BadValue);
  });
});
