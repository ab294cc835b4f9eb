/** `retrace backtest`: a strategy over tapes; what it did is a run in the catalogue, which `verify`, `explain` and `report` read. */
import type { Command } from 'commander';
import type { Tape } from '#infra/tape/tape.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand, type CommandSpec } from '../command.ts';
import type { BacktestAsked } from '../research/backtest-asked.ts';
import { momentIn } from '../research/moments.ts';
import { VENUE_FLAG_NAMES, VENUE_FLAGS, venueIn } from '../research/venue-asked.ts';

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
  ...VENUE_FLAGS,
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
  const [{ runBacktest }, { answerOf }, { renewingLine }, { onStop }, { tellDone, tellShare }] = await Promise.all([
    import('../research/backtest-session.ts'),
    import('../research/backtest-answer.ts'),
    import('../screen/verdict.ts'),
    import('../compose/signals.ts'),
    import('../research/told-parent.ts'),
  ]);
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  const line = renewingLine(asked.json);
  const started = performance.now();
  const done = await runBacktest(backtest, (share) => {
    line.say(() => `${(100 * share).toFixed(0)} %`);
    tellShare(share);
    return !stopped;
  }).finally(() => {
    line.end();
    off();
  });
  const answer = answerOf(done, performance.now() - started);
  tellDone(answer);
  return answer;
}

/** The flags as what is asked for; `words`: the same as a command, without what varies. */
export async function backtestAsked(
  { flags, args }: Asked,
  command: string,
): Promise<Readonly<{ backtest: BacktestAsked; words: string }>> {
  const timeframeUs = flags.duration('timeframe', 1_000_000, LONGEST_US);
  const cash = flags.text('cash');
  const [from, to] = [momentIn(flags, 'from'), momentIn(flags, 'to')];
  const set = flags.pairs('set');
  const markets = Object.fromEntries(Object.entries(flags.pairs('market')).map(([name, id]) => [name, String(id)]));
  const names = flags.list('tape');
  if (names.length === 0) flags.faults.push('--tape: is missing: which data?');
  if (from !== null && to !== null && from >= to) flags.faults.push('--to: lies before --from');
  venueIn(flags, null);
  flags.done(command);
  const { tapeNamed } = await import('../research/tapes.ts');
  const tapes = names.map(tapeNamed);
  const venue = venueIn(flags, [...new Set(tapes.flatMap(({ manifest }) => manifest.instruments.map(({ id }) => id)))]);
  const unwalked = venue.walk === undefined ? null : unwalkedIn(tapes, flags.list('instrument'));
  if (unwalked !== null) flags.fault('takers', 'book', unwalked);
  const scale = tapes[0]!.manifest.instruments[0]!.currencyScale;
  const money = cash === null ? null : flags.decimal('cash', scale, 0n, 10n ** 18n);
  if (money === 0n) flags.fault('cash', cash!, 'an account without money trades nothing; say what it begins with, or nothing for 100000');
  flags.done(command);
  const said = ['timeframe', 'from', 'to', 'cash', ...VENUE_FLAG_NAMES].flatMap((name) => {
    const text = flags.text(name);
    return text === null ? [] : [`--${name} ${text}`];
  });
  const each = ['tape', 'market', 'instrument', 'set'].flatMap((name) => flags.list(name).map((text) => `--${name} ${text}`));
  return {
    words: ['backtest', args[0]!, ...each, ...said].join(' '),
    backtest: {
      ...{ strategy: args[0]!, set, tapes, instruments: flags.list('instrument'), timeframeUs, markets, cash: money },
      ...{ venue, from, to, tags: flags.list('tag') },
    },
  };
}

/** Why takers would find no book to walk, of the first instrument of which that is so. */
function unwalkedIn(tapes: readonly Tape[], asked: readonly string[]): string | null {
  const streams = tapes.flatMap(({ manifest }) => manifest.streams);
  const traded = new Set(streams.filter(({ kind }) => kind !== 'book').map(({ instrument }) => instrument));
  for (const instrument of traded) {
    if (asked.length > 0 && !asked.includes(instrument)) continue;
    const own = streams.filter((stream) => stream.instrument === instrument);
    const sources = new Set(own.map(({ source }) => source));
    const has = (...kinds: readonly string[]) => own.some(({ kind }) => kinds.includes(kind));
    if (!has('book'))
      return `none of the tapes holds book changes of ${instrument}: import them too, and give that tape with one more --tape`;
    if (!has('trade', 'quote')) return `${instrument} has bars, and bars walk no book: give its trades or quotes instead`;
    if (sources.size > 1)
      return `the book of ${instrument} must be of the source that trades, and there are ${[...sources].sort().join(', ')}: import both with the same --source`;
  }
  return null;
}
