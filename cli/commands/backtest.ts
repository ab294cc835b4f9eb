/** `retrace backtest`: a strategy over tapes; what it did is a run in the catalogue, which `verify`, `explain` and `report` read. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { momentIn } from '../compose/moments.ts';

const LONGEST_US = 7 * 86_400_000_000;

export const addBacktest = (program: Command): Command =>
  addCommand(program, {
    usage: 'backtest <strategy>',
    about: 'a strategy over recorded data: what it would have done, and what it was worth',
    flags: [
      ['--tape <name>', 'the recorded data, by name or folder (see tape ls); repeatable', 'repeatable'],
      ['--set <name=value>', 'a strategy parameter; repeatable', 'repeatable'],
      ['--timeframe <time>', 'length of the candles it trades (default: 1m, or that of the bars on the tape)'],
      ['--market <name=id>', "which instrument a market of the strategy's document is, like other=ETH-USD; repeatable", 'repeatable'],
      ['--instrument <id>', 'only this instrument of the tapes; repeatable', 'repeatable'],
      ['--from <time>', 'begin here, like 2022-01-01 or 2022-01-01T09:30:00Z'],
      ['--to <time>', 'end before this'],
      ['--cash <amount>', 'opening cash (default 100000)'],
      ['--fee <bp>', "taker's fee in basis points of the notional (default 5)"],
      ['--maker-fee <bp>', "maker's fee (default: a fifth of the taker's)"],
      ['--latency <time>', 'from a decision to the venue, and for cancels (default 100ms)'],
      ['--fills <how>', 'lots: an order shares what was traded (default); whole: it fills whole at the first price that reaches it'],
      ['--tag <word>', 'a word to find the run by; repeatable', 'repeatable'],
    ],
    examples: [
      ['backtest ema-cross --tape btc-1m', 'its standard parameters, on all of the tape'],
      ['backtest ema-cross --tape btc-1m --set fast=5 --set slow=20 --fee 2', 'others, and a cheaper venue'],
      ['backtest strategies/supertrend.yaml --tape btc-1m', 'a strategy written as a document'],
      ['backtest breakout --tape btc-1m --from 2022-01-10 --to 2022-01-20 --json', 'part of it, for a program'],
    ],
    run: runBacktestCommand,
  });

async function runBacktestCommand({ flags, args, json }: Asked): Promise<Answer> {
  const timeframeUs = flags.duration('timeframe', 1_000_000, LONGEST_US);
  const cash = flags.text('cash');
  const taker = flags.decimal('fee', 2, -10_000n, 100_000n) ?? 500n;
  const maker = flags.decimal('maker-fee', 2, -10_000n, 100_000n) ?? taker / 5n;
  const latencyUs = flags.duration('latency', 0, 60_000_000) ?? 100_000;
  const fills = flags.choice('fills', ['lots', 'whole']) ?? 'lots';
  const [from, to] = [momentIn(flags, 'from'), momentIn(flags, 'to')];
  const set = flags.pairs('set');
  const markets = Object.fromEntries(Object.entries(flags.pairs('market')).map(([name, id]) => [name, String(id)]));
  const names = flags.list('tape');
  if (names.length === 0) flags.faults.push('--tape: is missing: which data?');
  if (from !== null && to !== null && from >= to) flags.faults.push('--to: lies before --from');
  flags.done('backtest');
  const [{ runBacktest }, { tapeNamed }, { answerOf }, { renewingLine }, { onStop }] = await Promise.all([
    import('../compose/backtest-session.ts'),
    import('../compose/tapes.ts'),
    import('../compose/backtest-answer.ts'),
    import('../screen/verdict.ts'),
    import('../compose/signals.ts'),
  ]);
  const tapes = names.map(tapeNamed);
  const scale = tapes[0]!.manifest.instruments[0]!.currencyScale;
  const money = cash === null ? null : flags.decimal('cash', scale, 1n, 10n ** 18n);
  flags.done('backtest');
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  const line = renewingLine(json);
  const started = performance.now();
  const done = await runBacktest(
    {
      ...{ strategy: args[0]!, set, tapes, instruments: flags.list('instrument'), timeframeUs, markets, cash: money },
      ...{ venue: { latencyUs, makerFee: Number(maker), takerFee: Number(taker), fills, rejectAboveLots: null } },
      ...{ from, to, tags: flags.list('tag') },
    },
    (share) => {
      line.say(() => `${(100 * share).toFixed(0)} %`);
      return !stopped;
    },
  ).finally(() => {
    line.end();
    off();
  });
  return answerOf(done, performance.now() - started);
}
