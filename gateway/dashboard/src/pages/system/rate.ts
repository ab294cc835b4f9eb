/** How fast a number that only rises has risen lately; null until that can be said. */
import { useRef } from 'react';

const OVER_MS = 5_000;

export function useRate(value: number): number | null {
  const seen = useRef<{ ms: number; value: number }[]>([]);
  const now = performance.now();
  const points = seen.current;
  if (points.length > 0 && points.at(-1)!.value > value) points.length = 0; // a replay went back
  if (value > 0) points.push({ ms: now, value }); // nothing was told yet is no number to rise from
  while (points.length > 2 && now - points[1]!.ms > OVER_MS) points.shift();
  const [first] = points;
  return first === undefined || now - first.ms < 900 ? null : ((value - first.value) * 1_000) / (now - first.ms);
}

export const rateText = (perSecond: number | null): string =>
  perSecond === null ? '…' : `${perSecond >= 10 ? Math.round(perSecond) : perSecond.toFixed(1)} a second`;
