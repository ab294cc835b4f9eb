/** Where an audit draws its lines, and why there. Every one can be moved by a flag; docs/trust.md shows the table. */

/** How much of the profit must be left, in percent; more than this passes. */
export const KEPT = {
  fees: { percent: 0, why: 'a venue twice as dear is a cheaper way to be wrong than a bad fill: it may cost the profit, not make a loss' },
  latency: { percent: 25, why: 'an edge that a few hundred milliseconds eat belongs to whoever is nearer to the venue' },
  parameters: { percent: 25, why: 'a profit that its neighbours do not share was found by searching, not by understanding' },
  start: { percent: 25, why: 'the rate of profit may not hang on the first days that happened to be on the tape' },
  jitter: { percent: 50, why: 'one tick is less than anybody can promise about a price: half of the profit must survive it' },
  best: { percent: 0, why: 'what one trade in a hundred earned may never come again; without it there must be no loss' },
} as const;
export type KeptCheck = keyof typeof KEPT;
export const KEPT_CHECKS = Object.keys(KEPT) as readonly KeptCheck[];

export type Thresholds = Readonly<{
  kept: Readonly<Record<KeptCheck, number>>;
  /** The fees of the dearer venue, as a multiple. */
  feeTimes: number;
  /** Of the trades, those that are taken away. */
  bestPercent: number;
}>;

export const STANDARD_THRESHOLDS: Thresholds = {
  kept: Object.fromEntries(KEPT_CHECKS.map((check) => [check, KEPT[check].percent])) as Record<KeptCheck, number>,
  feeTimes: 2,
  bestPercent: 1,
};
