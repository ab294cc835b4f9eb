/** What leaves an indicator, or goes from one to the next, stays a number that may be an input: finite, not too large, never −0. */
import { assert } from '../assert.ts';
import { LARGEST_INPUT } from './indicator.ts';

export const LARGEST_FACTOR = 1000;

export function withinLimits(x: number): number {
  return Math.min(Math.max(x, -LARGEST_INPUT), LARGEST_INPUT) + 0;
}

/** a / b held within the limits; `ifNone` where b is 0. */
export function quotient(a: number, b: number, ifNone: number): number {
  return b === 0 ? ifNone : withinLimits(a / b);
}

/** Of a band: how many deviations or ranges it lies away. */
export function checkedFactor(factor: number): number {
  assert(factor >= 0 && factor <= LARGEST_FACTOR, 'the factor of a band must be a number from 0 to LARGEST_FACTOR');
  return factor + 0;
}
