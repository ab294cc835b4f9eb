// The front door: reads the arguments, runs a command, sets the exit code. It decides nothing about trading.
import './quiet-pipes.ts';
import { Command } from 'commander';
import { Refused } from './answer.ts';
import { finish } from './command.ts';
import { addAck } from './commands/ack.ts';
import { addArm } from './commands/arm.ts';
import { addAudit } from './commands/audit.ts';
import { addBacktest } from './commands/backtest.ts';
import { addBench } from './commands/bench.ts';
import { addCancel } from './commands/cancel.ts';
import { addConfig } from './commands/config.ts';
import { addDemo } from './commands/demo.ts';
import { addDisarm } from './commands/disarm.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExchange } from './commands/exchange.ts';
import { addExplain } from './commands/explain.ts';
import { addFlatten } from './commands/flatten.ts';
import { addFork } from './commands/fork.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addJournal } from './commands/journal.ts';
import { addKill } from './commands/kill.ts';
import { addMonitor } from './commands/monitor.ts';
import { addPause } from './commands/pause.ts';
import { addReplay } from './commands/replay.ts';
import { addReport } from './commands/report.ts';
import { addReset } from './commands/reset.ts';
import { addResume } from './commands/resume.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addState } from './commands/state.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addStrategy } from './commands/strategy.ts';
import { addOptimize, addSweep } from './commands/sweep.ts';
import { addTape } from './commands/tape.ts';
import { addToken } from './commands/token.ts';
import { addUser } from './commands/user.ts';
import { addVerify } from './commands/verify.ts';
import { thisBuild } from './compose/build.ts';
import { nearest } from './flags.ts';

const program = new Command('retrace')
  .description('An autonomous trading engine whose live days can be run again, decision for decision.')
  .version(thisBuild().version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'what there is')
  .helpCommand(false)
  .showSuggestionAfterError()
  .configureOutput({ outputError: () => {} }) // what commander has against the arguments is told below, as every refusal is
  .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage().replace('[options]', '')}`.trim() })
  .exitOverride();

for (const add of [
  addInit,
  addDemo,
  addRun,
  addImport,
  addStrategy,
  addTape,
  addBacktest,
  addFork,
  addAudit,
  addSweep,
  addOptimize,
  addReport,
  addRuns,
  addReplay,
  addVerify,
  addExplain,
  addState,
  addJournal,
  addDoctor,
  addConfig,
  addBench,
  addExchange,
  addStatus,
  addMonitor,
  addArm,
  addKill,
  addPause,
  addResume,
  addStop,
  addFlatten,
  addCancel,
  addAck,
  addDisarm,
  addReset,
  addUser,
  addToken,
])
  add(program);

program.addHelpText(
  'after',
  '\nExit codes: 0 yes · 1 the answer is no · 2 usage or configuration · 3 something outside is unreachable · 4 our bug',
);

const [first, second] = process.argv.slice(2);
const names = program.commands.map((command) => command.name());
const unknown = first !== undefined && !first.startsWith('-') && !names.includes(first) ? first : null;
const inJournal = program.commands.find((command) => command.name() === 'journal')!.commands.map((command) => command.name());
const unknownInJournal =
  first === 'journal' && second !== undefined && !second.startsWith('-') && !inJournal.includes(second) ? second : null;

try {
  if (first === undefined) program.outputHelp();
  else if (unknown !== null) await noSuchCommand(unknown, names);
  else if (unknownInJournal !== null) await noSuchCommand(unknownInJournal, inJournal, 'journal');
  else await program.parseAsync(process.argv);
} catch (error) {
  const { exitCode, code } = error as { exitCode?: unknown; code?: unknown };
  if (typeof exitCode !== 'number') process.exitCode = await finish('', process.argv.includes('--json'), () => Promise.reject(error));
  else if (exitCode === 0 || code === 'commander.help') process.exitCode = 0;
  else await misused((error as Error).message);
}

/** Arguments that commander itself would not take. */
async function misused(message: string): Promise<void> {
  const command =
    first === undefined || unknown !== null || first.startsWith('-')
      ? ''
      : first === 'journal' && inJournal.includes(second ?? '')
        ? `journal ${second}`
        : first;
  const lines = message
    .replace(/^error: /, '')
    .split('\n')
    .filter((line) => line !== '');
  process.exitCode = await finish(command, process.argv.includes('--json'), () =>
    Promise.reject(new Refused(2, lines, `npx retrace ${command} --help`.replace('  ', ' '))),
  );
}

async function noSuchCommand(name: string, known: readonly string[], parent = ''): Promise<void> {
  const meant = nearest(name, known);
  const why = `${name}: no such command${meant === null ? '' : `; did you mean ${meant}?`}`;
  process.exitCode = await finish(parent, process.argv.includes('--json'), () =>
    Promise.reject(new Refused(2, [why], `npx retrace ${parent} --help`.replace('  ', ' '))),
  );
}
