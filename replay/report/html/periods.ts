/** Returns by month as tiles a year; a run of less than three months is told by day. Colour follows the figure, which is always written. */
import type { Period } from '#engine/portfolio/metrics/breakdown.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { changeText, MONTHS, plain } from '#engine/run/figures.ts';
import type { RunResult } from '#engine/run/result.ts';
import { escaped, section, toneOf } from './markup.ts';

const FEWEST_MONTHS = 3;

export function periodsSection(result: RunResult, { breakdown }: Measures): string {
  const byMonth = breakdown.months.length >= FEWEST_MONTHS;
  const periods = byMonth ? breakdown.months : breakdown.days;
  const strongest = periods.reduce((most, { ret }) => Math.max(most, Math.abs(ret ?? 0)), 0);
  const tile = (period: Period) =>
    tileOf(period, byMonth ? (MONTHS[Number(period.key.slice(5)) - 1] as string) : period.key.slice(5), strongest, result);
  const groups = new Map<string, Period[]>();
  for (const period of periods) {
    const name = period.key.slice(0, byMonth ? 4 : 7);
    groups.set(name, [...(groups.get(name) ?? []), period]);
  }
  const blocks = [...groups].map(([name, of]) => {
    const all = compounded(of);
    const change = of.reduce((sum, period) => sum + period.change, 0n);
    const total = `<span class="total ${toneOf(change)}">${all === null ? '' : `${signedPlain(all * 100, 1)} %, `}${escaped(changeText(change, result))}</span>`;
    const lead = byMonth ? leadOf(of[0] as Period) : '';
    return `<div class="year"><h3>${name} ${total}</h3><ol class="tiles ${byMonth ? 'months' : 'days'}">${lead}${of.map(tile).join('')}</ol></div>`;
  });
  const note = `Change of equity in %, from end to end of each ${byMonth ? 'month' : 'day'}; the amount in ${result.currency} shows on hover.`;
  return section({ id: 'months', title: byMonth ? 'By month' : 'By day', note, body: blocks.join('') });
}

/** Empty tiles for the months before the first, so that a month stands in its column. */
const leadOf = ({ key }: Period): string => '<li class="none" aria-hidden="true"></li>'.repeat(Number(key.slice(5)) - 1);

function tileOf({ key, change, ret }: Period, name: string, strongest: number, result: RunResult): string {
  const strength = ret === null || strongest === 0 ? 0 : Math.round((Math.abs(ret) / strongest) * 100);
  const text = ret === null ? '–' : signedPlain(ret * 100, 1);
  return `<li class="${toneOf(ret)}" style="--strength:${strength}" title="${key}: ${escaped(changeText(change, result))} ${escaped(result.currency)}"><small>${name}</small>${text}</li>`;
}

const signedPlain = (value: number, digits: number): string => {
  const text = plain(value, digits);
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
};

/** What the periods make together; null where one has no return. */
function compounded(periods: readonly Period[]): number | null {
  let growth = 1;
  for (const { ret } of periods) {
    if (ret === null) return null;
    growth *= 1 + ret;
  }
  return growth - 1;
}
