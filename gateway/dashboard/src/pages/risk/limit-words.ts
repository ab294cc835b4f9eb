/** A limit as a person says it: its name, what it is measured in, and its number in that. */
import type { Limit } from '../../asked.ts';

const NAMES: Readonly<Record<Limit['name'], readonly [name: string, about: string]>> = {
  collarPermille: ['Price collar', 'how far from the last price an order may be'],
  maxOrderLots: ['Order quantity', 'of one order'],
  maxOrderNotional: ['Order worth', 'of one order'],
  maxPositionLots: ['Position', 'with all that works'],
  softDailyLoss: ['Day’s loss, soft', 'from there on orders only reduce'],
  hardDailyLoss: ['Day’s loss, hard', 'there everything halts'],
  maxDrawdown: ['Drawdown', 'below the peak; there everything halts'],
  ordersPerSecond: ['Order rate', 'within any second'],
  duplicateUs: ['Duplicates', 'an equal order must be so much later'],
  staleUs: ['Stale data', 'the last tick may be so old'],
};
export const nameOfLimit = (name: Limit['name']): string => NAMES[name][0];
export const aboutLimit = (name: Limit['name']): string => NAMES[name][1];

/** `1000000` µs as `1 s`; the rest as it is. */
export function mostOf({ name, most, unit }: Pick<Limit, 'name' | 'most' | 'unit'>): Readonly<{ text: string; unit: string }> {
  if (name === 'collarPermille') return { text: most, unit: '‰' };
  if (unit !== 'µs') return { text: most, unit };
  const us = Number(most);
  return us % 1_000_000 === 0
    ? { text: String(us / 1_000_000), unit: 's' }
    : us % 1_000 === 0
      ? { text: String(us / 1_000), unit: 'ms' }
      : { text: most, unit };
}

/** How near: the bar is of it, and so is the word beside it. */
export function nearness(share: number): Readonly<{ tone: 'good' | 'warn' | 'stop'; word: string }> {
  if (share >= 1) return { tone: 'stop', word: 'reached' };
  if (share >= 0.75) return { tone: 'warn', word: 'near' };
  return { tone: 'good', word: 'far' };
}
/** Cut, not rounded: 99.9 % is never told as 100. */
export const percent = (share: number): string => `${Math.floor(share * 1_000) / 10} %`;
