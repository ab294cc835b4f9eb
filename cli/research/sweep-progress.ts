/** What a sweep has evaluated so far, in a file that is only appended to: the same command goes on where it was stopped. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './sweep-batch.ts';

const TRIALS = 'trials.ndjson';
const SWEEP = 'sweep.json';

export class SweepProgress {
  readonly folder: string;
  readonly #known = new Map<string, Outcome>();

  /** `identity`: what the sweep is, for people who look into the folder. */
  constructor(folder: string, identity: unknown) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, SWEEP), `${JSON.stringify(identity, null, 2)}\n`);
    const path = join(folder, TRIALS);
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    for (const line of text.split('\n')) {
      const read = lineIn(line);
      if (read !== null) this.#known.set(read.id, read.outcome);
    }
    if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  }

  get count(): number {
    return this.#known.size;
  }

  of(id: string): Outcome | null {
    return this.#known.get(id) ?? null;
  }

  keep(evaluated: readonly Readonly<{ id: string; outcome: Outcome }>[]): void {
    for (const { id, outcome } of evaluated) this.#known.set(id, outcome);
    // numbers are written with as many digits as bring back the same bits
    appendFileSync(join(this.folder, TRIALS), evaluated.map((each) => `${JSON.stringify(each)}\n`).join(''));
  }
}

/** Null for a line that a crash cut off. */
function lineIn(line: string): Readonly<{ id: string; outcome: Outcome }> | null {
  try {
    return JSON.parse(line) as { id: string; outcome: Outcome };
  } catch {
    return null;
  }
}
