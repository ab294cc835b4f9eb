/** One shape for every command: its flags, its example, `--json`, and one place that turns what it answers or throws into an exit. */
import { type Command, InvalidArgumentError } from 'commander';
import type { JournalCorrupt } from '#engine/journal/port.ts';
import type { AccessRefused } from '#gateway/access/refusals.ts';
import type { ArchiveRefused } from '#infra/files/archive.ts';
import { type Answer, document, type ExitCode, print, Refused } from './answer.ts';
import { thisBuild } from './compose/build.ts';
import { Flags, nearest } from './flags.ts';

export type Asked = Readonly<{ flags: Flags; args: readonly string[]; json: boolean }>;

export type CommandSpec = Readonly<{
  /** Name and arguments: `verify <journal>`. */
  usage: string;
  about: string;
  /** Commander's notation, with what it means; a third part makes it repeatable. */
  flags?: readonly (readonly [flag: string, about: string, repeatable?: 'repeatable'])[];
  /** Flags of its kin that it does not take, and why: who gives one is told that. */
  flagsNotTaken?: Readonly<Record<string, string>>;
  /** What to type, and what it does. */
  examples: readonly (readonly [line: string, does: string])[];
  run: (asked: Asked) => Promise<Answer>;
}>;

export function addCommand(parent: Command, spec: CommandSpec): Command {
  const [name = ''] = spec.usage.split(' ');
  const parameters = spec.usage.split(' ').slice(1);
  const command = parent
    .command(name)
    .summary(spec.about)
    .description(spec.about)
    .allowUnknownOption()
    .argument('[given...]')
    .usage(`${parameters.join(' ')} [options]`.trim())
    .configureHelp({ visibleArguments: () => [] });
  for (const [flag, about, repeatable] of spec.flags ?? []) {
    if (repeatable) command.option(flag, about, (value: string, before: string[] | undefined) => [...(before ?? []), givenValue(value)]);
    else if (flag.includes('<')) command.option(flag, about, givenValue);
    else command.option(flag, about);
  }
  command.option('--json', 'one JSON document on stdout');
  const width = Math.max(...spec.examples.map(([line]) => line.length));
  command.addHelpText(
    'after',
    `\nExamples:\n${spec.examples.map(([line, does]) => `  npx retrace ${line.padEnd(width)}  ${does}`).join('\n')}`,
  );
  command.helpOption('-h, --help', 'what it does, its flags, an example');
  const full = parent.parent === null ? name : `${parent.name()} ${name}`;
  command.action(async (given: string[], raw: Record<string, unknown>) => {
    const json = raw['json'] === true;
    process.exitCode = await finish(full, json, async () => {
      const flags = new Flags(raw);
      const args = checkedArguments(command, parameters, given, flags, spec.flagsNotTaken);
      if (flags.faults.length > 0 && args.length < parameters.filter((parameter) => parameter.startsWith('<')).length) flags.done(full);
      return spec.run({ flags, args, json });
    });
  });
  return command;
}

/** Commander takes whatever comes next as a value, also the next flag: then this one has none. */
function givenValue(value: string): string {
  if (/^--[A-Za-z]/.test(value)) throw new InvalidArgumentError('Its value is missing.');
  return value;
}

/** Sorts what commander left over into arguments and flags nobody knows. */
function checkedArguments(
  command: Command,
  parameters: readonly string[],
  given: readonly string[],
  flags: Flags,
  notTaken: Readonly<Record<string, string>> = {},
): string[] {
  const known = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const args: string[] = [];
  for (let place = 0; place < given.length; place++) {
    const word = given[place]!;
    if (!/^--?[A-Za-z]/.test(word)) {
      args.push(word);
      continue;
    }
    const [flag = ''] = word.split('=');
    const meant = nearest(flag, known);
    const why = notTaken[flag.replace(/^-+/, '')] ?? `no such flag${meant === null ? '' : `; did you mean ${meant}?`}`;
    flags.faults.push(`${flag}: ${why}`);
    // the word behind an unknown flag is its value, not an argument, where no more arguments are taken
    const next = given[place + 1];
    if (!word.includes('=') && next !== undefined && !next.startsWith('-') && args.length >= parameters.length) place++;
  }
  const needed = parameters.filter((parameter) => parameter.startsWith('<'));
  for (const parameter of needed.slice(args.length)) flags.faults.push(`${parameter}: is missing`);
  const most = parameters.some((parameter) => parameter.includes('...')) ? Infinity : parameters.length;
  for (const extra of args.slice(most)) flags.faults.push(`${extra}: one argument too many`);
  return args.slice(0, most);
}

export async function finish(command: string, json: boolean, work: () => Promise<Answer>): Promise<ExitCode> {
  const { version } = thisBuild();
  try {
    const { ok, fields, text, code } = await work();
    print(1, json ? document(command, version, ok, fields) : text.join('\n'));
    return code ?? (ok ? 0 : 1);
  } catch (thrown) {
    const refused = thrown instanceof Refused ? thrown : refusalOf(thrown);
    const { lines, next, code, fields } = refused;
    const { error: name, ...rest } = fields;
    const error = { messages: lines, next, ...(name === undefined ? {} : { name }) };
    if (json) print(1, document(command, version, false, { error, ...rest }));
    const text = lines.map((line, index) => (index === 0 ? `${`retrace ${command}`.trim()}: ${line}` : `  ${line}`));
    print(2, [...text, ...(next === null ? [] : [`next: ${next}`])].join('\n'));
    return code;
  }
}

