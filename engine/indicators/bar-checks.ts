/**
 * What a bar may be when it is pushed: prices in their order, a volume of zero or more, all within the limits. The refusals stand apart from the
 * checks, which so stay small enough to be compiled into each push: a number handed to a function of its own is a number on the heap.
 */
import { AssertionFailed, assert } from '../assert.ts';
import { LARGEST_INPUT } from './indicator.ts';

export function checkedBar(high: number, low: number, close: number): void {
  if (!(low <= close && close <= high && low >= -LARGEST_INPUT && high <= LARGEST_INPUT)) refuseBar(high, low, close);
}

export function checkedVolume(volume: number): number {
  if (!(volume >= 0 && volume <= LARGEST_INPUT)) refuseVolume(volume);
  return volume + 0;
}

function refuseBar(high: number, low: number, close: number): never {
  assert(high >= low, 'a bar has its high at or above its low');
  assert(close >= low && close <= high, 'a bar has its close between its low and its high');
  throw new AssertionFailed('the prices of a bar must be finite numbers within LARGEST_INPUT');
}

function refuseVolume(volume: number): never {
  assert(volume >= 0, 'a volume is zero or more');
  throw new AssertionFailed('a volume must be a finite number within LARGEST_INPUT');
}
