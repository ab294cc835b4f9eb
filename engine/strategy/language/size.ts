/** How many lots a document wants at an entry: whole, rounded down, null while something it needs is not known. */
import type { Instrument } from '../../market/instrument.ts';
import { unitOf } from '../../portfolio/valuation.ts';
import { riskedLots } from '../../risk/sizing.ts';
import type { Minor } from '../../values.ts';
import type { Program } from './check.ts';
import type { Evaluation } from './evaluation.ts';
import type { Read } from './values.ts';

/** More than any venue takes, and still exact. */
const MOST_LOTS = 1_000_000_000;
const BASIS_POINTS_A_PERCENT = 100;
const ALL = 10_000;

export type SizeFacts = Readonly<{
  equity: Minor;
  instrument: Instrument | null;
  /** Ticks between entry and stop; null without a stop. */
  riskTicks: number | null;
}>;
export type Size = (facts: SizeFacts) => number | null;

export function sizeOf(program: Program, evaluation: Evaluation): Size {
  const { sizing } = program;
  if (sizing.by === 'lots') {
    const lots = evaluation.read(sizing.lots);
    return () => within(lots, null);
  }
  const percent = evaluation.read(sizing.percent);
  const most = sizing.most === null ? null : evaluation.read(sizing.most);
  const move = sizing.by === 'volatility' ? evaluation.read(sizing.move) : null;
  return ({ equity, instrument, riskTicks }) => {
    const share = percent() as number | null;
    const moved = move === null ? riskTicks : (move() as number | null);
    if (share === null || moved === null || instrument === null) return null;
    const distance = Math.max(1, Math.round(moved));
    if (!Number.isSafeInteger(distance)) return null;
    const riskBasisPoints = Math.min(ALL, Math.max(0, Math.round(share * BASIS_POINTS_A_PERCENT)));
    const lots = riskedLots({ equity, riskBasisPoints, entry: 0, stop: distance }, unitOf(instrument));
    return within(() => lots, most);
  };
}

function within(lots: Read, most: Read | null): number | null {
  const [wanted, limit] = [lots() as number | null, most === null ? MOST_LOTS : (most() as number | null)];
  if (wanted === null || limit === null) return null;
  return Math.max(0, Math.floor(Math.min(wanted, limit, MOST_LOTS)));
}
