/** What a finished sweep says: the best with what stands beside it, how far it can be believed, and what was played again to be sure. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentText, plain } from '#engine/run/figures.ts';
import { plateauMap } from '#replay/sweep/plateau.ts';
import type { Choice, Value } from '#replay/sweep/space.ts';
import { iso } from '#replay/words.ts';
import type { Answer } from '../answer.ts';
import { shortPath } from '../compose/journal-reader.ts';
import { grouped } from '../screen/desk-screen.ts';
import { table } from '../screen/state-text.ts';
import { keepTried } from './sweep-kept.ts';
import { LESS_IS_BETTER, type Tried } from './sweep-search.ts';
import { type Judged, keepDocumentOf, type Swept, type Walked } from './sweep-session.ts';

export type SweepTold = Readonly<{
  objective: string;
  /** The backtest command without its parameters, to repeat a trial by. */
  command: string;
  dark: boolean;
  /** Two parameters; null: the first two that vary, if there are two. */
  map: readonly [string, string] | null;
  ms: number;
}>;

const n = (value: number): string => grouped(String(value));
const orDash = (value: number | null | undefined, text: (value: number) => string): string => (value == null ? '–' : text(value));
const two = (value: number): string => plain(value, 2);
const setText = (choice: Choice): string =>
  Object.entries(choice)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

export async function sweepAnswer(swept: Swept, told: SweepTold): Promise<Answer> {
  const { settled, folder, trials, best, overfitting, counted, repeated, walked } = swept;
  const { objective, command, ms } = told;
  const picture = await pictureOf(swept, told);
  const fields = {
    sweep: settled.id,
    ...{ objective, trials: trials.length, scored: trials.filter(({ score }) => score !== null).length, counted },
    best: best.map(fieldsOf),
    overfitting,
    repeated,
    ...(walked === null ? {} : { walk: walkFields(walked) }),
    files: [join(folder, 'result.json'), ...(picture === null ? [] : [picture])],
    took: { ms: Math.round(ms) },
  };
  keepDocumentOf(swept, fields);
  keepTried(swept, { objective, command });
  const [first] = best;
  const set =
    first === undefined
      ? ''
      : Object.entries(first.tried.choice)
          .map(([name, value]) => ` --set ${name}=${value}`)
          .join('');
  return {
    ok: first !== undefined,
    fields: fields as unknown as Answer['fields'],
    text: [
      ...(walked === null ? [] : ['The best of the last training, which would be used now:']),
      ...(first === undefined
        ? [`None of ${n(swept.judged.length)} trials has a ${objective}: too few trades, or given up.`]
        : bestLines(best, objective)),
      '',
      ...(walked === null ? [] : [...walkLines(walked, objective), '']),
      `${n(trials.length)} trials in ${(ms / 1000).toFixed(1)} s; ${n(counted)} were ever tried with this strategy on this data, and DSR is judged by all of them.`,
      ...(overfitting.probability === null
        ? [`Probability of overfitting: unknown, ${overfitting.reason}.`]
        : [
            `Probability of overfitting ${percentText(overfitting.probability)}: so often the best of one half of the days was no better than the middle on the other (${overfitting.splits} splits, ${n(overfitting.variants)} trials).`,
          ]),
      `${repeated.length} trials were played again one by one, and agree: ${repeated.map(({ number, runHash }) => `${number} (run ${runHash.slice(0, 8)})`).join(', ')}.`,
      ...(picture === null ? [] : [`wrote ${shortPath(picture)}`]),
      `wrote ${shortPath(join(folder, 'result.json'))}`,
      `next: npx retrace ${command}${set}`,
    ],
  };
}

/** As a person reads it: what is to be low was searched by its negative. */
const shownScore = (score: number, objective: string): number => (LESS_IS_BETTER.has(objective) ? -score : score);

