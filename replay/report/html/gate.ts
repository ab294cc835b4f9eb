/** What each guard of the gate cost or saved, where that was asked for, and what is taken for granted in it. */
import { changeText, NOTHING, plain } from '#engine/run/figures.ts';
import type { RunResult } from '#engine/run/result.ts';
import { GATE_VALUE_ASSUMES, type GateValue, guardText } from '../../gate-value.ts';
import { type Cell, escaped, section, table, toneOf } from './markup.ts';

export function gateSection(result: RunResult, values: readonly GateValue[] | null): string {
  if (values === null) return '';
  const title = 'What the gate was worth';
  if (values.length === 0) return section({ id: 'gate', title, note: 'It refused nothing.', body: '' });
  const columns = [
    { title: 'guard', align: 'left' as const },
    ...['refused', 'fills without it', `value, ${result.currency}`].map((each) => ({ title: each, align: 'right' as const })),
  ];
  const rows = values.map(({ guard, refused, moreFills, value }): readonly Cell[] => [
    guardText(guard),
    plain(refused, 0),
    moreFills === null ? NOTHING : `${moreFills > 0 ? '+' : ''}${plain(moreFills, 0)}`,
    value === null ? 'cannot be lifted' : { text: changeText(value, result), tone: toneOf(value) },
  ]);
  const assumes = GATE_VALUE_ASSUMES.map((text) => `<li>${escaped(text)}</li>`).join('');
  return section({
    id: 'gate',
    title,
    note: 'Orders that each guard refused, and the run played again without it.',
    body: `${table(title, columns, rows, true)}<ul class="note assumes">${assumes}</ul>`,
  });
}
