/** `retrace demo`: the bundled desk on a seeded synthetic market. Reads its flags, finds its journal, shows the run, says how it ended. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import type { DemoSettings } from '../compose/demo-settings.ts';
import type { DemoStrategies } from '../compose/demo-strategies.ts';
import type { Flags } from '../flags.ts';

export const addDemo = (program: Command): Command =>
  addCommand(program, {
    usage: 'demo',
    about: 'the bundled desk on a seeded synthetic market with a paper venue; started again, it goes on',
    flags: [
      ['--seed <n>', 'which market (default 7); the same seed gives the same run, hash for hash'],
      ['--instruments <n>', 'how many instruments, 1 to 16 (default 4)'],
      ['--ticks <n>', 'stop after n ticks, as fast as possible'],
      ['--speed <x>', 'market time against the clock: 1 (default), 60, 0.5, max'],
      ['--strategy <name|file>', 'which trade, dealt out over the instruments (default: ema-cross and breakout); repeatable', 'repeatable'],
      ['--set <name=value>', 'a strategy parameter; repeatable', 'repeatable'],
      ['--timeframe <time>', 'length of the candles the strategies trade: 1s to 1h (default 5s)'],
      ['--cash <amount>', 'opening cash in USD (default 100000)'],
      ['--fee <bp>', "taker's fee in basis points of the notional (default 1); makers pay a fifth"],
      ['--faults <how>', 'what goes wrong in the market: calm, demo (default) or stormy'],
      ['--journal <place>', 'its folder, or kafka://host:port/topic/desk (default: KAFKA_BROKERS, else RETRACE_HOME/journals/<desk>)'],
      ['--new', 'begin a new journal beside the one that is there'],
      ['--port <n>', 'where the dashboard is (default: 4747, or the next that is free)'],
      ['--open', 'opens the dashboard in a browser, where there is a desktop'],
      ['--no-dashboard', 'terminal only: it listens nowhere'],
    ],
    examples: [
      ['demo', 'watch it live; Ctrl-C stops, and the next start goes on'],
      ['demo --ticks 100000 --json', 'a bounded run: the same hash every time'],
      ['demo --strategy ema-cross --set fast=5 --set slow=20', 'another desk, in a journal of its own'],
      ['demo --strategy mine.yaml --ticks 100000', 'a document or a program of your own'],
      ['demo --speed 60 --faults stormy', 'an hour of trouble in a minute'],
    ],
    run: runDemo,
  });

async function runDemo({ flags, json }: Asked): Promise<Answer> {
  const [settings, strategies] = await Promise.all([import('../compose/demo-settings.ts'), import('../compose/demo-strategies.ts')]);
  const ticks = flags.whole('ticks', 1);
  const speed = flags.speed('speed');
  const port = flags.whole('port', 1, 65_535);
  const dashboard = flags.flag('dashboard');
  const timeframeUs = flags.duration('timeframe', 1_000_000, 3_600_000_000);
  const named = flags.list('strategy').flatMap((text) => text.split(','));
  const own = await strategies.demoStrategies(named, timeframeUs);
  for (const fault of own.faults) flags.faults.push(fault);
  const versions = strategies.versionsOf(own.found);
  const asked = {
    ...askedSettings(flags, own, settings),
    ...(timeframeUs === null ? {} : { timeframeUs }),
    ...(versions === null ? {} : { versions }),
  };
  flags.done('demo');
  const { playDemo } = await import('../compose/demo-session.ts');
  return playDemo({
    asked,
    strategies: own.found,
    ticks,
    speed: speed ?? (ticks === null ? 1 : Number.POSITIVE_INFINITY),
    journal: flags.text('journal'),
    anew: flags.flag('new'),
    json,
    dashboard,
    opens: flags.flag('open'),
    port,
  });
}

/** Only what was given; the rest comes from the journal that is there, or from the standard. */
function askedSettings(
  flags: Flags,
  own: DemoStrategies,
  { parameterFaults }: typeof import('../compose/demo-settings.ts'),
): Partial<DemoSettings> {
  const seed = flags.whole('seed', 0, 2 ** 32 - 1);
  const instruments = flags.whole('instruments', 1, 16);
  const faults = flags.choice('faults', ['calm', 'demo', 'stormy'] as const);
  const cash = flags.decimal('cash', 2, 100_00n, 1_000_000_000_00n);
  const fee = flags.decimal('fee', 2, 0n, 1_000_00n);
  const chosen = own.found.map(({ strategy }) => strategy);
  const strategies = chosen.map(({ name }) => name);
  const set = flags.pairs('set');
  if (own.faults.length === 0) flags.faults.push(...parameterFaults(chosen, set));
  return {
    ...(seed === null ? {} : { seed }),
    ...(instruments === null ? {} : { instruments }),
    ...(faults === null ? {} : { faults }),
    ...(cash === null ? {} : { cash: cash.toString() }),
    ...(fee === null ? {} : { fee: Number(fee) }),
    ...(strategies.length === 0 ? {} : { strategies }),
    ...(Object.keys(set).length === 0 ? {} : { set }),
  };
}
