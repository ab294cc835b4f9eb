/** What a command says at its end, and how it leaves: text for people, or one JSON document, and an exit code. */
import { writeSync } from 'node:fs';

/** 0 yes · 1 the answer is no · 2 usage or configuration · 3 something outside is unreachable · 4 our bug. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

export type Answer = Readonly<{
  ok: boolean;
  /** The fields of the document, after ok, command and version. */
  fields: Readonly<Record<string, unknown>>;
  /** Lines for people; the last says what to do next. */
  text: readonly string[];
  code?: ExitCode;
}>;

/** A command that cannot answer: why (each fault its own line), and what to do. */
export class Refused extends Error {
  override name = 'Refused';
  readonly code: ExitCode;
  readonly lines: readonly string[];
  readonly next: string | null;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: ExitCode, lines: readonly string[], next: string | null = null, fields: Readonly<Record<string, unknown>> = {}) {
    super(lines.join('\n'));
    this.code = code;
    this.lines = lines;
    this.next = next;
    this.fields = fields;
  }
}

/** BigInts as text: a document holds no number that a reader would round. */
export function document(command: string, version: string, ok: boolean, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ok, command, version, ...fields }, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2);
}

/** To the end, also into a pipe whose reader is slow: an asynchronous write would be cut off by an exit. False: nobody reads any more. */
export function print(fd: 1 | 2, text: string): boolean {
  const bytes = Buffer.from(`${text}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') continue;
      if (code === 'EPIPE') return false;
      throw error;
    }
  }
  return true;
}

export const say = (line: string): void => {
  print(2, line);
};
