/**
 * The National Stock Exchange of India's normal market (equity and equity derivatives), 1 January 2024 – 31 July 2026. Data only:
 * never the pre-open or post-close sessions. Muhurat sessions (an evening hour or so on Diwali, a holiday) are left out.
 *
 * Holidays: NSE's yearly "Trading holidays" lists for the capital market segment and its later circulars (22 January, 20 May and
 * 20 November 2024; 15 January 2026), as brokers and the press carried them; weekdays compared with exchange_calendars 4.13 XBOM.
 * Extra sessions: NSE's circulars for 20 January 2024 (a full Saturday), 2 March and 18 May 2024 (two short sessions each, with a
 * switch to the disaster recovery site), and the Union Budgets of 1 February 2025 and 2026.
 * The range ends where the hours stop being one pair: SEBI ordered a closing auction from 3 August 2026 for shares with
 * derivatives, whose continuous trading then ends at 15:15, and NSE moved the derivatives' own close to 15:40.
 */
import type { TradingCalendar } from '../calendar.ts';

export const NSE: TradingCalendar = {
  id: 'NSE',
  firstDay: '2024-01-01',
  lastDay: '2026-07-31',
  hours: {
    weekdays: [1, 2, 3, 4, 5],
    open: '09:15',
    close: '15:30',
    offsets: [{ from: '1970-01-01', minutes: 330 }],
    holidays: [
      '2024-01-22', // consecration of the Ram temple
      '2024-01-26', // Republic Day
      '2024-03-08', // Mahashivratri
      '2024-03-25', // Holi
      '2024-03-29', // Good Friday
      '2024-04-11', // Id-Ul-Fitr
      '2024-04-17', // Ram Navami
      '2024-05-01', // Maharashtra Day
      '2024-05-20', // general election in Mumbai
      '2024-06-17', // Bakri Id
      '2024-07-17', // Muharram
      '2024-08-15', // Independence Day
      '2024-10-02', // Mahatma Gandhi Jayanti
      '2024-11-01', // Diwali Laxmi Pujan
      '2024-11-15', // Gurunanak Jayanti
      '2024-11-20', // Maharashtra assembly election
      '2024-12-25', // Christmas
      '2025-02-26', // Mahashivratri
      '2025-03-14', // Holi
      '2025-03-31', // Id-Ul-Fitr
      '2025-04-10', // Mahavir Jayanti
      '2025-04-14', // Dr. Ambedkar Jayanti
      '2025-04-18', // Good Friday
      '2025-05-01', // Maharashtra Day
      '2025-08-15', // Independence Day
      '2025-08-27', // Ganesh Chaturthi
      '2025-10-02', // Mahatma Gandhi Jayanti, Dussehra
      '2025-10-21', // Diwali Laxmi Pujan
      '2025-10-22', // Diwali Balipratipada
      '2025-11-05', // Gurunanak Jayanti
      '2025-12-25', // Christmas
      '2026-01-15', // municipal elections in Maharashtra
      '2026-01-26', // Republic Day
      '2026-03-03', // Holi
      '2026-03-26', // Ram Navami
      '2026-03-31', // Mahavir Jayanti
      '2026-04-03', // Good Friday
      '2026-04-14', // Dr. Ambedkar Jayanti
      '2026-05-01', // Maharashtra Day
      '2026-05-28', // Bakri Id
      '2026-06-26', // Muharram
    ],
    shortDays: [],
    extraSessions: [
      { day: '2024-01-20', open: '09:15', close: '15:30' },
      { day: '2024-03-02', open: '09:15', close: '10:00' },
      { day: '2024-03-02', open: '11:30', close: '12:30' },
      { day: '2024-05-18', open: '09:15', close: '10:00' },
      { day: '2024-05-18', open: '11:30', close: '12:30' },
      { day: '2025-02-01', open: '09:15', close: '15:30' },
      { day: '2026-02-01', open: '09:15', close: '15:30' },
    ],
  },
};