function bestLines(best: readonly Judged[], objective: string): readonly string[] {
  const rows = best.map(({ tried, neighbours, belief }, index) => {
    const metrics = tried.figures!.metrics;
    return [
      String(index + 1),
      setText(tried.choice),
      two(shownScore(tried.score!, objective)),
      neighbours.median === null ? '–' : `${two(shownScore(neighbours.median, objective))} (${neighbours.count})`,
      orDash(metrics['totalReturn'], percentText),
      orDash(metrics['sharpe'], two),
      orDash(metrics['maxDrawdown'], percentText),
      orDash(metrics['trades'], (value) => n(value)),
      orDash(belief.psr, two),
      orDash(belief.deflated, two),
    ];
  });
  return table([['', 'parameters', objective, 'neighbours', 'return', 'Sharpe', 'drawdown', 'trades', 'PSR', 'DSR'], ...rows]);
}

const fieldsOf = ({ tried, neighbours, belief }: Judged): object => {
  const { number, choice, id, score, figures } = tried;
  return { number, parameters: choice, settingsHash: id, score, neighbours, ...belief, metrics: figures!.metrics };
};

function walkLines({ windows, metrics }: Walked, objective: string): readonly string[] {
  const day = (us: number): string =>
    iso(us as never)
      .slice(0, 16)
      .replace('T', ' ');
  const rows = windows.map(({ window, best, inside, outside }) => [
    `${day(window.test.from)} to ${day(window.test.to)}`,
    best === null ? 'none' : setText(best.choice),
    orDash(inside, (value) => two(shownScore(value, objective))),
    orDash(outside?.metrics[objective], two),
    orDash(outside?.metrics['totalReturn'], percentText),
    orDash(outside?.metrics['trades'], (value) => n(value)),
  ]);
  return [
    ...table([['tested on', 'best of its training', `${objective} in training`, 'in test', 'return', 'trades'], ...rows]),
    `Out of sample, one after the other: return ${orDash(metrics['totalReturn'], percentText)}, Sharpe ${orDash(metrics['sharpe'], two)}, deepest drawdown ${orDash(metrics['maxDrawdown'], percentText)}; the best changed ${changesOf(windows.map(({ best }) => best))} times in ${windows.length} windows.`,
  ];
}

function changesOf(chosen: readonly (Tried | null)[]): number {
  const texts = chosen.map((one) => JSON.stringify(one?.choice ?? null));
  return texts.filter((text, index) => index > 0 && text !== texts[index - 1]).length;
}

const walkFields = ({ windows, equity, metrics }: Walked): object => ({
  windows: windows.map(({ window, best, inside, outside, runHash }) => ({
    ...{ ...window, parameters: best?.choice ?? null, inside, runHash },
    outside: outside?.metrics ?? null,
  })),
  metrics,
  equity: { time: [...equity.time], minor: [...equity.minor] },
});

/** Null where there are no two parameters to draw. */
async function pictureOf({ settled, folder, judged }: Swept, { map, dark, objective }: SweepTold): Promise<string | null> {
  const names = map ?? settled.space.dimensions.map(({ name }) => name).slice(0, 2);
  const [x, y] = names;
  if (x === undefined || y === undefined) return null;
  const shown = judged.map(
    ({ choice, score }): Readonly<{ choice: Readonly<Record<string, Value>>; score: number | null }> => ({
      choice,
      score: score === null ? null : shownScore(score, objective),
    }),
  );
  const [{ plateauSvg }, { pngOf }] = await Promise.all([import('#infra/render/plateau.ts'), import('#infra/render/png.ts')]);
  const title = `${settled.found.strategy.name}: ${objective} by ${x} and ${y}`;
  const note = `${settled.base.tapes.map(({ name }) => name).join(', ')} · ${n(judged.length)} trials · a cell is the middle of all trials in it`;
  const path = join(folder, 'plateau.png');
  writeFileSync(path, pngOf(plateauSvg({ title, note, ...plateauMap(settled.space, shown, x, y) }, dark ? 'dark' : 'light'), 1920));
  return path;
}
