/**
 * Chance as named streams: a seed and a name decide every draw, so a new draw in one stream never shifts another.
 * Never reads a clock or entropy; a stream's whole state is four whole numbers.
 */
import { assert } from './assert.ts';
import { log } from './math.ts';

/** The stream of this name under this seed (any safe whole number). The same pair is the same stream, always. */
export function randomStream(seed: number, name: string): RandomStream {
  assert(Number.isSafeInteger(seed), 'randomStream: the seed must be a safe whole number');
  assert(name.length > 0, 'randomStream: a stream needs a name');
  const low = seed >>> 0;
  const high = Math.floor(seed / TWO_32) >>> 0;
  let a = mix(low ^ 0x9e3779b9);
  let b = mix(high ^ 0x243f6a88);
  let c = mix(name.length ^ 0xb7e15162);
  for (let i = 0; i < name.length; i += 1) {
    const unit = name.charCodeAt(i); // UTF-16 units: the same everywhere
    a = mix(a ^ unit);
    b = mix(b + a);
    c = mix(c ^ b);
  }
  const stream = new RandomStream([a >>> 0, b >>> 0, c >>> 0, 1]);
  for (let i = 0; i < WARM_UP; i += 1) stream.u32(); // sfc32 needs a dozen draws to mix its seed
  return stream;
}

/** sfc32 (Doty-Humphrey): passes PractRand, a period of at least 2^32, expected 2^127. */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;

  constructor(saved: readonly number[]) {
    this.load(saved);
  }

  /** Uniform over 0 … 2^32 − 1. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1) with all 53 bits; two draws. */
  float(): number {
    return this.#bits53() / 9007199254740992;
  }

  /** Uniform over 0 … n − 1, without bias: draws beyond the last whole multiple of n are thrown away. */
  below(n: number): number {
    assert(Number.isSafeInteger(n) && n >= 1, 'below: n must be a whole number of at least 1');
    if (n <= TWO_32) {
      const fair = TWO_32 - (TWO_32 % n);
      let draw = this.u32();
      while (draw >= fair) draw = this.u32();
      return draw % n;
    }
    const fair = TWO_53 - (TWO_53 % n);
    let draw = this.#bits53();
    while (draw >= fair) draw = this.#bits53();
    return draw % n;
  }

  /** Uniform over the whole numbers lo … hi, both included. */
  between(lo: number, hi: number): number {
    assert(Number.isSafeInteger(lo) && Number.isSafeInteger(hi) && lo <= hi, 'between: lo and hi must be whole, lo ≤ hi');
    return lo + this.below(hi - lo + 1); // a range wider than 53 bits fails the assert in below
  }

  /** True with probability p; always the same two draws, whatever p is. */
  chance(p: number): boolean {
    assert(p >= 0 && p <= 1, 'chance: p must be within 0 … 1');
    return this.float() < p;
  }

  /** Mean 0, deviation 1 (Marsaglia's polar method). The pair's second value is dropped so that no half-used pair is state. */
  normal(): number {
    for (;;) {
      const x = 2 * this.float() - 1;
      const y = 2 * this.float() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * log(s)) / s);
    }
  }

  save(): readonly number[] {
    return [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#counter >>> 0];
  }

  load(saved: readonly number[]): void {
    assert(saved.length === 4 && saved.every((word) => word >>> 0 === word), 'RandomStream: four words of 32 bits make a state');
    const [a, b, c, counter] = saved as [number, number, number, number];
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#counter = counter | 0;
  }

  #bits53(): number {
    const top = this.u32() >>> 5;
    return top * 67108864 + (this.u32() >>> 6);
  }
}

const WARM_UP = 16;
const TWO_32 = 4294967296;
const TWO_53 = 9007199254740992;

/** MurmurHash3's finisher: every bit of the word reaches every bit of the answer. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
