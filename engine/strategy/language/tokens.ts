/** The words of an expression with their places. Stops at the first character that begins no word. One pass, no going back. */
import { DAY_US, MINUTE_US, SECOND_US } from '../../values.ts';
import { faultAt, type LanguageFault, type SourceText } from './source.ts';

export type Token = Readonly<{
  kind: 'number' | 'duration' | 'name' | 'text' | 'sign' | 'end';
  /** As written; of a text without its quotes. */
  text: string;
  line: number;
  column: number;
  /** Of a number its value, of a duration its microseconds. */
  value: number;
}>;

export const LONGEST_EXPRESSION = 2_000;
const MOST_DIGITS = 15;
const MOST_DECIMALS = 9;
const LONGEST_DURATION_US = 10_000 * DAY_US;

export const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1_000, s: SECOND_US, m: MINUTE_US, h: 60 * MINUTE_US, d: DAY_US };
const DOUBLE_SIGNS = ['<=', '>=', '==', '!='];
const SIGNS = '+-*/()[],.<>';

export function tokensOf(source: SourceText): readonly Token[] | LanguageFault {
  const { value: text, indent } = source;
  if (text.length > LONGEST_EXPRESSION)
    return faultAt(source, text, `an expression of at most ${LONGEST_EXPRESSION} characters, not ${text.length}; name its parts in let`);
  const tokens: Token[] = [];
  let { line, column } = source;
  let at = 0;
  const step = (length: number) => {
    at += length;
    column += length;
  };
  while (at < text.length) {
    const char = text[at]!;
    if (char === '\n') {
      at += 1;
      line += 1;
      column = indent;
      continue;
    }
    if (char === ' ' || char === '\t' || char === '\r') {
      step(1);
      continue;
    }
    const place = { line, column };
    if (isDigit(char)) {
      const read = numberAt(text, at, place);
      if ('expected' in read) return read;
      tokens.push(read);
      step(read.text.length);
    } else if (isLetter(char)) {
      let end = at + 1;
      while (end < text.length && (isLetter(text[end]!) || isDigit(text[end]!))) end += 1;
      tokens.push({ kind: 'name', text: text.slice(at, end), ...place, value: 0 });
      step(end - at);
    } else if (char === "'" || char === '"') {
      const end = text.indexOf(char, at + 1);
      const held = end < 0 ? null : text.slice(at + 1, end);
      if (held === null || held.includes('\n')) return faultAt(place, text.slice(at), `a text closed by ${char}`);
      tokens.push({ kind: 'text', text: held, ...place, value: 0 });
      step(held.length + 2);
    } else if (DOUBLE_SIGNS.includes(text.slice(at, at + 2))) {
      tokens.push({ kind: 'sign', text: text.slice(at, at + 2), ...place, value: 0 });
      step(2);
    } else if (SIGNS.includes(char)) {
      tokens.push({ kind: 'sign', text: char, ...place, value: 0 });
      step(1);
    } else return faultAt(place, String.fromCodePoint(text.codePointAt(at)!), wordsMeant(char));
  }
  tokens.push({ kind: 'end', text: '', line, column, value: 0 });
  return tokens;
}

/** Digits, perhaps a point and more, perhaps a unit of time. */
function numberAt(text: string, from: number, place: { line: number; column: number }): Token | LanguageFault {
  let end = from;
  while (end < text.length && isDigit(text[end]!)) end += 1;
  let decimals = 0;
  if (text[end] === '.' && isDigit(text[end + 1] ?? '')) {
    const point = end;
    end += 1;
    while (end < text.length && isDigit(text[end]!)) end += 1;
    decimals = end - point - 1;
  }
  const digits = text.slice(from, end);
  let unitEnd = end;
  while (unitEnd < text.length && (isLetter(text[unitEnd]!) || isDigit(text[unitEnd]!))) unitEnd += 1;
  const unit = text.slice(end, unitEnd);
  const written = text.slice(from, unitEnd);
  if (digits.replace(/^0+|\./g, '').length > MOST_DIGITS || decimals > MOST_DECIMALS)
    return faultAt(place, written, `a number of at most ${MOST_DIGITS} digits, ${MOST_DECIMALS} of them after the point`);
  if (unit === '') return { kind: 'number', text: digits, ...place, value: Number(digits) };
  if (!Object.hasOwn(DURATION_UNITS, unit)) return faultAt(place, written, 'a number, or a duration in ms, s, m, h or d');
  const value = microseconds(digits, DURATION_UNITS[unit]!);
  if (value === null) return faultAt(place, written, 'a duration of whole microseconds, at most 10000d');
  return { kind: 'duration', text: written, ...place, value };
}

function microseconds(digits: string, unit: number): number | null {
  const [whole = '', after = ''] = digits.split('.');
  const parts = BigInt(`${whole}${after}`) * BigInt(unit);
  const scale = 10n ** BigInt(after.length);
  const us = parts / scale;
  return parts % scale === 0n && us <= BigInt(LONGEST_DURATION_US) ? Number(us) : null;
}

/** `90m`: in the largest unit that holds it whole. */
export function durationWritten(us: number): string {
  for (const unit of ['d', 'h', 'm', 's', 'ms'])
    if (us !== 0 && us % DURATION_UNITS[unit]! === 0) return `${us / DURATION_UNITS[unit]!}${unit}`;
  return us === 0
    ? '0s'
    : `${Math.floor(us / 1_000)}.${String(us % 1_000)
        .padStart(3, '0')
        .replace(/0+$/, '')}ms`;
}

function wordsMeant(char: string): string {
  if (char === '=') return '== (equal)';
  if (char === '&') return 'and';
  if (char === '|') return 'or';
  if (char === '!') return 'not, or !=';
  return 'a number, a name or a sign';
}

const isDigit = (char: string): boolean => char >= '0' && char <= '9' && char.length === 1;
const isLetter = (char: string): boolean => (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_';
