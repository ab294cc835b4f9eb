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
  figures: Readonly<Record<string, number | null>>;
  tags: readonly string[];
  /** What it was begun with. */
  settings: unknown;
}>;

export class RunExists extends Error {
  override name = 'RunExists';
}

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

  /** A folder to make a run in; nobody finds it before `keep`. What an earlier try left there is gone. */
  begin(id: string): string {
    const part = `${this.place(id)}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(join(part, JOURNAL), { recursive: true });
    return part;
  }

  /** The run under its name, in place of an earlier one of the same name. */
  keep(part: string, entry: RunEntry): void {
    writeFileSync(join(part, RUN), `${JSON.stringify(entry, null, 2)}\n`);
    const place = this.place(entry.id);
    rmSync(place, { recursive: true, force: true });
    renameSync(part, place);
    appendFileSync(join(this.folder, INDEX), `${JSON.stringify(entry)}\n`);
  }

  /** What was begun and will not be kept. */
  discard(part: string): void {
    rmSync(part, { recursive: true, force: true });
  }

  read(id: string): RunEntry {
    return JSON.parse(readFileSync(join(this.place(id), RUN), 'utf8')) as RunEntry;
  }

  remove(id: string): void {
    rmSync(this.place(id), { recursive: true, force: true });
  }

  /** Other words beside a run, to find it by. */
  tag(id: string, tags: readonly string[]): RunEntry {
    const entry = { ...this.read(id), tags: [...new Set(tags)].sort() };
    writeFileSync(join(this.place(id), RUN), `${JSON.stringify(entry, null, 2)}\n`);
    appendFileSync(join(this.folder, INDEX), `${JSON.stringify(entry)}\n`);
    return entry;
  }

  /** Oldest first. What the index does not know is read from its manifest, what is no longer there is left out; both mend the index. */
  list(): readonly RunEntry[] {
    if (!existsSync(this.folder)) return [];
    const names = new Set(readdirSync(this.folder).filter((name) => !name.endsWith('.part') && name !== INDEX));
    const known = this.#indexed();
    let whole = true;
    const entries = [...known.values()].filter(({ id }) => names.has(id));
    for (const name of names) {
      if (known.has(name) || !this.has(name)) continue;
      entries.push(this.read(name));
      whole = false;
    }
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
    writeFileSync(`${path}.part`, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    renameSync(`${path}.part`, path);
    this.#lines = entries.length;
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
