/** From what a person asked for to a search: which parameters vary and how, over which data, with what held fixed. Refuses before anything runs. */
import { createHash } from 'node:crypto';
import { type ParameterSpec, parametersOf } from '#engine/strategy/strategy.ts';
import type { TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { type Condition, conditionOf } from '#replay/sweep/conditions.ts';
import { everyChoice, type Method } from '#replay/sweep/search.ts';
import {
  type Choice,
  type Dimension,
  dimensionOf,
  isAllowed,
  MOST_LISTED,
  type Space,
  sizeOf,
  stepped,
  valueAt,
} from '#replay/sweep/space.ts';
import type { Span, Walk } from '#replay/sweep/walk.ts';
import { Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';
import { type BacktestSettings, beginOf } from './backtest-settings.ts';
import type { FoundStrategy } from './kept-strategies.ts';
import { strategyNamed } from './strategies.ts';
import type { Plan } from './sweep-search.ts';

export type SweepAsked = Readonly<{
  backtest: BacktestAsked;
  /** `fast=5..50:5` */
  params: readonly string[];
  where: readonly string[];
  method: Method;
  /** Null: the whole grid, or as many as are usual. */
  trials: number | null;
  seed: number;
  objective: string;
  minTrades: number;
  giveUp: number | null;
  walk: Walk | null;
}>;

export type SweepSettled = Readonly<{
  /** Of all that decides what comes out. */
  id: string;
  identity: object;
  tapes: readonly Tape[];
  space: Space;
  /** Arrivals of the data. */
  span: Span;
  trials: number;
  found: FoundStrategy;
  base: BacktestSettings;
  /** The search over a part of the data; null: over all of it. */
  planOver: (span: Span | null) => Plan;
}>;

const USUAL_TRIALS = 100;
const MOST_TRIALS = MOST_LISTED;

export async function sweepSettled(asked: SweepAsked): Promise<SweepSettled> {
  const { backtest, method, seed, objective, minTrades, giveUp, walk } = asked;
  const found = await strategyNamed(backtest.strategy);
  const space = spaceOf(asked, found);
  const { strategy } = found;
  const size = sizeOf(space);
  if (method === 'grid' && !(size <= MOST_TRIALS)) {
    const why = Number.isFinite(size) ? `${size} combinations` : 'a range without a step';
    throw new Refused(2, [`--param: ${why} is no grid; give larger steps, like fast=5..50:5, or choose with --method random or tpe`]);
  }
  const middle = Object.fromEntries(space.dimensions.map((each) => [each.name, valueAt(each, 0.5)]));
  const { settings: base, tapes } = await settled({ ...backtest, set: { ...backtest.set, ...middle } });
  const fixed = parametersOf(strategy, backtest.set);
  const trials = method === 'grid' ? Math.min(asked.trials ?? MOST_TRIALS, allowedOf(space, fixed)) : (asked.trials ?? USUAL_TRIALS);
  if (trials === 0) throw new Refused(2, ['--where: no combination fits'], 'npx retrace sweep --help');
  const settingsOver =
    (span: Span | null) =>
    (choice: Choice): BacktestSettings => ({
      ...base,
      tapes: span === null ? base.tapes : base.tapes.map((tape) => ({ ...tape, from: span.from, to: span.to })),
      strategy: { ...base.strategy, parameters: parametersOf(strategy, { ...backtest.set, ...choice }) },
    });
  const identity = {
    ...{ format: 1, build: thisBuild().hash, method, seed, trials, objective, minTrades, giveUp, walk },
    settings: { ...base, strategy: { ...base.strategy, parameters: fixed } },
    space: { dimensions: space.dimensions, conditions: space.conditions.map(({ text }) => text) },
  };
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const ends = tapes.map(({ manifest }) => manifest.to + 1);
  return {
    ...{ identity, tapes, space, trials, found, base },
    id: `${strategy.name}-${method}-${digest.slice(0, 8)}`,
    span: { from: beginOf(tapes, base.tapes), to: Math.min(backtest.to ?? Number.POSITIVE_INFINITY, Math.max(...ends)) as TimeUs },
    planOver: (span) => ({ ...{ method, space, seed, trials, fixed, objective, minTrades, giveUp }, settingsOf: settingsOver(span) }),
  };
}

function allowedOf(space: Space, fixed: Choice): number {
  let count = 0;
  for (const choice of everyChoice(space)) if (isAllowed(space, choice, fixed)) count += 1;
  return count;
}

function spaceOf({ backtest, params, where }: SweepAsked, found: FoundStrategy): Space {
  const { strategy } = found;
  const faults: string[] = [];
  const dimensions: Dimension[] = [];
  for (const text of params) {
    const [, name, values] = /^([A-Za-z]\w*)=(.+)$/s.exec(text) ?? [];
    const read = name === undefined ? 'is not name=values, like fast=5..50:5' : dimensionOf(strategy, name, values!);
    if (typeof read === 'string') faults.push(`--param ${text}: ${read}`);
    else if (Object.hasOwn(backtest.set, read.name)) faults.push(`--param ${text}: ${read.name} is held fixed by --set`);
    else if (dimensions.some((each) => each.name === read.name)) faults.push(`--param ${text}: ${read.name} is given twice`);
    else dimensions.push(read);
  }
  if (params.length === 0) dimensions.push(...stepsOf(found).filter(({ name }) => !Object.hasOwn(backtest.set, name)));
  if (dimensions.length === 0 && faults.length === 0)
    faults.push(
      `--param: which parameters vary? ${strategy.name} has ${Object.entries(strategy.parameters)
        .map(([name, spec]) => `${name}${rangeText(spec)}`)
        .join(', ')}`,
    );
  const standard = Object.fromEntries(Object.entries(strategy.parameters).map(([name, spec]) => [name, spec.standard]));
  const conditions = where.flatMap((text): readonly Condition[] => {
    const read = conditionOf(text, standard);
    if (typeof read !== 'string') return [read];
    faults.push(`--where "${text}": ${read}`);
    return [];
  });
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace sweep --help');
  return { dimensions, conditions };
}

/** The parameters for which a document says a step. */
function stepsOf({ document }: FoundStrategy): readonly Dimension[] {
  return (document?.parameters ?? []).flatMap(({ name, step, least, most }): readonly Dimension[] =>
    step === null || (most - least) / step >= MOST_LISTED
      ? []
      : [{ name, kind: 'listed', values: stepped(least, most, step), ordered: true }],
  );
}

const rangeText = (spec: ParameterSpec): string =>
  spec.kind === 'whole' || spec.kind === 'number'
    ? ` (${spec.least}..${spec.most})`
    : spec.kind === 'choice'
      ? ` (${spec.of.join(', ')})`
      : '';
