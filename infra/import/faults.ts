/**
 * What can be wrong with a row, what is done about each by default, and what a person may choose instead. A row may have several
 * faults: it is kept only if each of them may be kept, and counted under the first.
 */
import { ImportError } from './import-error.ts';

export type FaultPolicy = 'refuse' | 'quarantine' | 'keep';

type FaultRule = Readonly<{
  bit: number;
  /** Whether such a row still has a meaning, and so may be kept. */
  keepable: boolean;
  byDefault: FaultPolicy;
  about: string;
  remedy: string;
}>;

/** In the order in which a row's first fault is told. */
export const FAULTS = {
  malformed: {
    bit: 1 << 0,
    keepable: false,
    byDefault: 'quarantine',
    about: 'the row cannot be read',
    remedy: 'mend the row in the file',
  },
  missing: { bit: 1 << 1, keepable: false, byDefault: 'quarantine', about: 'a value is empty or NaN', remedy: 'mend the row in the file' },
  badTime: {
    bit: 1 << 2,
    keepable: false,
    byDefault: 'quarantine',
    about: 'no time between 1980 and 2200',
    remedy: 'name the unit (timeUnit s, ms, us or ns) or the order of the date (dateOrder ymd, dmy or mdy)',
  },
  otherSymbol: {
    bit: 1 << 3,
    keepable: false,
    byDefault: 'quarantine',
    about: 'a row of another symbol',
    remedy: 'choose one with symbol, and import the others for themselves',
  },
  tooLarge: {
    bit: 1 << 4,
    keepable: false,
    byDefault: 'quarantine',
    about: 'a number of more ticks or lots than 53 bits hold',
    remedy: 'define the instrument with a coarser tick or lot',
  },
  // The row before which something is missing stays, as the mark of it: whoever reads the tape must not take the book before it for the book behind it.
  bookGap: {
    bit: 1 << 16,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a change of a book whose earlier changes are missing: it stays, marked as the place',
    remedy: 'fetch the missing messages; what follows is left out until the next snapshot, or kept as it is (bookGap: keep)',
  },
  afterBookGap: {
    bit: 1 << 17,
    keepable: false,
    byDefault: 'quarantine',
    about: 'a change of a book that is not known, between a gap and the next snapshot',
    remedy: 'fetch the missing messages, or keep such rows (bookGap: keep): the book is read as not known there all the same',
  },
  offTick: {
    bit: 1 << 5,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a price between two ticks',
    remedy: 'define the instrument with the finer tick, or keep such rows rounded to the nearest tick (offTick: keep)',
  },
  offLot: {
    bit: 1 << 6,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a size between two lots',
    remedy: 'define the instrument with the finer lot, or keep such rows rounded to the nearest lot (offLot: keep)',
  },
  badSize: {
    bit: 1 << 7,
    keepable: false,
    byDefault: 'quarantine',
    about: 'a size below zero, or a trade of nothing',
    remedy: 'look whether the right column was taken for the size (columns)',
  },
  negativePrice: {
    bit: 1 << 8,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a price of zero or below',
    remedy: 'keep such rows (negativePrice: keep) if this market has them',
  },
  badBar: {
    bit: 1 << 9,
    keepable: false,
    byDefault: 'quarantine',
    about: 'a bar whose high or low does not enclose its open and close',
    remedy: 'look whether the right columns were taken (columns)',
  },
  crossed: {
    bit: 1 << 10,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a bid not below its ask',
    remedy: 'keep such quotes (crossed: keep); a desk judges them once more',
  },
  duplicate: {
    bit: 1 << 11,
    keepable: true,
    byDefault: 'quarantine',
    about: 'an id of the venue, or the start of a bar, that came already',
    remedy: 'give each file once; keep such rows (duplicate: keep) if the ids restart',
  },
  timeBack: {
    bit: 1 << 12,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a time before the row before it',
    remedy: 'sort the rows by time, or keep such rows where they are (timeBack: keep): they arrive when the row before them does',
  },
  outlier: {
    bit: 1 << 13,
    keepable: true,
    byDefault: 'quarantine',
    about: 'a price too far from the one before it',
    remedy: 'widen outlierPermille, or keep such rows (outlier: keep)',
  },
  // Two equal fills in one message look so, and dropping them would lose volume: kept, and counted.
  repeated: {
    bit: 1 << 14,
    keepable: true,
    byDefault: 'keep',
    about: 'equal to the row before it, with no id to tell them apart',
    remedy: 'leave such rows out (repeated: quarantine)',
  },
  // 0.00031099999999999997 is what a float makes of 0.000311.
  floatNoise: {
    bit: 1 << 15,
    keepable: true,
    byDefault: 'keep',
    about: 'a number with the noise of floating point in its last digits',
    remedy: 'leave such rows out (floatNoise: quarantine)',
  },
} as const satisfies Record<string, FaultRule>;

