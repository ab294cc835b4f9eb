/** Where a place in a bundle stands in the files it was made of. Reads the map a bundle carries, and nothing else. */

export type SourcePlace = Readonly<{ file: string; line: number; column: number }>;

/** The part of the format that is read: mappings, and the names and texts of the sources. */
export type SourceMap = Readonly<{
  version: 3;
  sources: readonly string[];
  sourcesContent: readonly (string | null)[];
  names: readonly string[];
  mappings: string;
}>;

const MARK = '\n//# sourceMappingURL=data:application/json;base64,';

export const withMap = (code: string, map: SourceMap): string =>
  `${code.trimEnd()}${MARK}${Buffer.from(JSON.stringify(map)).toString('base64')}\n`;

/** Null where it carries none that can be read. */
export function mapIn(bundle: string): SourceMap | null {
  const at = bundle.lastIndexOf(MARK);
  if (at < 0) return null;
  try {
    const map = JSON.parse(Buffer.from(bundle.slice(at + MARK.length).trim(), 'base64').toString('utf8')) as SourceMap;
    return Array.isArray(map.sources) && typeof map.mappings === 'string' ? map : null;
  } catch {
    return null; // a place is a help, not a part of what runs
  }
}

/** Line and column from 1, as people count; null for what was written by nobody. */
export function placeIn(map: SourceMap, line: number, column: number): SourcePlace | null {
  let [source, sourceLine, sourceColumn] = [0, 0, 0];
  let found: SourcePlace | null = null;
  const lines = map.mappings.split(';');
  for (let at = 0; at < Math.min(line, lines.length); at++) {
    let here = 0;
    for (const segment of lines[at]!.split(',')) {
      if (segment === '') continue;
      const [by, bySource, byLine, byColumn] = numbersOf(segment);
      here += by!;
      if (bySource === undefined) continue;
      source += bySource;
      sourceLine += byLine!;
      sourceColumn += byColumn!;
      if (at === line - 1 && here <= column - 1)
        found = { file: map.sources[source] ?? '', line: sourceLine + 1, column: sourceColumn + 1 };
    }
  }
  return found;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base 64 in steps of five bits, the lowest first, the sign in the lowest bit of all. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) << shift;
    if ((digit & 32) !== 0) {
      shift += 5;
      continue;
    }
    numbers.push((value & 1) === 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}
