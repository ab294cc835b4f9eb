/** One stream of a tape: the one that was asked for by its number, or the only one of a kind. */
import type { Block, BlockKind, MarketFrame } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { TapeStream } from '#engine/market/tape.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { Refused } from '../answer.ts';
import { nameOfTape } from './tapes.ts';

export type Picked = Readonly<{ stream: TapeStream; instrument: Instrument }>;

/** `kinds`: the first of them that the tape has. */
export function pickedStream(tape: Tape, kinds: readonly BlockKind[], number: number | null): Picked {
  const { streams, instruments } = tape.manifest;
  const name = nameOfTape(tape);
  const kind = kinds.find((each) => streams.some((stream) => stream.kind === each));
  const lines = streams.map(({ instrument, source, kind: of }, at) => `--stream ${at + 1}: ${of}s of ${instrument} from ${source}`);
  const wanted = kinds.map((each) => (each === 'book' ? 'book changes' : `${each}s`)).join(' or ');
  if (kind === undefined) throw new Refused(2, [`${name} holds no ${wanted}`, ...lines], 'npx retrace tape ls');
  const fit = number === null ? streams.filter((stream) => stream.kind === kind) : streams.slice(number - 1, number);
  const [stream] = fit;
  if (stream === undefined)
    throw new Refused(2, [`--stream ${number}: ${name} has ${streams.length} streams`, ...lines], 'choose one of them');
  if (fit.length > 1)
    throw new Refused(2, [`${name} has ${fit.length} streams of ${kind}s; one is taken`, ...lines], 'choose one with --stream');
  if (!kinds.includes(stream.kind)) throw new Refused(2, [`--stream ${number}: holds ${stream.kind}s; ${wanted} are needed`, ...lines]);
  return { stream, instrument: instruments.find(({ id }) => id === stream.instrument)! };
}

export function* blocksOf(frames: Iterable<MarketFrame>, stream: TapeStream): Generator<Block> {
  for (const { blocks } of frames)
    for (const block of blocks)
      if (
        block.instrument === stream.instrument &&
        block.source === stream.source &&
        block.kind === stream.kind &&
        block.timeframeUs === stream.timeframeUs
      )
        yield block;
}