/** What went wrong outside, by its name; anything else is our bug, with its stack. */
export function refusalOf(thrown: unknown): Refused {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code } = error as NodeJS.ErrnoException;
  switch (error.name) {
    case 'JournalOwned':
      return new Refused(1, [error.message], 'stop the other process, or choose another place with --journal');
    case 'DeskRunning':
      return new Refused(1, [error.message], 'npx retrace status');
    case 'JournalStalled':
      return new Refused(3, [`trading halted: ${error.message}`], 'make room on the disk, then run the same command again: it goes on');
    case 'JournalCorrupt':
      return new Refused(1, [error.message], 'npx retrace doctor', { damage: (error as JournalCorrupt).damage });
    case 'JournalMoved':
      return new Refused(1, [error.message], 'run the same command again');
    case 'JournalShortened':
    case 'WrongDesk':
    case 'NoSuchDesk':
      return new Refused(1, [error.message], 'npx retrace journal ls kafka://host:port/topic');
    case 'KafkaUnreachable':
      return new Refused(3, [error.message], 'npm run services starts a broker here; docs/kafka.md tells what to set');
    case 'KafkaRefused':
      return new Refused(2, error.message.split('\n'), 'docs/kafka.md tells what a topic needs');
    case 'ForeignFolder':
      return new Refused(2, [error.message], 'npx retrace journal ls');
    case 'ArchiveRefused':
      return new Refused((error as ArchiveRefused).because === 'space' ? 3 : 2, [error.message], 'npx retrace journal archive --help');
    case 'WillNotOpen': {
      const { folder, divergence } = error as unknown as { folder: string; divergence: { address: string } };
      return new Refused(1, [error.message], `npx retrace verify ${folder}`, { firstDivergence: divergence });
    }
    case 'UnknownStrategy':
      return new Refused(1, [error.message], 'use the build that recorded it, or begin another journal with --new');
    case 'BreakerDidNotStart':
      return new Refused(3, [error.message, 'without its breaker a desk does not trade'], 'npx retrace doctor');
    case 'VenueRefused':
      return new Refused(
        2,
        [`the venue refused us: ${error.message}`],
        'is the key of this venue? account.keyFile and account.url say which',
      );
    case 'VenueNonsense':
      return new Refused(
        3,
        [`the venue answered what nobody can read: ${error.message}`],
        'is it the exchange at account.url? nothing was traded',
      );
    case 'VenueUnreachable':
      return new Refused(3, [`the venue cannot be reached: ${error.message}`], 'npx retrace exchange starts the local exchange');
    case 'BadRunConfig':
      return new Refused(2, error.message.split('\n'), 'mend these, then npx retrace config; docs/configuration.md lists every key');
    case 'BadTape':
      return new Refused(1, [error.message], 'npx retrace tape ls; the same files, imported again with --replace, give the same tape');
    case 'BadRun':
      return new Refused(1, [error.message], 'npx retrace runs ls');
    case 'NothingThere':
    case 'BadCheckpoint':
      return new Refused(1, [error.message]);
    case 'AccessRefused':
      return new Refused(2, [error.message], (error as AccessRefused).remedy);
    case 'AccessUnreadable':
    case 'KeptTextUnsafe':
    case 'UnsafeFolder':
      return new Refused(2, [error.message]);
    case 'BadParameters':
    case 'BadSettings':
    case 'KeyFileExposed':
    case 'KeyUnreadable':
    case 'BadValue':
    case 'BadDecimal':
      return new Refused(2, error.message.split('\n'));
  }
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return outside(code, error as NodeJS.ErrnoException);
  return new Refused(4, [`this is a bug in retrace: ${error.stack ?? error.message}`], 'please report it with the journal, if you can');
}

/** What the machine would not do, in words; the path where it says one. */
function outside(code: string, { message, path }: NodeJS.ErrnoException): Refused {
  const where = path === undefined ? '' : `: ${path}`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new Refused(
        3,
        [`there is no room left to write${where}`],
        'make room on the disk, then run the same command again: it goes on',
      );
    case 'EROFS':
      return new Refused(
        3,
        [`the disk may only be read, and this has to be written${where}`],
        'mount it writable, or name another folder with RETRACE_HOME',
      );
    case 'EISDIR':
      return new Refused(2, [`a file is wanted, and a folder was named${where}`]);
    case 'EACCES':
    case 'EPERM':
      return new Refused(
        3,
        [`this user may not do that${where}`],
        'mend its rights (chown, chmod), or name another folder with RETRACE_HOME',
      );
    default:
      return new Refused(3, [message], 'npx retrace doctor');
  }
}
