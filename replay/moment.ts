/** Moments as people write them: `10:32`, `10:32:05`, an ISO time, or µs since 1970; a day is looked for inside the journal. */

import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { DAY_US, MINUTE_US, SECOND_US } from '#engine/values.ts';

/** `[from, to)`: a minute when a minute was named, a second when a second was. */
export type Moment = Readonly<{ from: number; to: number }>;
/** First and last arrival, and first and last number: a journal whose beginning was archived has a later first number. */
export type Bounds = Readonly<{ first: number; last: number; firstSeq: number; seq: number }>;

const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/;
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?:Z|\+00:00)?$/;
/** So many digits are µs: numbers of inputs never get there. */
const MICROSECONDS = /^\d{15,16}$/;

/** Null when the text is no moment. */
export function momentOf(text: string, { first, last }: Bounds): Moment | null {
  if (MICROSECONDS.test(text)) return { from: Number(text), to: Number(text) + 1 };
  const [, day, time] = ISO.exec(text) ?? [];
  if (day !== undefined && time !== undefined) {
    const start = Date.parse(`${day}T00:00:00Z`) * 1000;
    return Number.isNaN(start) ? null : within(start, time);
  }
  const today = Math.floor(last / DAY_US) * DAY_US;
  // the newest day of the journal that has such a moment
  for (let start = today; start >= Math.floor(first / DAY_US) * DAY_US; start -= DAY_US) {
    const moment = within(start, text);
    if (moment === null) return null;
    if (moment.to > first && moment.from <= last) return moment;
  }
  return within(today, text);
}

function within(dayStart: number, time: string): Moment | null {
  const match = CLOCK.exec(time);
  if (match === null || Number(match[1]) > 23 || Number(match[2]) > 59 || Number(match[3] ?? 0) > 59) return null;
  const [, hours, minutes, seconds, fraction] = match;
  let from = dayStart + Number(hours) * 60 * MINUTE_US + Number(minutes) * MINUTE_US;
  if (seconds === undefined) return { from, to: from + MINUTE_US };
  from += Number(seconds) * SECOND_US;
  if (fraction === undefined) return { from, to: from + SECOND_US };
  return { from: from + Number(fraction.padEnd(6, '0')), to: from + Number(fraction.padEnd(6, '0')) + 1 };
}

/** Null for a journal without inputs. */
export async function boundsOf(reader: JournalReader): Promise<Bounds | null> {
  let first: number | null = null;
  let last = 0;
  let firstSeq = 0;
  let seq = 0;
  const saw = (at: number): void => {
    first ??= at;
    if (at > last) last = at;
  };
  for await (const { frame } of reader.frames()) {
    if (frame.kind !== 'market' && frame.kind !== 'inputs' && frame.kind !== 'time') continue;
    const payload = decodePayload(frame);
    if (payload.kind === 'time') saw(payload.at);
    else if (payload.kind === 'inputs') for (const { at } of payload.records) saw(at);
    else if (payload.kind === 'market') {
      saw(payload.frame.blocks.reduce((least, { at }) => Math.min(least, at[0]), Infinity));
      for (const { at, count } of payload.frame.blocks) saw(at[count - 1]);
    }
    if (frame.kind === 'time') continue;
    if (firstSeq === 0) firstSeq = frame.first;
    seq = frame.first + frame.count - 1;
  }
  return first === null || seq === 0 ? null : { first, last, firstSeq, seq };
}
