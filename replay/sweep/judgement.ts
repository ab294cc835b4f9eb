/** How far the best of a search can be believed: by its own returns, by how much was tried, and by how the best of one half did on the other. */
import { MOST_BLOCKS, overfittingOf } from '#engine/portfolio/metrics/overfitting.ts';
import { deflatedSharpe, probabilisticSharpe, sharpeFacts, type Trials } from '#engine/portfolio/metrics/significance.ts';
import type { Figures } from './figures.ts';

export type Belief = Readonly<{ psr: number | null; deflated: number | null }>;

export function beliefIn({ returns }: Figures, trials: Trials): Belief {
  const facts = sharpeFacts(returns);
  if ('reason' in facts) return { psr: null, deflated: null };
  const [psr, deflated] = [probabilisticSharpe(facts, 0), deflatedSharpe(facts, trials)];
  return { psr: typeof psr === 'number' ? psr : null, deflated: typeof deflated === 'number' ? deflated : null };
}

export type OverfittingTold =
  | Readonly<{ probability: number; splits: number; blocks: number; variants: number; reason: null }>
  | Readonly<{ probability: null; reason: string }>;

/** More variants than this take minutes; the rest is left out evenly. */
const MOST_VARIANTS = 1_000;
/** Ten blocks make 252 splits; more make the estimate finer and the wait long. */
const BLOCKS = 10;
const LEAST_DAYS_A_BLOCK = 2;

export function overfittingIn(trials: readonly (Figures | null)[]): OverfittingTold {
  const all = trials.flatMap((figures) => (figures?.returns == null ? [] : [figures.returns]));
  const days = all.reduce((most, { length }) => Math.max(most, length), 0);
  const whole = all.filter(({ length }) => length === days);
  if (whole.length < 2) return { probability: null, reason: 'fewer than two trials have daily returns' };
  let blocks = Math.min(BLOCKS, MOST_BLOCKS, Math.floor(days / LEAST_DAYS_A_BLOCK));
  blocks -= blocks % 2;
  if (blocks < 4) return { probability: null, reason: `${days} days are too few: at least ${4 * LEAST_DAYS_A_BLOCK} are needed` };
  const every = Math.ceil(whole.length / MOST_VARIANTS);
  const variants = whole.filter((_, index) => index % every === 0).map((returns) => Float64Array.from(returns));
  const { probability, splits } = overfittingOf(variants, blocks);
  return { probability, splits, blocks, variants: variants.length, reason: null };
}
