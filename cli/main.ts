// The front door: reads the arguments, runs a command, sets the exit code. It decides nothing about trading.
import { Command } from 'commander';

const program = new Command('retrace')
  .description('An autonomous trading engine whose live days can be run again, decision for decision.')
  .version('0.1.0', '-V, --version', 'print the version')
  .exitOverride();

program
  .command('demo')
  .description('the bundled desk on a seeded synthetic market (not built yet)')
  .allowUnknownOption()
  .allowExcessArguments()
  .action(() => {
    process.stderr.write('The demo desk is not built yet. Nothing was run.\n');
    process.exitCode = 1;
  });

try {
  await program.parseAsync(process.argv);
} catch (error) {
  const { exitCode } = error as { exitCode?: unknown };
  if (typeof exitCode !== 'number') throw error;
  process.exitCode = exitCode === 0 ? 0 : 2;
}
