/**
 * The catalogue of runs: a folder each with its manifest and its journal, and an index that lists them all without opening one. The index can
 * be made again from the manifests at any time; it never knows more than they do.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const RUN = 'run.json';
export const JOURNAL = 'journal';
const INDEX = 'index.ndjson';

/** What the list shows of a run; the figures are for people, and derived again from the run itself. */
export type RunEntry = Readonly<{
  format: 1;
  id: string;
  kind: 'backtest' | 'fork' | 'sweep';
  /** When it was made, ISO. */
  made: string;
  strategy: string;
  version: string;
  parameters: Readonly<Record<string, string | number | boolean>>;
  instruments: readonly string[];
  tapes: readonly string[];
  /** Of the data, ISO. */
  from: string;
  to: string;
  runHash: string;
  ticks: number;
  bars: number;
  orders: number;
  fills: number;
  /** Decimal text. */
  equity: string;
  currency: string;
  /** Fees, and what holding positions cost; decimal text. Absent in entries of before. */
  costs?: string;
  figures: Readonly<Record<string, number | null>>;
  tags: readonly string[];
  /** What it was begun with. */
  settings: unknown;
}>;

/** A run's manifest is not what it should be. */
export class BadRun extends Error {
  override name = 'BadRun';
}

const MOST_TRIES = 5;

export class Runs {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  place(id: string): string {
    return join(this.folder, id);
  }

  has(id: string): boolean {
    return existsSync(join(this.place(id), RUN));
  }

  /** A folder to make a run in, this process's own; nobody finds it before `keep`. What dead processes left of this run is gone. */
  begin(id: string): string {
    mkdirSync(this.folder, { recursive: true });
    for (const name of readdirSync(this.folder)) {
      const [, of, pid] = /^(.+)\.(\d+)\.part$/.exec(name) ?? [];
      if (of === id && (Number(pid) === process.pid || !isAlive(Number(pid))))
        rmSync(join(this.folder, name), { recursive: true, force: true });
    }
    const part = `${this.place(id)}.${process.pid}.part`;
    mkdirSync(join(part, JOURNAL), { recursive: true });
    return part;
  }

  /** The run under its name, in place of an earlier one of the same name. */
  keep(part: string, entry: RunEntry): void {
    writeWhole(join(part, RUN), `${JSON.stringify(entry, null, 2)}\n`);
    const place = this.place(entry.id);
    for (let tries = 0; ; tries++) {
      rmSync(place, { recursive: true, force: true });
      try {
        renameSync(part, place);
        break;
      } catch (error) {
        // another process, which made the same run, was there in between
        if (!/^(ENOTEMPTY|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? '') || tries === MOST_TRIES) throw error;
      }
    }
    appendFileSync(join(this.folder, INDEX), `${JSON.stringify(entry)}\n`);
  }

  /** What was begun and will not be kept. */
  discard(part: string): void {
    rmSync(part, { recursive: true, force: true });
  }

  read(id: string): RunEntry {
    const path = join(this.place(id), RUN);
    const entry = entryIn(readFileSync(path, 'utf8'));
    if (entry === null)
      throw new BadRun(`${path} is not what a run says of itself: remove the run, and make it again with the same command`);
    return entry;
  }

  remove(id: string): void {
    rmSync(this.place(id), { recursive: true, force: true });
  }

  /** Other words beside a run, to find it by. */
  tag(id: string, tags: readonly string[]): RunEntry {
    const entry = { ...this.read(id), tags: [...new Set(tags)].sort() };
    writeWhole(join(this.place(id), RUN), `${JSON.stringify(entry, null, 2)}\n`);
    appendFileSync(join(this.folder, INDEX), `${JSON.stringify(entry)}\n`);
    return entry;
  }

  /** Runs that the last listing could not read, each with why. */
  broken: readonly string[] = [];

  /** Oldest first. What the index does not know is read from its manifest, what is no longer there is left out; both mend the index. */
  list(): readonly RunEntry[] {
    this.broken = [];
    if (!existsSync(this.folder)) return [];
    const broken: string[] = [];
    const names = new Set(readdirSync(this.folder).filter((name) => !name.endsWith('.part') && name !== INDEX));
    const known = this.#indexed();
    let whole = true;
    const entries = [...known.values()].filter(({ id }) => names.has(id));
    for (const name of names) {
      if (known.has(name) || !this.has(name)) continue;
      try {
        entries.push(this.read(name));
        whole = false;
      } catch (error) {
        if (!(error instanceof BadRun)) throw error;
        broken.push(error.message); // one that is damaged does not hide the others
      }
    }
    this.broken = broken;
    entries.sort((a, b) => (a.made === b.made ? (a.id < b.id ? -1 : 1) : a.made < b.made ? -1 : 1));
    if (!whole || entries.length * 2 < this.#lines) this.#rewrite(entries);
    return entries;
  }

  #lines = 0;

  /** The newest word of each run. A line that was cut off by a crash is left out: its manifest is there. */
  #indexed(): Map<string, RunEntry> {
    const known = new Map<string, RunEntry>();
    this.#lines = 0;
    const path = join(this.folder, INDEX);
    if (!existsSync(path)) return known;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      this.#lines += 1;
      const entry = entryIn(line);
      if (entry !== null) known.set(entry.id, entry);
    }
    return known;
  }

  #rewrite(entries: readonly RunEntry[]): void {
    const path = join(this.folder, INDEX);
    writeWhole(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    this.#lines = entries.length;
  }
}

/** All of it, or what was there before. */
function writeWhole(path: string, text: string): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, text);
  renameSync(part, path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function entryIn(line: string): RunEntry | null {
  try {
    const entry = JSON.parse(line) as RunEntry;
    return entry.format === 1 && typeof entry.id === 'string' ? entry : null;
  } catch {
    return null;
  }
}
