/** Sources that wait to be asked: tapes, recorded journals, the synthetic market. The sequencer pulls as fast as the disk takes it. */
import type { Chunk, MarketChunk } from './feed.ts';

export interface PulledSource {
  /**
   * The next facts or inputs, at most `maxNumbers`, arriving before `until()`. 'quiet': none arrives before it (only a paced source
   * waits and says so); 'end': none will ever come.
   */
  next(maxNumbers: number, until?: () => number): Promise<Chunk | 'quiet' | 'end'> | Chunk | 'quiet' | 'end';
  /** Where to go on behind what was given last. */
  cursor(): string;
  /** Data time runs with a clock: deadlines are asked for between facts. Otherwise they fire with the next fact. */
  readonly paced: boolean;
}

/** Anything that yields chunks and knows where it stands; null says there is nothing before the bound. */
export type Producer = Readonly<{ next(maxNumbers: number, untilUs?: number): Chunk | null; cursor(): string }>;

/** A producer as a source that ends after `ticks` facts, however often it was resumed; inputs behind the last fact are not given. */
export function bounded(producer: Producer, ticks = Infinity, told = 0): PulledSource {
  return {
    paced: false,
    cursor: () => `${told}@${producer.cursor()}`,
    next(maxNumbers, until) {
      if (told >= ticks) return 'end';
      const chunk = producer.next(Math.min(maxNumbers, ticks - told), until?.());
      if (chunk === null) return until === undefined ? 'end' : 'quiet';
      if (chunk.kind === 'market') told += countOf(chunk);
      return chunk;
    },
  };
}

/** Takes a `bounded` cursor apart: how many facts were told, and the producer's own cursor. */
export function boundedCursor(cursor: string): Readonly<{ told: number; inner: string }> {
  const [, told, inner] = /^(\d+)@(.*)$/s.exec(cursor) ?? [];
  if (told === undefined || inner === undefined)
    throw new BadCursor(`${JSON.stringify(cursor.slice(0, 40))} is not a cursor of this source`);
  return { told: Number(told), inner };
}

export class BadCursor extends Error {
  override name = 'BadCursor';
}

export function countOf(chunk: MarketChunk): number {
  return chunk.blocks.reduce((sum, block) => sum + block.count, 0);
}
