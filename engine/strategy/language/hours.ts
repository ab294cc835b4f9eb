/** The session an instant lies in: a window of the UTC day, the trading hours of an instrument's calendar, or the whole UTC day. */
import { calendarById, OutsideCalendar, sessionAt } from '../../market/calendar.ts';
import { DAY_US, MINUTE_US, type TimeUs } from '../../values.ts';
import type { Sessions } from './document.ts';
import type { Hours } from './evaluation.ts';

/** Null while closed, and where the calendar states nothing: what is unknown is no session. */
export function hoursAt(sessions: Sessions | null, calendar: string | null, at: number): Hours | null {
  const day = Math.floor(at / DAY_US) * DAY_US;
  if (sessions === null) return { open: day, close: day + DAY_US };
  if (sessions.windows !== null) {
    for (const { from, to } of sessions.windows) {
      const [open, close] = [day + from * MINUTE_US, day + to * MINUTE_US];
      if (at >= open && at < close) return { open, close };
    }
    return null;
  }
  if (calendar === null) return null;
  try {
    return sessionAt(calendarById(calendar), at as TimeUs);
  } catch (thrown) {
    if (thrown instanceof OutsideCalendar) return null;
    throw thrown;
  }
}
