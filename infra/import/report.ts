/** What an import found, and the place from which it goes on. Gathers and counts; decides nothing. */
import type { BlockKind } from '#engine/market/blocks.ts';
import { Coverage, type CoverageStrip } from './coverage.ts';
import { FAULT_NAMES, FAULTS, type Fault, firstFault } from './faults.ts';
import { type Gap, Gaps, type SavedGaps } from './gaps.ts';
import type { JudgeState } from './judge.ts';
import { type Quantiles, type SavedSpacing, Spacing } from './spacing.ts';

export type ImportReport = Readonly<{
  kind: BlockKind;
  /** 0 unless bars. */
  timeframeUs: number;
  /** What arrival was made of. */
  arrival: 'recorded' | 'venue';
  files: readonly FileReport[];
  /** Facts offered: a line, or a level of a line of a book. rowsIn = rowsKept + rowsQuarantined. */
  rowsIn: number;
  rowsKept: number;
  rowsQuarantined: number;
  /** Outside from…to, or of a symbol that was not asked for: not in rowsIn. */
  rowsPassedOver: number;
  /** By the first fault of a row. */
  reasons: Readonly<Partial<Record<Fault, Readonly<{ quarantined: number; kept: number; about: string; remedy: string }>>>>;
  examples: readonly Example[];
  blocks: number;
  /** Whole books among the changes of one: each begins it anew. */
  snapshots: number;
  firstTimeUs: number | null;
  lastTimeUs: number | null;
  coverage: CoverageStrip;
  gaps: Readonly<{ count: number; missingBars: number; missingIds: number; list: readonly Gap[] }>;
  /** µs between neighbours; null with fewer than two rows. */
  spacing: Quantiles | null;
  /** Whether all files were read to their end. */
  done: boolean;
  cursor: ImportCursor;
}>;

/** In the order in which they were read: by their first stamp. */
export type FileReport = Readonly<{ file: string; dialect: string; about: string }>;

export type Example = Readonly<{
  fault: Fault;
  kept: boolean;
  file: string;
  line: number;
  column: string | null;
  value: string | null;
  text: string;
}>;

/**
 * Where an import goes on: behind the last row of the last block the sink took. Plain data, to be kept as JSON. `offset` counts the
 * bytes of the plain text (Parquet: rows), `part` the facts of that line that were taken.
 */
export type ImportCursor = Readonly<{
  version: 2;
  /** Of the options and of every file's name and length. */
  fingerprint: string;
  file: number;
  fileName: string;
  offset: number;
  line: number;
  part: number;
  /** Facts read so far, with those passed over. */
  row: number;
  judge: JudgeState;
  tally: SavedTally;
}>;

export type ImportProgress = Readonly<{
  file: string;
  /** Facts read so far, and kept. */
  rows: number;
  kept: number;
  /** Bytes of the files as they lie on the disk. */
  bytes: number;
  totalBytes: number;
  rowsPerSecond: number;
  /** Null until it can be told. */
  secondsLeft: number | null;
  cursor: ImportCursor;
}>;

const EXAMPLES_EACH = 5;

type Counts = { quarantined: number; kept: number };

export type SavedTally = Readonly<{
  rowsIn: number;
  rowsKept: number;
  rowsQuarantined: number;
  rowsPassedOver: number;
  blocks: number;
  snapshots: number;
  firstTimeUs: number;
  lastTimeUs: number;
  reasons: readonly (readonly [Fault, number, number])[];
  examples: readonly Example[];
  coverage: readonly (readonly [number, number])[];
  gaps: SavedGaps;
  spacing: SavedSpacing;
}>;

export class Tally {
  rowsIn = 0;
  rowsKept = 0;
  rowsQuarantined = 0;
  rowsPassedOver = 0;
  blocks = 0;
  snapshots = 0;
  firstTimeUs = -1;
  lastTimeUs = -1;
  readonly coverage = new Coverage();
  readonly gaps = new Gaps();
  readonly spacing = new Spacing();
  readonly #reasons = new Map<Fault, Counts>();
  #examples: Example[] = [];

  /** Counts a faulty row under its first fault; `tell` is asked only while more examples are wanted. */
  faulty(bits: number, kept: boolean, tell: (fault: Fault) => Omit<Example, 'fault' | 'kept'>): void {
    const fault = firstFault(bits);
    let counts = this.#reasons.get(fault);
    if (counts === undefined) {
      counts = { quarantined: 0, kept: 0 };
      this.#reasons.set(fault, counts);
    }
    if (counts.quarantined + counts.kept < EXAMPLES_EACH) this.#examples.push({ fault, kept, ...tell(fault) });
    if (kept) counts.kept += 1;
    else counts.quarantined += 1;
  }

  reasons(): ImportReport['reasons'] {
    const sorted = FAULT_NAMES.filter((name) => this.#reasons.has(name));
    return Object.fromEntries(
      sorted.map((name) => [name, { ...(this.#reasons.get(name) as Counts), about: FAULTS[name].about, remedy: FAULTS[name].remedy }]),
    );
  }

  examples(): readonly Example[] {
    return [...this.#examples];
  }

  save(): SavedTally {
    const { rowsIn, rowsKept, rowsQuarantined, rowsPassedOver, blocks, snapshots, firstTimeUs, lastTimeUs } = this;
    return {
      ...{ rowsIn, rowsKept, rowsQuarantined, rowsPassedOver, blocks, snapshots, firstTimeUs, lastTimeUs },
      reasons: [...this.#reasons].map(([fault, { quarantined, kept }]) => [fault, quarantined, kept]),
      examples: this.examples(),
      coverage: this.coverage.save(),
      gaps: this.gaps.save(),
      spacing: this.spacing.save(),
    };
  }

  load(saved: SavedTally): void {
    const { reasons, examples, coverage, gaps, spacing, ...numbers } = saved;
    Object.assign(this, numbers);
    this.#reasons.clear();
    for (const [fault, quarantined, kept] of reasons) this.#reasons.set(fault, { quarantined, kept });
    this.#examples = [...examples];
    this.coverage.load(coverage);
    this.gaps.load(gaps);
    this.spacing.load(spacing);
  }
}
