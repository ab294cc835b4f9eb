/** The bundled strategies, and which code a recorded name and version mean. A version this build does not hold is refused by name. */
import { type Sha256, sha256 } from '../values.ts';
import { emaCrossWanted } from './ahead/ema-cross-ahead.ts';
import { breakout } from './breakout.ts';
import { emaCross } from './ema-cross.ts';
import { PAST } from './past/past.ts';
import type { Strategy, StrategyCatalogue } from './strategy.ts';
import { VERSIONS } from './versions.ts';

export const SAMPLES: readonly Strategy[] = [{ ...(emaCross as Strategy), wanted: emaCrossWanted }, breakout as Strategy];

export const sampleByName = (name: string): Strategy | null => SAMPLES.find((strategy) => strategy.name === name) ?? null;

export const versionOf = (strategy: Strategy): Sha256 => sha256(VERSIONS[strategy.name] ?? '');

export const catalogue: StrategyCatalogue = (name, version) => {
  const current = sampleByName(name);
  if (current !== null && versionOf(current) === version) return current;
  return PAST.find((past) => past.strategy.name === name && past.version === version)?.strategy ?? null;
};
