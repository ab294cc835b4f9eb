/** How an import says no: which file, line, column and value, and what to do about it. Never decides whether to go on. */

import type { ImportCursor } from './report.ts';

/** Where the trouble is; null where the question has no answer (a damaged file has no line). */
export type ImportPlace = Readonly<{ file: string | null; line: number | null; column: string | null; value: string | null }>;

export type ImportTrouble =
  | 'option' // what was asked for cannot be done
  | 'unrecognised' // no known layout fits
  | 'unreadable' // the file is damaged, or no such file
  | 'refused' // a row with a fault whose policy is to stop
  | 'cursor'; // the place to go on from belongs to other files or options

export class ImportError extends Error {
  override name = 'ImportError';
  readonly trouble: ImportTrouble;
  readonly place: ImportPlace;
  readonly remedy: string;
  /** Where an import that had begun goes on; null before its first row. */
  cursor: ImportCursor | null = null;

  constructor(trouble: ImportTrouble, what: string, remedy: string, place: Partial<ImportPlace> = {}, cause?: unknown) {
    const { file = null, line = null, column = null, value = null } = place;
    const where = file === null ? '' : `${file}${line === null ? '' : `:${line}`}: `;
    super(`${where}${what}. ${remedy}`, cause === undefined ? {} : { cause });
    this.trouble = trouble;
    this.place = { file, line, column, value };
    this.remedy = remedy;
  }
}

export const MAX_SHOWN = 200;

/** Foreign text as it may stand in a message: one line, no control characters, cut. */
export function shown(text: string, most = MAX_SHOWN): string {
  const plain = text.slice(0, most + 1).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '·');
  return plain.length > most ? `${plain.slice(0, most)}…` : plain;
}

export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
