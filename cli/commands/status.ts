/** `retrace status`: a running desk, once: may it trade, every reason why not and what lifts it, what is open. */
import type { Command } from 'commander';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addStatus = (program: Command): Command =>
  addCommand(program, {
    usage: 'status [desk]',
    about: 'a running desk, once: ready or why not and what lifts it, sessions, orders, positions, disk; exit 1 when not ready',
    examples: [
      ['status', 'the desk that runs here; several: one line each'],
      ['status live-1 --json', 'for a monitor: ok is whether it is ready'],
    ],
    run: runStatus,
  });

async function runStatus({ flags, args }: Asked): Promise<Answer> {
  flags.done('status');
  const [{ everyDesk, findRunning, statusOfDesk }, { statusLines }, { coloursFor }, { shortPath }] = await Promise.all([
    import('../compose/operate.ts'),
    import('../screen/status-text.ts'),
    import('../screen/terminal.ts'),
    import('../compose/journal-reader.ts'),
  ]);
  const running = await everyDesk();
  if (running.length === 0) throw await nobody(args[0] ?? null);
  if (args[0] === undefined && running.length > 1) return several();
  const file = await findRunning(args[0] ?? null);
  const status = await statusOfDesk(file);
  const { pid, since, build, sockets } = file;
  const [first] = status.gates
    .filter(({ scope }) => scope === 'global' || scope === 'account')
    .flatMap((gate) => [gate.lifts ?? gate.reasons[0]?.lifts ?? []])
    .flat();
  return {
    ok: status.health.ready,
    fields: { ...status, process: { pid, since, build, sockets } },
    text: [
      ...statusLines(status, coloursFor(process.stdout)),
      `process ${pid} since ${since}`,
      `next: ${first?.startsWith('npx') ? first : `npx retrace state ${shortPath(file.journal)}`}`,
    ],
  };

  async function several(): Promise<Answer> {
    const { table } = await import('../screen/state-text.ts');
    const desks = await Promise.all(
      running.map(async (one) => ({ file: one, status: await statusOfDesk(one).catch((error: Error) => error) })),
    );
    const rows = desks.map(({ file: { desk }, status: found }) =>
      found instanceof Error
        ? [desk, '', 'silent', found.message]
        : [desk, found.mode, found.health.ready ? 'ready' : 'not ready', found.health.reasons.join('; ')],
    );
    const ok = desks.every(({ status: found }) => !(found instanceof Error) && found.health.ready);
    return {
      ok,
      fields: {
        desks: desks.map(({ file: { desk, pid: process, since: from }, status: found }) => ({
          ...{ desk, pid: process, since: from },
          ...(found instanceof Error ? { error: found.message } : { mode: found.mode, health: found.health }),
        })),
      },
      text: [...table(rows), `next: npx retrace status ${rows[0]![0]}`],
    };
  }
}

/** Nobody to ask: a desk may be starting, or what was recorded last may be what is wanted. */
async function nobody(desk: string | null): Promise<Refused> {
  const [{ deskHome, journalsFolder, newestOf }, { rowsIn }, { shortPath }, { runFolder }, { holdersIn }, { runFile, readRun }] =
    await Promise.all([
      import('../compose/desk-home.ts'),
      import('../compose/journals.ts'),
      import('../compose/journal-reader.ts'),
      import('#infra/control/place.ts'),
      import('../compose/starting.ts'),
      import('../compose/run-file.ts'),
    ]);
  const home = deskHome();
  const looked = runFolder(home.path);
  const file = runFile(null);
  const { rows } = await rowsIn(journalsFolder(home));
  const own = file.exists ? folderOf() : null;
  const holders = holdersIn([journalsFolder(home), ...(own === null ? [] : [own])]);
  const kinds = new Map(rows.map((row) => [row.path, row]));
  const holder = holders.find(({ journal, name }) => desk === null || (kinds.get(journal)?.desk || name) === desk);
  if (holder !== undefined) {
    const { pid, journal, name } = holder;
    const row = kinds.get(journal);
    const demo = row?.kind === 'demo';
    return new Refused(
      3,
      [
        demo
          ? `process ${pid} plays the demo in ${shortPath(journal)}: it shows itself in its own terminal, and takes no commands`
          : `desk ${row?.desk || name} is starting: process ${pid} brings ${shortPath(journal)} to life, and can be asked when that is done`,
      ],
      demo ? `npx retrace state ${shortPath(journal)}` : 'npx retrace status again, in a moment',
      { looked, journal, starting: !demo, pid },
    );
  }
  const why = `${desk === null ? 'no desk runs' : `desk ${desk} does not run`}: looked in ${shortPath(looked)} (RETRACE_HOME, from ${home.from})`;
  const last = rows.filter((row) => desk === null || row.desk === desk).at(-1);
  if (last === undefined)
    return new Refused(3, [why, 'no journal lies there either'], file.exists ? 'npx retrace run' : 'npx retrace demo', {
      looked,
      journal: null,
    });
  const place = shortPath(last.path);
  return new Refused(
    3,
    [
      why,
      `what was recorded last: number ${last.seq} of ${last.desk} in ${place}, ${last.clean ? 'closed' : 'cut off: its process ended without a word'}`,
    ],
    `npx retrace state ${place} --at ${last.seq}`,
    { looked, journal: last.path, desk: last.desk, seq: last.seq, clean: last.clean },
  );

  /** Where the desk of this folder keeps its journal; a file with faults says nothing. */
  function folderOf(): string | null {
    try {
      return newestOf(readRun(null).config.journal.folder);
    } catch {
      return null;
    }
  }
}
