/** `retrace monitor`: a running desk, live, in this terminal: what it is, what stands in its way, and what it does. It steers nothing. */
import type { Command } from 'commander';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

const MOST_US = 30 * 24 * 3_600_000_000;

export const addMonitor = (program: Command): Command =>
  addCommand(program, {
    usage: 'monitor [desk]',
    about: 'a running desk, live in this terminal: gates and why, feeds, money, orders, decisions; in a pipe a line for each of note',
    flags: [
      ['--for <time>', 'end after so long (default: until q or Ctrl-C)'],
      ['--bell', 'ring at each alert'],
    ],
    examples: [
      ['monitor', 'the desk that runs here; f o p d choose what gets the room, q leaves and the desk goes on'],
      ['monitor live-1 --bell', 'one of several, with a bell'],
      ['monitor --for 1h > desk.log', 'an hour of its decisions, a line each'],
      ['monitor --json', 'one document: every topic as it is now'],
    ],
    run: runMonitor,
  });

async function runMonitor({ flags, args, json }: Asked): Promise<Answer> {
  const forUs = flags.duration('for', 1_000, MOST_US);
  if (json && flags.given('for')) flags.faults.push('--for: --json tells what is now, and ends by itself');
  const asked = { forMs: forUs === null ? null : forUs / 1_000, bell: flags.flag('bell') };
  flags.done('monitor');
  const [{ everyDesk }, { isTerminal }, { watchAsDocument, watchAsLines, watchOnScreen }] = await Promise.all([
    import('../compose/operate.ts'),
    import('../screen/terminal.ts'),
    import('../compose/monitor-session.ts'),
  ]);
  const desk = args[0] ?? null;
  if (desk === null) {
    const running = await everyDesk();
    if (running.length > 1) {
      const names = running.map((file) => file.desk);
      throw new Refused(2, [`several desks run: ${names.join(', ')}: say which`], `npx retrace monitor ${names[0]}`);
    }
  }
  if (json) return watchAsDocument({ desk, ...asked });
  return isTerminal(process.stdout) ? watchOnScreen({ desk, ...asked }) : watchAsLines({ desk, ...asked });
}
