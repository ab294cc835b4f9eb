/** The desk that runs W1: one instrument, EMA 12/26 on minutes, market orders at the pure venue without latency or fee. */

import { nodeDigest } from '#cli/compose/digest.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { AccountId, DeskId, SourceId, StrategyId, TimeUs } from '#engine/values.ts';
import { sha256 } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { W1_SOURCE, w1Instrument } from './w1-market.ts';

export const ACCOUNT = 'w1' as AccountId;
const VERSION = sha256('0'.repeat(64));

/** What stands before the first tick. */
export function w1Genesis(seeds: readonly number[]): InputRecord[] {
  const at = (Date.UTC(2024, 0, 1) * 1000) as TimeUs;
  const bodies: Omit<InputRecord, 'seq' | 'at'>[] = [
    {
      type: 'AccountOpened',
      account: {
        id: ACCOUNT,
        mode: 'BACKTEST',
        venue: 'pure',
        calendar: 'ALWAYS',
        currency: 'USD',
        currencyScale: 2,
        cash: 100_000_000n,
        pure: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null },
      },
    },
    { type: 'CommandGiven', key: 'arm', by: 'bench', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
  ] as never;
  for (const seed of seeds) {
    const id = w1Instrument(seed);
    bodies.push(
      {
        type: 'InstrumentDefined',
        instrument: {
          id,
          version: 1,
          tick: '0.01',
          lot: '1',
          multiplier: '1',
          currency: 'USD',
          currencyScale: 2,
          calendar: 'ALWAYS',
          feeds: [
            {
              source: W1_SOURCE as SourceId,
              latenessUs: 0,
              graceUs: 0,
              silentUs: null,
              muteUs: null,
              lagUs: null,
              lagDownUs: null,
              absurdPermille: 200,
              settleUs: 1_000_000,
              faultsToDown: 5,
              fillFlat: false,
            },
          ],
        },
      } as never,
      {
        type: 'StrategyDeployed',
        strategy: `cross-${seed}` as StrategyId,
        name: 'ema-cross',
        version: VERSION,
        account: ACCOUNT,
        parameters: {},
        subscriptions: [{ instrument: id, source: W1_SOURCE, timeframeUs: 60_000_000 }],
        history: false,
      } as never,
    );
  }
  return bodies.map((body, index) => ({ ...body, seq: index + 1, at }) as unknown as InputRecord);
}

export type W1Run = Readonly<{ run: DeskRun; first: number; counts: { bars: number } }>;

/** The desk with its books, as a backtest builds it: the tape's hash stands for its ticks. */
export function w1DeskRun(seeds: readonly number[]): W1Run {
  const counts = { bars: 0 };
  const run = new DeskRun({
    desk: 'w1' as DeskId,
    digest: nodeDigest,
    catalogue: () => emaCross as never,
    observer: (decision) => {
      if (decision.type === 'CandleClosed') counts.bars++;
    },
  });
  run.tapes([VERSION]);
  const genesis = w1Genesis(seeds);
  for (const record of genesis) run.input(record);
  return { run, first: genesis.length + 1, counts };
}

export function w1Equity({ run }: W1Run): number {
  const { accounts } = run.desk.parts;
  return Number(accounts.equity(accounts.all[0].book)) / 100;
}
