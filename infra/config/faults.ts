/** What is wrong with a configuration: where it stands, which key, why, and what to do. Never repeats what may be a secret. */
export type Fault = Readonly<{
  /** `retrace.yaml:12:8`, `environment RETRACE_MODE`, `flag --mode`. */
  place: string;
  /** `limits.account.collar`; '' where it is the file as a whole. */
  path: string;
  why: string;
  remedy: string;
}>;

/** A person reads so many at most; the rest is counted. */
const MOST_FAULTS = 50;

/** A configuration that is none: every fault, a line each. */
export class BadRunConfig extends Error {
  override name = 'BadRunConfig';
  readonly faults: readonly Fault[];

  constructor(told: readonly Fault[]) {
    const faults = inOrder(told);
    const shown = faults.slice(0, MOST_FAULTS).map(faultText);
    const left = faults.length - shown.length;
    super([...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'));
    this.faults = faults;
  }
}

/** File by file and by line, so that a person goes through each once; what is in no file comes last. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const placed = faults.map((fault) => {
    const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(fault.place) ?? [];
    return { fault, file: file ?? null, line: Number(line ?? Infinity), column: Number(column ?? 0) };
  });
  const files = [...new Set(placed.flatMap(({ file }) => file ?? []))];
  const rank = (file: string | null): number => (file === null ? files.length : files.indexOf(file));
  placed.sort((a, b) => rank(a.file) - rank(b.file) || (a.line === b.line ? a.column - b.column : a.line - b.line));
  return placed.map(({ fault }) => fault);
}

export const faultText = ({ place, path, why, remedy }: Fault): string =>
  [place, ...(path === '' ? [] : [path]), remedy === '' ? why : `${why}: ${remedy}`].join(': ');

const SECRET_KEY = /secret|passw|passphrase|token|credential|api[-_]?key|private[-_]?key|access[-_]?key|^key$/i;
/** What a machine made: a long run of letters and digits mixed, or the like in groups. */
const MADE = /(?=[a-z+/=_]*\d)(?=[\d+/=_]*[a-z])[a-z0-9+/=_]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-/i;
const LONGEST_SHOWN = 40;

export const looksSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** A value as a fault may show it: short, on one line, and not when it may be a secret. */
export function shown(text: string): string {
  if (text === '') return 'nothing';
  if (text.length > LONGEST_SHOWN || MADE.test(text)) return `a text of ${text.length} characters`;
  return JSON.stringify(text);
}

/** A key as a fault may show it. */
export const shownKey = (key: string): string =>
  /^[A-Za-z0-9_<][\w.:/@<-]{0,63}$/.test(key) && !MADE.test(key) ? key : `(a key of ${key.length} characters)`;
