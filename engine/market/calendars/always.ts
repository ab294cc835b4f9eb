/** The calendar of markets that never close: every UTC day is one session. Decides nothing about venues' maintenance windows. */
import type { TradingCalendar } from '../calendar.ts';

export const ALWAYS: TradingCalendar = { id: 'ALWAYS', firstDay: '1970-01-01', lastDay: '2199-12-31', hours: 'always' };
