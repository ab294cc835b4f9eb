/** A run's equity as it is told, with how far each point lies below the highest before it: exact, in decimal text. */
import { decimalsOf, exact, textOf } from '../orders/decimal-text.ts';
import type { Marked } from '../portfolio/equity-points.ts';

/** `cash`: what it began with, which is the first peak. What is no number is left out. */
export function equityPath(items: readonly (readonly [at: number, equity: string])[], cash: string): Marked[] {
  const scale = Math.max(decimalsOf(cash), ...items.slice(0, 1).map(([, equity]) => decimalsOf(equity)));
  const step = scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`;
  const whole = (text: string): bigint | null => {
    const value = exact(text);
    return value === null || value.scale > scale ? null : value.digits * 10n ** BigInt(scale - value.scale);
  };
  let peak = whole(cash) ?? 0n;
  return items.flatMap(([at, equity]): Marked[] => {
    const now = whole(equity);
    if (now === null) return [];
    if (now > peak) peak = now;
    return [{ at, account: '', equity, drawdown: textOf(peak - now, step), seq: 0 }];
  });
}
