/** Days and times as people give them to flags. */
import type { TimeUs } from '#engine/values.ts';
import type { Flags } from '../flags.ts';

/** A UTC day or time; null where the flag is not given. */
export function momentIn(flags: Flags, name: string): TimeUs | null {
  const text = flags.text(name);
  if (text === null) return null;
  const at = momentOf(text);
  if (at !== null) return at;
  flags.fault(name, text, 'is not a day like 2022-01-31 or a time like 2022-01-31T09:30:00Z (UTC)');
  return null;
}

export function momentOf(text: string): TimeUs | null {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?)?$/.test(text)
    ? Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text.endsWith('Z') ? text : `${text}Z`)
    : Number.NaN;
  return Number.isFinite(at) ? ((at * 1000) as TimeUs) : null;
}
