/** What the commands of the catalogue answer. */
import { type RunEntry, Runs } from '#infra/runs/catalogue.ts';
import { type Answer, Refused } from '../answer.ts';
import { deskHome, runsFolder } from '../compose/desk-home.ts';
import { nearest } from '../nearest.ts';
import { grouped } from '../screen/desk-screen.ts';
import { table } from '../screen/state-text.ts';
import { namesOf } from './kept-strategies.ts';

export type Wanted = Readonly<{
  strategy: string | null;
  tape: string | null;
  tag: string | null;
  sort: 'made' | 'return' | 'sharpe' | 'drawdown';
  last: number;
}>;

export const runsHere = (): Runs => new Runs(runsFolder(deskHome()));

/** Whether the catalogue has something of this name, or that begins so. */
export const isRun = (named: string, runs = runsHere()): boolean => runs.has(named) || runs.list().some(({ id }) => id.startsWith(named));

/** A run by its name, or the beginning of one that no other shares. */
export function runNamed(named: string, runs = runsHere()): RunEntry {
  if (runs.has(named)) return runs.read(named);
  const ids = runs.list().map(({ id }) => id);
  const begin = ids.filter((id) => id.startsWith(named));
  if (begin.length === 1) return runs.read(begin[0]!);
  if (begin.length > 1) throw new Refused(2, [`${named}: begins several runs: ${begin.slice(0, 5).join(', ')}`], 'npx retrace runs ls');
  const meant = nearest(named, ids);
  const hint = ids.length === 0 ? 'there is none yet' : meant === null ? `there are ${ids.length}` : `did you mean ${meant}?`;
  throw new Refused(
    2,
    [`${named}: no run of that name; ${hint}`],
    ids.length === 0 ? 'npx retrace backtest --help' : 'npx retrace runs ls',
  );
}

const FIGURE = { return: 'totalReturn', sharpe: 'sharpe', drawdown: 'maxDrawdown' } as const;

export function listRuns({ strategy, tape, tag, sort, last }: Wanted): Answer {
  const runs = runsHere();
  const all = runs.list();
  const names = strategy === null ? null : namesOf(strategy);
  const wanted = all.filter(
    (run) =>
      (names === null || names.includes(run.strategy)) &&
      (tape === null || run.tapes.includes(tape)) &&
      (tag === null || run.tags.includes(tag)),
  );
  const isByTime = sort === 'made';
  if (!isByTime) wanted.sort(bestFirst(FIGURE[sort], sort === 'drawdown' ? -1 : 1));
  const shown = isByTime ? wanted.slice(-last) : wanted.slice(0, last);
  const rows = shown.map((run) => [
    run.id,
    setOf(run),
    run.tapes.join(', '),
    `${run.from.slice(0, 10)} to ${run.to.slice(0, 10)}`,
    percent(run.figures['totalReturn']),
    plain(run.figures['sharpe']),
    percent(run.figures['maxDrawdown']),
    run.costs === undefined ? '–' : `${grouped(run.costs)} ${run.currency}`,
    grouped(String(run.fills)),
    run.tags.join(' '),
  ]);
  const head = ['run', 'parameters', 'tapes', 'data', 'return', 'Sharpe', 'drawdown', 'costs', 'fills', 'tags'];
  return {
    ok: runs.broken.length === 0,
    fields: { runs: shown, count: wanted.length, broken: runs.broken },
    text: [
      ...(rows.length === 0 ? ['No run fits.'] : table([head, ...rows])),
      ...runs.broken,
      ...(shown.length < wanted.length ? [`${grouped(String(wanted.length - shown.length))} more: --last ${wanted.length}`] : []),
      `next: npx retrace ${rows.length === 0 ? 'backtest --help' : `report ${rows.at(isByTime ? -1 : 0)![0]}`}`,
    ],
  };
}

/** Where a run has no such figure, it stands last. */
const bestFirst =
  (figure: string, sign: 1 | -1) =>
  (one: RunEntry, other: RunEntry): number => {
    const [a, b] = [one.figures[figure] ?? null, other.figures[figure] ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (b - a);
  };

const setOf = ({ parameters }: RunEntry): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
const percent = (value: number | null | undefined): string => (typeof value === 'number' ? `${(100 * value).toFixed(2)} %` : '–');
const plain = (value: number | null | undefined): string => (typeof value === 'number' ? value.toFixed(2) : '–');

export function tagRun(named: string, words: readonly string[]): Answer {
  const bad = words.find((word) => !/^[\w.:-]{1,40}$/.test(word));
  if (bad !== undefined) throw new Refused(2, [`${bad}: a tag is a word of letters, digits, points, colons, dashes and underscores`]);
  const runs = runsHere();
  const entry = runs.tag(runNamed(named, runs).id, words);
  return {
    ok: true,
    fields: { run: entry.id, tags: entry.tags },
    text: [`${entry.id}: ${entry.tags.join(' ')}`, 'next: npx retrace runs ls'],
  };
}

export function removeRuns(named: readonly string[]): Answer {
  const runs = runsHere();
  const ids = named.map((name) => runNamed(name, runs).id);
  for (const id of ids) runs.remove(id);
  return { ok: true, fields: { removed: ids }, text: [`removed: ${ids.join(', ')}`, 'next: npx retrace runs ls'] };
}
