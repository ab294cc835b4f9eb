/** How long a market was open between two instants, and the list of the stretches without a row that this shows. Nights are no gaps. */
import { nextSession, OutsideCalendar, sessionOrNext, type TradingCalendar } from '#engine/market/calendar.ts';
import type { TimeUs } from '#engine/values.ts';

/** Trading time without a row; `bars` and `ids`: how many are missing, null where that cannot be told. */
export type Gap = Readonly<{ beginUs: number; endUs: number; openUs: number; bars: number | null; ids: number | null }>;

/** The first are listed, all are counted. */
export const MAX_GAPS = 1000;

/** µs of sessions in [from, to). Beyond what the calendar states, all time counts. */
export function tradingTime(calendar: TradingCalendar, from: number, to: number): number {
  if (calendar.hours === 'always') return to - from;
  let sum = 0;
  try {
    for (let session = sessionOrNext(calendar, from as TimeUs); session.open < to; ) {
      sum += Math.min(to, session.close) - Math.max(from, session.open);
      if (session.close >= to) break;
      session = nextSession(calendar, session.open);
    }
    return sum;
  } catch (thrown) {
    if (thrown instanceof OutsideCalendar) return to - from;
    throw thrown;
  }
}

export class Gaps {
  count = 0;
  missingBars = 0;
  missingIds = 0;
  list: Gap[] = [];

  add(gap: Gap): void {
    this.count += 1;
    this.missingBars += gap.bars ?? 0;
    if (this.list.length < MAX_GAPS) this.list.push(gap);
  }

  save(): SavedGaps {
    return { count: this.count, missingBars: this.missingBars, missingIds: this.missingIds, list: [...this.list] };
  }

  load(saved: SavedGaps): void {
    this.count = saved.count;
    this.missingBars = saved.missingBars;
    this.missingIds = saved.missingIds;
    this.list = [...saved.list];
  }
}

export type SavedGaps = Readonly<{ count: number; missingBars: number; missingIds: number; list: readonly Gap[] }>;
