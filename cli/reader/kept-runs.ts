/** The catalogue of runs and the tapes they were played over, as lists: their manifests only, nothing is played. */
import { join } from 'node:path';
import type { RestRun, RestRunDetail, RestTape } from '#gateway/contracts/rest-runs.ts';
import type { RunListAsked, RunListSaid } from '#gateway/rest/ports.ts';
import { sliceBehind } from '#gateway/rest/slices.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import { isJournal } from '../compose/desk-home.ts';
import type { BacktestSettings } from '../research/backtest-settings.ts';
import { backtestWords } from '../research/backtest-words.ts';
import { runsHere } from '../research/run-answers.ts';
import { nameOfTape, tapeNamed, tapeNames } from '../research/tapes.ts';

const FIGURE = { return: 'totalReturn', sharpe: 'sharpe', drawdown: 'maxDrawdown' } as const;

/** Newest first, or best first. */
export function runList({ strategy, tape, tag, kind, find, sort, limit, behind }: RunListAsked): RunListSaid {
  const wanted = find?.toLowerCase();
  const rows = runsHere()
    .list()
    .filter(
      (one) =>
        (strategy === undefined || one.strategy === strategy) &&
        (tape === undefined || one.tapes.includes(tape)) &&
        (tag === undefined || one.tags.includes(tag)) &&
        (kind === undefined || one.kind === kind) &&
        (wanted === undefined || textOf(one).includes(wanted)),
    )
    .reverse();
  if (sort !== 'made') rows.sort(bestFirst(FIGURE[sort], sort === 'drawdown' ? -1 : 1));
  const { items, next } = sliceBehind(rows, (one) => one.id, { limit, behind });
  return { items: items.map(rowOf), next };
}

/** What is found by. */
const textOf = ({ id, strategy, version, parameters, tapes, instruments, tags }: RunEntry): string =>
  [id, strategy, version, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`), ...tapes, ...instruments, ...tags]
    .join(' ')
    .toLowerCase();

/** Where a run has no such figure, it stands last. */
const bestFirst =
  (figure: string, sign: 1 | -1) =>
  (one: RunEntry, other: RunEntry): number => {
    const [a, b] = [one.figures[figure] ?? null, other.figures[figure] ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (b - a);
  };

export function runFound(id: string): RestRunDetail | null {
  const runs = runsHere();
  if (!runs.has(id)) return null;
  const entry = runs.read(id);
  const scale = (entry.equity.split('.')[1] ?? '').length;
  const again = entry.kind === 'backtest' ? backtestWords(entry.settings as BacktestSettings, scale) : null;
  return {
    ...{ ...rowOf(entry), settings: entry.settings, journal: isJournal(join(runs.place(id), JOURNAL)) },
    again: again === null ? null : { command: again.command, missing: [...again.missing] },
  };
}

export const runTagged = (id: string, tags: readonly string[]): RestRun => rowOf(runsHere().tag(id, tags));

export function runRemoved(id: string): null {
  runsHere().remove(id);
  return null;
}

function rowOf({ id, format: _, settings: __, costs, ...entry }: RunEntry): RestRun {
  const { parameters, instruments, tapes, figures, tags } = entry;
  return {
    ...entry,
    run: id,
    costs: costs ?? null,
    ...{ parameters: { ...parameters }, instruments: [...instruments], tapes: [...tapes], figures: { ...figures }, tags: [...tags] },
  };
}

export const tapeList = (): RestTape[] =>
  tapeNames()
    .map((name) => tapeNamed(name))
    .map((found) => {
      const { manifest } = found;
      return {
        ...{ tape: nameOfTape(found), from: manifest.from, to: manifest.to, facts: manifest.count, hash: manifest.hash },
        bytes: manifest.frames.reduce((sum, frame) => sum + frame.bytes, 0),
        streams: manifest.streams.map(({ instrument, source, kind, timeframeUs, count, from, to }) => ({
          ...{ instrument, source, kind, timeframeUs, facts: count, from, to },
        })),
      };
    });
