/** A backtest on trial: its neighbours are its own settings with something changed, over the same tapes. */
import type { MarketFrame } from '#engine/market/blocks.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import { jittered } from '#replay/audit/variations.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { thisBuild } from '../compose/build.ts';
import { nodeDigest } from '../compose/digest.ts';
import type { AuditBench, Variation } from './audit-bench.ts';
import { playBacktest } from './backtest-play.ts';
import { type BacktestSettings, backtestDesk, backtestInputs, backtestManifest, beginOf, listedIn } from './backtest-settings.ts';
import { catalogue } from './kept-strategies.ts';
import { tapeOf } from './tapes.ts';

export function backtestBench(settings: BacktestSettings): AuditBench {
  const tapes = settings.tapes.map(tapeOf);
  const { name, version, parameters } = settings.strategy;
  return {
    ...{ venue: settings.venue, parted: 0, needsItsStart: null },
    strategies: [{ name, definition: catalogue(name, version)!, parameters }],
    play: async (variation, seed, heard) => {
      const moved = (frames: Iterable<MarketFrame>, tape: number) => jittered(frames, seed!, tape);
      const played = await playBacktest(varied(settings, variation), { tapes, heard, ...(seed === null ? {} : { facts: moved }) });
      return played?.result ?? null;
    },
    trial: async () => {
      const inputs = backtestInputs(settings, listedIn(tapes.map(({ manifest }) => manifest)), beginOf(tapes, settings.tapes));
      const facts = () =>
        tapes.map((tape, index) => {
          const { from, to } = settings.tapes[index]!;
          return tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY);
        });
      return {
        inputs,
        manifest: backtestManifest(settings, thisBuild()),
        make: () => new DeskRun({ desk: backtestDesk(settings), digest: nodeDigest, catalogue }),
        frames: () => mergedFrames(facts(), inputs.length + 1),
      };
    },
  };
}

function varied(settings: BacktestSettings, { venue = settings.venue, set, from }: Variation): BacktestSettings {
  const { strategy, tapes } = settings;
  const parameters = set === undefined ? strategy.parameters : { ...strategy.parameters, [set.parameter]: set.value };
  return {
    ...{ ...settings, venue, strategy: { ...strategy, parameters } },
    tapes: from === undefined ? tapes : tapes.map((tape) => ({ ...tape, from })),
  };
}
