/** One command to a running desk: finds it, looks first, asks, and tells the answer. Every way it can fail is told with what to do. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Command } from '#engine/inputs.ts';
import { askSocket, findDesk, runningDesks } from '#infra/control/client.ts';
import type { RunFile } from '#infra/control/place.ts';
import type { Answered } from '#infra/control/port.ts';
import { type Answer, Refused } from '../answer.ts';
import type { Operating } from '../operating.ts';
import { answerText } from '../screen/command-text.ts';
import { deskHome } from './desk-home.ts';
import type { DeskStatus } from './desk-status.ts';
import { shortPath } from './journal-reader.ts';

const STATUS_MS = 10_000;
/** Longer than a desk waits for its disk. */
const COMMAND_MS = 40_000;

export type Given = Readonly<{ command: Command; key: string; answered: Answered }>;

export class Operation {
  readonly file: RunFile;
  /** As it was before the first command. */
  readonly status: DeskStatus;
  readonly given: Given[] = [];
  readonly #key: string;
  readonly #saw: number;

  constructor(file: RunFile, status: DeskStatus, { key, saw }: Operating) {
    this.file = file;
    this.status = status;
    this.#key = key ?? randomUUID();
    this.#saw = saw ?? status.seq;
  }

  /** Several of one key are told apart by the desk: a key counts per command. */
  async give(command: Command): Promise<Answered> {
    const key = this.#key;
    const by = `${userInfo().username}@${hostname()}`.slice(0, 200);
    const ask = askSocket(this.file.sockets.control, { do: 'command', key, by, sawSeq: this.#saw, command }, COMMAND_MS);
    const answered = await ask.catch((error: Error) => {
      throw refusalOfDesk(error, this.file, this.#key);
    });
    this.given.push({ command, key, answered });
    return answered;
  }

  /** What came of it all: the first that was not done, or the last. `next` where there is more to do than to look. */
  answer(next: string | null = null): Answer {
    const { given, file, status } = this;
    const shown = given.find(({ answered }) => !answered.ok) ?? given.at(-1)!;
    const { seq, address, why, numbers, durable, ok } = shown.answered;
    const answers = given.map(({ command, key, answered }) => ({ command, key, ...answered }));
    const explain = `npx retrace explain ${shortPath(file.journal)} ${address ?? seq}`;
    return {
      ok,
      fields: { desk: file.desk, seq, address, why, numbers, durable, saw: this.#saw, answers },
      text: [
        ...given.flatMap((one) => answerText(one.command, one.answered, status)),
        ...(ok && next !== null ? [`why:  ${explain}`, `next: ${next}`] : [`next: ${explain}`]),
      ],
    };
  }
}

export async function openOperation(asked: Operating): Promise<Operation> {
  const file = await findRunning(asked.desk);
  return new Operation(file, await statusOfDesk(file), asked);
}

export async function findRunning(desk: string | null): Promise<RunFile> {
  return findDesk(deskHome().path, desk).catch((error: Error) => {
    throw refusalOfDesk(error, null, null);
  });
}

export async function statusOfDesk(file: RunFile): Promise<DeskStatus> {
  const status = await askSocket(file.sockets.control, { do: 'status' }, STATUS_MS).catch((error: Error) => {
    throw refusalOfDesk(error, file, null);
  });
  return status as unknown as DeskStatus;
}

export const everyDesk = (): Promise<RunFile[]> => runningDesks(deskHome().path);

/** Why a desk could not be asked, and what to do about it; anything else is thrown on as it is. */
function refusalOfDesk(error: Error, file: RunFile | null, key: string | null): Error {
  const fields = { error: error.name };
  switch (error.name) {
    case 'NoDeskRuns': {
      const { others } = error as unknown as { others: readonly string[] };
      return new Refused(
        3,
        [error.message, ...(others.length === 0 ? [] : [`there runs: ${others.join(', ')}`])],
        others.length === 0 ? 'npx retrace status says what was recorded last' : 'npx retrace status',
        fields,
      );
    }
    case 'SeveralDesks':
      return new Refused(2, [`${error.message}: say which with --desk`], 'npx retrace status', fields);
    case 'DeskSilent':
      return silent(error, file!, key);
    case 'DeskRefused': {
      const { reason } = error as unknown as { reason: string };
      if (reason === 'AnswerLate') return silent(error, file!, key);
      const halted = ['SequencerHalted', 'JournalStalled', 'JournalOwned', 'ActorFailed'].includes(reason);
      return new Refused(
        reason === 'BadRequest' ? 2 : reason === 'BadInput' ? 1 : 3,
        [`desk ${file?.desk} ${halted ? 'has stopped itself and takes no command' : 'did not take it'}: ${reason}: ${error.message}`],
        'npx retrace status',
        { error: reason },
      );
    }
    default:
      return error;
  }
}

/** It listens and does not answer, or not in time: what was asked of it may have been done, or be done later. */
function silent(error: Error, file: RunFile, key: string | null): Refused {
  const { desk, pid, journal } = file;
  const asked =
    key === null
      ? []
      : [
          `what was asked may be done already, or still be done: npx retrace state ${shortPath(journal)} says what is recorded`,
          `asked again with --key ${key} it is not done twice`,
        ];
  return new Refused(
    3,
    [
      `desk ${desk} (process ${pid}): ${error.message}`,
      ...asked,
      `npx retrace kill ${desk} stops it and cancels everything, also when it hangs`,
    ],
    key === null ? `look at process ${pid}; its journal is ${shortPath(journal)}` : 'npx retrace status',
    { error: error.name, ...(key === null ? {} : { key }) },
  );
}