export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];
export const MALFORMED = FAULTS.malformed.bit;
export const MISSING = FAULTS.missing.bit;
export const BAD_TIME = FAULTS.badTime.bit;
export const OTHER_SYMBOL = FAULTS.otherSymbol.bit;
export const TOO_LARGE = FAULTS.tooLarge.bit;
export const BOOK_GAP = FAULTS.bookGap.bit;
export const AFTER_BOOK_GAP = FAULTS.afterBookGap.bit;
export const BAD_SIZE = FAULTS.badSize.bit;
export const OFF_TICK = FAULTS.offTick.bit;
export const OFF_LOT = FAULTS.offLot.bit;
export const NEGATIVE_PRICE = FAULTS.negativePrice.bit;
export const BAD_BAR = FAULTS.badBar.bit;
export const CROSSED = FAULTS.crossed.bit;
export const DUPLICATE = FAULTS.duplicate.bit;
export const TIME_BACK = FAULTS.timeBack.bit;
export const OUTLIER = FAULTS.outlier.bit;
export const REPEATED = FAULTS.repeated.bit;
export const FLOAT_NOISE = FAULTS.floatNoise.bit;

/** The faults of a row that has nothing to be judged by: its numbers mean nothing. */
export const UNREADABLE = MALFORMED | MISSING | BAD_TIME | OTHER_SYMBOL | TOO_LARGE;

/** Policies as bits: the faults that stop the import, and those that keep their row out. */
export type Policies = Readonly<{ refuse: number; quarantine: number }>;

export type PolicyChoice = Readonly<Partial<Record<Fault, FaultPolicy>>>;

/** `trusting`: what this program exported was a tape before, faults and all, and comes back as it was. */
export function policiesOf(chosen: PolicyChoice, trusting: boolean): Policies {
  let refuse = 0;
  let quarantine = 0;
  for (const [name, policy] of Object.entries(chosen)) {
    const rule: FaultRule | undefined = Object.hasOwn(FAULTS, name) ? FAULTS[name as Fault] : undefined;
    if (rule === undefined)
      throw new ImportError('option', `policies: ${JSON.stringify(name)} is no fault of a row`, `Choose among ${FAULT_NAMES.join(', ')}`);
    if (policy !== 'refuse' && policy !== 'quarantine' && policy !== 'keep')
      throw new ImportError('option', `policies.${name}: ${JSON.stringify(policy)} is no policy`, 'Say refuse, quarantine or keep');
    if (policy === 'keep' && !rule.keepable)
      throw new ImportError('option', `policies.${name}: such a row cannot be kept (${rule.about})`, 'Say refuse or quarantine');
  }
  for (const name of FAULT_NAMES) {
    const rule: FaultRule = FAULTS[name];
    const policy = chosen[name] ?? (trusting && (rule.bit & UNREADABLE) === 0 ? 'keep' : rule.byDefault);
    if (policy === 'refuse') refuse |= rule.bit;
    if (policy === 'quarantine') quarantine |= rule.bit;
  }
  return { refuse, quarantine };
}

/** The first of a row's faults among `bits`. */
export function firstFault(bits: number): Fault {
  return FAULT_NAMES.find((name) => (bits & FAULTS[name].bit) !== 0) as Fault;
}
