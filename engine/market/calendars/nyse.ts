/**
 * The New York Stock Exchange's regular session, 2024–2027. Data only: never early or late trading, never a halt.
 *
 * Holidays and 13:00 closes: NYSE Group's announcements "2022, 2023 and 2024" (27 December 2021), "2025, 2026 and 2027"
 * (8 November 2024) and "2026, 2027 and 2028 Holiday and Early Closings Calendar" (23 December 2025); 9 January 2025 (national
 * day of mourning for President Carter) by its notice of 30 December 2024. A closing announced after that is not here.
 * Offsets: daylight time from the second Sunday of March to the first of November (Energy Policy Act of 2005).
 */
import type { TradingCalendar } from '../calendar.ts';

export const NYSE: TradingCalendar = {
  id: 'NYSE',
  firstDay: '2024-01-01',
  lastDay: '2027-12-31',
  hours: {
    weekdays: [1, 2, 3, 4, 5],
    open: '09:30',
    close: '16:00',
    offsets: [
      { from: '2023-11-05', minutes: -300 },
      { from: '2024-03-10', minutes: -240 },
      { from: '2024-11-03', minutes: -300 },
      { from: '2025-03-09', minutes: -240 },
      { from: '2025-11-02', minutes: -300 },
      { from: '2026-03-08', minutes: -240 },
      { from: '2026-11-01', minutes: -300 },
      { from: '2027-03-14', minutes: -240 },
      { from: '2027-11-07', minutes: -300 },
    ],
    holidays: [
      '2024-01-01', // New Year's Day
      '2024-01-15', // Martin Luther King, Jr. Day
      '2024-02-19', // Washington's Birthday
      '2024-03-29', // Good Friday
      '2024-05-27', // Memorial Day
      '2024-06-19', // Juneteenth
      '2024-07-04', // Independence Day
      '2024-09-02', // Labor Day
      '2024-11-28', // Thanksgiving
      '2024-12-25', // Christmas
      '2025-01-01',
      '2025-01-09', // day of mourning
      '2025-01-20',
      '2025-02-17',
      '2025-04-18',
      '2025-05-26',
      '2025-06-19',
      '2025-07-04',
      '2025-09-01',
      '2025-11-27',
      '2025-12-25',
      '2026-01-01',
      '2026-01-19',
      '2026-02-16',
      '2026-04-03',
      '2026-05-25',
      '2026-06-19',
      '2026-07-03', // Independence Day observed; no early close before it
      '2026-09-07',
      '2026-11-26',
      '2026-12-25',
      '2027-01-01',
      '2027-01-18',
      '2027-02-15',
      '2027-03-26',
      '2027-05-31',
      '2027-06-18', // Juneteenth observed
      '2027-07-05', // Independence Day observed
      '2027-09-06',
      '2027-11-25',
      '2027-12-24', // Christmas observed
    ],
    shortDays: [
      { day: '2024-07-03', close: '13:00' },
      { day: '2024-11-29', close: '13:00' },
      { day: '2024-12-24', close: '13:00' },
      { day: '2025-07-03', close: '13:00' },
      { day: '2025-11-28', close: '13:00' },
      { day: '2025-12-24', close: '13:00' },
      { day: '2026-11-27', close: '13:00' },
      { day: '2026-12-24', close: '13:00' },
      { day: '2027-11-26', close: '13:00' },
    ],
    extraSessions: [],
  },
};
