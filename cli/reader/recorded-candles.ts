/** Closed candles as the journal has them: in the newest version of each, or every version as it was said. */
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import { DAY_US } from '#engine/values.ts';
import type { RestCandle } from '#gateway/contracts/rest-market.ts';
import type { Questions } from '#gateway/rest/ports.ts';
import type { Story } from '#replay/story.ts';
import { definitionOf, price, size } from './measured.ts';
import type { OpenJournal, Stop } from './open-journal.ts';
import { placeOf, walk } from './walk.ts';

type Asked = Questions['candles']['asked'];
type Said = Questions['candles']['said'];
type Told = DecisionOf<'CandleClosed'> | DecisionOf<'CandleAmended'>;

/** A candle may wait for the first tick behind it, over days without trading. */
const CLOSES_WITHIN_US = 7 * DAY_US;

/** The window is of the candles' starts; a candle closes behind its end, by what its source may be late. */
export async function candlesIn(journal: OpenJournal, asked: Asked, stop: Stop): Promise<Said> {
  const { instrument, source, timeframeUs, versions, from, to, ...walked } = asked;
  const isMine = (decision: Decision): decision is Told =>
    (decision.type === 'CandleClosed' || decision.type === 'CandleAmended') &&
    decision.instrument === instrument &&
    decision.source === source &&
    decision.timeframeUs === timeframeUs &&
    (from === null || decision.start >= from) &&
    (to === null || decision.start < to);
  /** Of those that were closed where this reading could see it. */
  const complete = new Map<number, boolean>();
  const pick =
    (closedOnly: boolean) =>
    (decision: Decision, story: Story): RestCandle | null => {
      if (!isMine(decision)) return null;
      if (decision.type === 'CandleClosed') complete.set(decision.start, decision.complete);
      return closedOnly && decision.type === 'CandleAmended' ? null : rowOf(decision, story, complete.get(decision.start) ?? false);
    };
  const page = await walk(
    journal,
    { ...walked, from, to: to === null ? null : to + timeframeUs + CLOSES_WITHIN_US },
    pick(versions === 'newest'),
    stop,
  );
  if (versions === 'all' || page.items.length === 0) return page;
  const amended = await amendmentsOf(journal, page.items, isMine, stop);
  return { ...page, items: page.items.map((row) => amended.get(row.start) ?? row) };
}

/** The newest of each, looked for as long as its source may still amend it. */
async function amendmentsOf(
  journal: OpenJournal,
  rows: readonly RestCandle[],
  isMine: (decision: Decision) => decision is Told,
  stop: Stop,
): Promise<ReadonlyMap<number, RestCandle>> {
  const byStart = new Map(rows.map((row) => [row.start, row]));
  const newest = new Map<number, RestCandle>();
  const first = rows.reduce((least, { address }) => Math.min(least, placeOf(address).seq), Infinity);
  const end = rows.reduce((most, row) => Math.max(most, row.end), 0);
  await journal.decisions(first, stop, (decision, story) => {
    if (isMine(decision) && decision.type === 'CandleAmended') {
      const closed = byStart.get(decision.start);
      if (closed !== undefined) newest.set(decision.start, rowOf(decision, story, closed.complete));
    }
    const spec = story.instruments.get(rows[0]!.instrument)?.feeds.find((feed) => feed.source === rows[0]!.source);
    const lateUs = spec === undefined ? 0 : spec.latenessUs + spec.graceUs;
    return decision.at > end + lateUs ? 'enough' : 'on';
  });
  return newest;
}

function rowOf(decision: Told, story: Story, complete: boolean): RestCandle {
  const { instrument, source, timeframeUs, start, end, open, high, low, close, volume, trades, cause } = decision;
  const definition = definitionOf(story, instrument);
  return {
    ...{ instrument, source, timeframeUs, start, end, trades, complete, seq: cause, address: addressOf(decision) },
    ...{ open: price(open, definition), high: price(high, definition), low: price(low, definition), close: price(close, definition) },
    volume: size(volume, definition),
    version: decision.type === 'CandleAmended' ? decision.version : 1,
  };
}
