/** `retrace run`: a desk from retrace.yaml, until it is stopped; started again it goes on. */
import type { Command } from 'commander';
import { type Answer, say } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { onStop } from '../compose/signals.ts';

/** As shells count: 128 + SIGINT. */
const STOPPED_EARLY = 130;

export const addRun = (program: Command): Command =>
  addCommand(program, {
    usage: 'run',
    about: 'a desk from retrace.yaml: feeds, strategies, limits, a venue; started again, it goes on',
    flags: [
      ['--config <file>', 'another file than ./retrace.yaml'],
      ['--mode <mode>', 'paper or live, over what the file says'],
      ['--new', 'begin a new journal beside the one that is there'],
      ['--ticks <n>', 'a synthetic market only: stop after n ticks, as fast as possible'],
      ['--port <n>', 'where the dashboard is, over what the file says (default: 4747, or the next that is free)'],
      ['--no-dashboard', 'terminal only: it listens nowhere'],
    ],
    examples: [
      ['init --venue local', 'writes a retrace.yaml first; in another terminal: npx retrace exchange'],
      ['run', 'trades until Ctrl-C; npx retrace status looks at it from another terminal'],
      ['run --config desks/btc.yaml --json', 'another file; the result as one document at the end'],
    ],
    run: runRun,
  });

async function runRun({ flags }: Asked): Promise<Answer> {
  const ticks = flags.whole('ticks', 1);
  const mode = flags.choice('mode', ['paper', 'live'] as const);
  const port = flags.whole('port', 1, 65_535);
  const watched = flags.flag('dashboard');
  flags.done('run');
  const off = onStop((signal) => {
    say(`Stopped by ${signal} while it was starting. Nothing durable is lost.\nnext: npx retrace run goes on`);
    process.exit(STOPPED_EARLY);
  });
  const { runDesk } = await import('../compose/run-session.ts');
  return runDesk({
    config: flags.text('config'),
    overrides: [
      ...(mode === null ? [] : [{ path: 'mode', value: mode, from: 'flag --mode' }]),
      ...(port === null ? [] : [{ path: 'gateway.port', value: String(port), from: 'flag --port' }]),
    ],
    anew: flags.flag('new'),
    ticks,
    watched,
    started: off,
  });
}
