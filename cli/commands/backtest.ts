/** `retrace backtest`: a strategy over tapes; what it did is a run in the catalogue, which `verify`, `explain` and `report` read. */
import type { Command } from 'commander';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand, type CommandSpec } from '../command.ts';
import type { Flags } from '../flags.ts';
import type { BacktestAsked } from '../research/backtest-asked.ts';
import { momentIn } from '../research/moments.ts';

const LONGEST_US = 7 * 86_400_000_000;

/** What a backtest is of: also what every trial of a sweep is. */
export const BACKTEST_FLAGS: NonNullable<CommandSpec['flags']> = [
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
  ['--limit-fills <how>', 'touch (default): a price at a resting limit fills it; through: only one beyond it'],
  ['--slippage <ticks>', 'ticks that a taker pays more (default 0)'],
  ['--slippage-bp <bp>', 'basis points of the price that a taker pays more (default 0)'],
  ['--spread <ticks>', 'a spread where the data knows none: a taker pays half of it (default 0)'],
  ['--volume-share <permille>', 'with --fills lots: an order gets at most so many of a thousand lots that were traded'],
];

export const addBacktest = (program: Command): Command =>
  addCommand(program, {
    usage: 'backtest <strategy>',
    about: 'a strategy over recorded data: what it would have done, and what it was worth',
    flags: [...BACKTEST_FLAGS, ['--tag <word>', 'a word to find the run by; repeatable', 'repeatable']],
    examples: [
      ['backtest ema-cross --tape btc-1m', 'its standard parameters, on all of the tape'],
      ['backtest ema-cross --tape btc-1m --set fast=5 --set slow=20 --fee 2', 'others, and a cheaper venue'],
      ['backtest strategies/supertrend.yaml --tape btc-1m', 'a strategy written as a document'],
      ['backtest breakout --tape btc-1m --from 2022-01-10 --to 2022-01-20 --json', 'part of it, for a program'],
    ],
    run: runBacktestCommand,
  });

async function runBacktestCommand(asked: Asked): Promise<Answer> {
  const { backtest } = await backtestAsked(asked, 'backtest');
  const [{ runBacktest }, { answerOf }, { renewingLine }, { onStop }] = await Promise.all([
    import('../research/backtest-session.ts'),
    import('../research/backtest-answer.ts'),
    import('../screen/verdict.ts'),
    import('../compose/signals.ts'),
  ]);
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  const line = renewingLine(asked.json);
  const started = performance.now();
  const done = await runBacktest(backtest, (share) => {
    line.say(() => `${(100 * share).toFixed(0)} %`);
    return !stopped;
  }).finally(() => {
    line.end();
    off();
  });
  return answerOf(done, performance.now() - started);
}

/** The flags as what is asked for; `words`: the same as a command, without what varies. */
export async function backtestAsked(
  { flags, args }: Asked,
  command: string,
): Promise<Readonly<{ backtest: BacktestAsked; words: string }>> {
  const timeframeUs = flags.duration('timeframe', 1_000_000, LONGEST_US);
  const cash = flags.text('cash');
  const taker = flags.decimal('fee', 2, -10_000n, 100_000n) ?? 500n;
  const maker = flags.decimal('maker-fee', 2, -10_000n, 100_000n) ?? taker / 5n;
  const latencyUs = flags.duration('latency', 0, 60_000_000) ?? 100_000;
  const fills = flags.choice('fills', ['lots', 'whole']) ?? 'lots';
  const worse = worseFills(flags);
  const [from, to] = [momentIn(flags, 'from'), momentIn(flags, 'to')];
  const set = flags.pairs('set');
  const markets = Object.fromEntries(Object.entries(flags.pairs('market')).map(([name, id]) => [name, String(id)]));
  const names = flags.list('tape');
  if (names.length === 0) flags.faults.push('--tape: is missing: which data?');
  if (from !== null && to !== null && from >= to) flags.faults.push('--to: lies before --from');
  flags.done(command);
  const { tapeNamed } = await import('../research/tapes.ts');
  const tapes = names.map(tapeNamed);
  const scale = tapes[0]!.manifest.instruments[0]!.currencyScale;
  const money = cash === null ? null : flags.decimal('cash', scale, 1n, 10n ** 18n);
  flags.done(command);
  const said = ['timeframe', 'from', 'to', 'cash', 'fee', 'maker-fee', 'latency', 'fills', ...WORSE].flatMap((name) => {
    const text = flags.text(name);
    return text === null ? [] : [`--${name} ${text}`];
  });
  const each = ['tape', 'market', 'instrument', 'set'].flatMap((name) => flags.list(name).map((text) => `--${name} ${text}`));
  return {
    words: ['backtest', args[0]!, ...each, ...said].join(' '),
    backtest: {
      ...{ strategy: args[0]!, set, tapes, instruments: flags.list('instrument'), timeframeUs, markets, cash: money },
      venue: { latencyUs, makerFee: Number(maker), takerFee: Number(taker), fills, rejectAboveLots: null, ...worse },
      ...{ from, to, tags: flags.list('tag') },
    },
  };
}

const WORSE = ['limit-fills', 'slippage', 'slippage-bp', 'spread', 'volume-share'] as const;

/** How much worse than the facts fills are: only what is asked for, so that the same settings stay the same run. */
function worseFills(flags: Flags): Partial<VenueSpec> {
  const asked = {
    limitFills: flags.choice('limit-fills', ['touch', 'through']),
    slippageTicks: flags.whole('slippage', 0, 1_000_000),
    slippageBp: flags.whole('slippage-bp', 0, 10_000),
    spreadTicks: flags.whole('spread', 0, 1_000_000),
    volumePermille: flags.whole('volume-share', 1, 1_000),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null));
}
