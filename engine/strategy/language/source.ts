/**
 * A strategy document as it was written: texts, lists and maps with their places. Whoever reads a file makes this tree; nothing here knows a
 * file format, and no text is taken for a number or a truth yet.
 */
export type Place = Readonly<{ line: number; column: number }>;

export type SourceText = Readonly<{
  kind: 'text';
  value: string;
  line: number;
  column: number;
  /** Where the following lines of a text of several lines begin. */
  indent: number;
}>;
export type SourceEntry = Readonly<{ key: string; line: number; column: number; node: SourceNode }>;
export type SourceNode =
  | SourceText
  | Readonly<{ kind: 'list'; value: readonly SourceNode[]; line: number; column: number }>
  | Readonly<{ kind: 'map'; value: readonly SourceEntry[]; line: number; column: number }>;

/** What is wrong, where, and what would be right. */
export type LanguageFault = Readonly<{
  line: number;
  column: number;
  /** The offending text, shortened. */
  found: string;
  expected: string;
  /** The right name that was probably meant. */
  nearest: string | null;
}>;

const LONGEST_SHOWN = 40;

export function faultAt(at: Place, found: string, expected: string, nearest: string | null = null): LanguageFault {
  return { line: at.line, column: at.column, found: shortened(found), expected, nearest };
}

export function faultText({ line, column, found, expected, nearest }: LanguageFault): string {
  return `${line}:${column}: ${found === '' ? 'nothing' : JSON.stringify(found)} where ${expected} is expected${nearest === null ? '' : ` (did you mean ${nearest}?)`}`;
}

/** In the order of reading. */
export function inOrder(faults: readonly LanguageFault[]): LanguageFault[] {
  return [...faults].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Whole characters only: half of a pair is no text. */
function shortened(text: string): string {
  const line = text.split('\n', 1)[0]!;
  if (line.length <= LONGEST_SHOWN && line.length === text.length) return line;
  const cut = line.slice(0, LONGEST_SHOWN);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
