/** How moments read: engine time in µs, in the zone that was chosen, with UTC at hand. Nothing is rounded; what is not shown is cut. */
import { useSyncExternalStore } from 'react';
import { keep, kept } from './kept.ts';

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** UTC, this machine's, and the exchanges' own. */
export const ZONES: readonly string[] = [
  ...new Set([
    'UTC',
    LOCAL_ZONE,
    'America/New_York',
    'America/Chicago',
    'Europe/London',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Asia/Hong_Kong',
    'Asia/Tokyo',
  ]),
];

let zone = kept('zone', 'UTC');
if (!isZone(zone)) zone = 'UTC';
const listeners = new Set<() => void>();

export function setZone(next: string): void {
  zone = isZone(next) ? next : 'UTC';
  keep('zone', zone);
  for (const call of [...listeners]) call();
}
export const useZone = (): string =>
  useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => zone,
  );

function isZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

export type Detail = 'seconds' | 'millis' | 'micros';

/** `{ date: '2026-01-05', time: '10:32:00.123' }`. */
export function moment(us: number, at: string, detail: Detail = 'millis'): Readonly<{ date: string; time: string }> {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(at).formatToParts(Math.floor(us / 1_000_000) * 1_000)) parts[type] = value;
  const fraction = String(us % 1_000_000).padStart(6, '0');
  const below = detail === 'seconds' ? '' : `.${detail === 'millis' ? fraction.slice(0, 3) : fraction}`;
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    time: `${parts['hour']}:${parts['minute']}:${parts['second']}${below}`,
  };
}

/** `2026-01-05T10:32:00.123456Z`. */
export function isoOf(us: number): string {
  const { date, time } = moment(us, 'UTC', 'micros');
  return `${date}T${time}Z`;
}

/** `3.2 s`, `4 min`, `2 h 10 min`; for ages, which are told roughly. */
export function span(ms: number): string {
  if (ms < 0) return `−${span(-ms)}`;
  if (ms < 1_000) return `${Math.floor(ms)} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
  return `${Math.floor(ms / 86_400_000)} d`;
}
