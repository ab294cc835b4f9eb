/** A small tape of trades made from a seed: a price that wanders in waves, so that strategies that follow it trade. */
import { type Block, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceBlock } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { randomStream } from '#engine/random.ts';
import { DAY_US, instrumentId, type Seq, sourceId } from '#engine/values.ts';

export const TAPED: Instrument = {
  ...{ id: instrumentId('BTC-USD'), version: 1, tick: '0.1', lot: '0.001', multiplier: '1', currency: 'USD', currencyScale: 2 },
  ...{ calendar: 'ALWAYS' },
  feeds: [
    {
      ...{ source: sourceId('tape'), latenessUs: 0, graceUs: 0, silentUs: null, muteUs: null, lagUs: null, lagDownUs: null },
      ...{ absurdPermille: null, settleUs: 0, faultsToDown: 3, fillFlat: false },
    },
  ],
};
export const TAPE_START = 20_454 * DAY_US;

export type MadeTape = Readonly<{ seed: number; ticks: number; stepUs: number; frame: number; swing: number }>;
const STANDARD: MadeTape = { seed: 1, ticks: 6_000, stepUs: 10_000_000, frame: 700, swing: 900 };

/** One block of trades, `stepUs` apart. */
export function madeTrades(asked: Partial<MadeTape> = {}): Block {
  const { seed, ticks, stepUs, swing } = { ...STANDARD, ...asked };
  const chance = randomStream(seed, 'made tape');
  const venueTime = Float64Array.from({ length: ticks }, (_, index) => TAPE_START + index * stepUs);
  const price = new Float64Array(ticks);
  const lots = new Float64Array(ticks);
  let drift = 0;
  for (let index = 0, now = 600_000; index < ticks; index++) {
    if (index % 120 === 0) drift = (chance.float() - 0.5) * swing * 0.1;
    now = Math.max(1000, Math.round(now + drift + (chance.float() - 0.5) * swing * 0.2));
    price[index] = now;
    lots[index] = 1 + Math.floor(chance.float() * 50);
  }
  return {
    ...{ instrument: TAPED.id, source: sourceId('tape'), kind: 'trade', timeframeUs: 0, count: ticks, at: venueTime, venueTime },
    ...{ venueSeq: NO_SEQ, flags: new Uint8Array(ticks), values: [price, lots] },
  };
}

/** Numbered 1, 2, 3 …, as a tape has them. */
export function* madeFrames(block: Block, frame = STANDARD.frame): Generator<MarketFrame> {
  for (let from = 0; from < block.count; from += frame)
    yield marketFrame((from + 1) as Seq, [sliceBlock(block, from, Math.min(block.count, from + frame))], NO_LANE, null);
}
