// `retrace kill` alone, with the venues of a file where its configuration would be.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addKill } from '../../cli/commands/kill.ts';
import { openBroker } from '../../cli/compose/brokers.ts';

const program = new Command('retrace');
addKill(program, async (desk) => {
  const venues = JSON.parse(readFileSync(process.env['VENUES']!, 'utf8'));
  if (desk !== null && desk !== venues.desk) throw new Error(`the configuration is that of ${venues.desk}`);
  return { ...venues, openBroker };
});
await program.parseAsync(process.argv);
