/** The table of docs/indicators.md says what the catalogue has: names, inputs, parameters with their standards, outputs, warm-up. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { INDICATORS } from '#engine/indicators/entries.ts';

const page = readFileSync(new URL('../../docs/indicators.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.slice(2, -2).split(' | '));

const told = (words: readonly string[]) => (words.length === 0 ? '–' : words.join(', '));

test('every indicator has its row, in the order of the catalogue', () => {
  expect(rows.map(([name]) => name)).toEqual(INDICATORS.map(({ name }) => `\`${name}\``));
  for (const row of rows) expect([row[0], row.length, row.every((cell) => cell.trim() !== '')]).toEqual([row[0], 8, true]);
});

test.each(INDICATORS.map((entry, i) => [entry.name, entry, rows[i] ?? []] as const))(
  '%s',
  (_name, entry, [, inputs, parameters, outputs, warmup]) => {
    expect(inputs).toBe(told(entry.inputs));
    expect(parameters).toBe(told(entry.parameters.map(({ name, standard }) => `${name} = ${standard}`)));
    expect(outputs).toBe(told(entry.outputs));
    expect(warmup).toMatch(new RegExp(`\\(${entry.make(entry.parameters.map(({ standard }) => standard)).warmup}\\)$`));
  },
);

/** The formula in front of the bracket, with ⌊√n⌋, max and the parameters' names. */
function computed(formula: string, given: Readonly<Record<string, number>>): number {
  const terms =
    formula
      .replaceAll('− ', '-')
      .replaceAll('+ ', '+')

      .match(/[+-]?(max\([^)]*\)|[^\s]+)/g) ?? [];
  return terms.reduce((sum, term) => sum + (term.startsWith('-') ? -1 : 1) * ofTerm(term.replace(/^[+-]/, ''), given), 0);
}

function ofTerm(term: string, given: Readonly<Record<string, number>>): number {
  const most = /^max\((.*)\)$/.exec(term);
  if (most !== null) return Math.max(...most[1].split(', ').map((part) => computed(part, given)));
  if (term === '⌊√n⌋') return Math.floor(Math.sqrt(given['n']));
  const [, times, name] = /^(\d*)([a-z]*)$/.exec(term) ?? [];
  if (name === undefined) throw new Error(`not understood in a warm-up: ${term}`);
  return (times === '' ? 1 : Number(times)) * (name === '' ? 1 : given[name]);
}

test.each(INDICATORS.map((entry, i) => [entry.name, entry, rows[i]?.[4] ?? ''] as const))(
  'the warm-up of %s holds for other parameters',
  (_name, entry, cell) => {
    const formula = cell.replace(/ \(\d+\)$/, '');
    for (const more of [0, 1, 3, 11]) {
      const parameters = entry.parameters.map(({ kind, standard, most }) =>
        kind === 'whole' ? Math.min(most, standard + more) : standard,
      );
      const given = Object.fromEntries(entry.parameters.map(({ name }, i) => [name, parameters[i]]));
      expect(computed(formula, given)).toBe(entry.make(parameters).warmup);
    }
  },
);
