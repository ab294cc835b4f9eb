/** Frames whose numbers follow each other as one frame: a block a lane, every fact under its number. */
import { assert } from '../assert.ts';
import { type Block, MAX_FRAME_NUMBERS, type MarketFrame, marketFrame, NO_LANE, NO_SEQ } from './blocks.ts';

export function joinedFrames(frames: readonly MarketFrame[]): MarketFrame {
  const [only] = frames;
  if (frames.length === 1) return only!;
  const count = frames.reduce((sum, frame) => sum + frame.count, 0);
  assert(count <= MAX_FRAME_NUMBERS, `${count} numbers are more than a frame holds`);
  const parts = new Map<string, Block[]>();
  const owners = new Map<string, number>();
  const lane = new Uint16Array(count);
  let offset = 0;
  for (const frame of frames) {
    assert(frame.first === only!.first + offset, 'frames that are joined follow each other');
    const own = frame.blocks.map((block) => {
      const key = keyOf(block);
      if (!owners.has(key)) owners.set(key, owners.size);
      parts.set(key, [...(parts.get(key) ?? []), block]);
      return owners.get(key)!;
    });
    if (frame.blocks.length === 1) lane.fill(own[0]!, offset, offset + frame.count);
    else for (let index = 0; index < frame.count; index++) lane[offset + index] = own[frame.lane[index]!]!;
    offset += frame.count;
  }
  const blocks = [...parts.values()].map(joinedBlocks);
  return marketFrame(only!.first, blocks, blocks.length === 1 ? NO_LANE : lane, frames.at(-1)!.cursor);
}

const keyOf = ({ instrument, source, kind, timeframeUs }: Block): string => `${instrument}|${source}|${kind}|${timeframeUs}`;

function joinedBlocks(blocks: readonly Block[]): Block {
  const [first] = blocks;
  if (blocks.length === 1) return first!;
  const { instrument, source, kind, timeframeUs, values } = first!;
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const column = (of: (block: Block) => Float64Array): Float64Array => {
    const all = new Float64Array(count);
    let at = 0;
    for (const block of blocks) {
      all.set(of(block), at);
      at += block.count;
    }
    return all;
  };
  const flags = new Uint8Array(count);
  let at = 0;
  for (const block of blocks) {
    flags.set(block.flags, at);
    at += block.count;
  }
  const venueTime = column((block) => block.venueTime);
  const isNumbered = blocks.some(({ venueSeq }) => venueSeq.length > 0);
  return {
    ...{ instrument, source, kind, timeframeUs, count },
    at: blocks.every((block) => block.at === block.venueTime) ? venueTime : column((block) => block.at),
    venueTime,
    // 0: this one carries no number
    venueSeq: isNumbered ? column((block) => (block.venueSeq.length > 0 ? block.venueSeq : new Float64Array(block.count))) : NO_SEQ,
    flags,
    values: values.map((_, j) => column((block) => block.values[j]!)),
  };
}
