/** One line of separated values as text: where it ends, quotes heeded, and its cells. Slow and plain; never decides what they mean. */

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;

export const DELIMITERS: readonly number[] = [44, 9, 59, 124]; // , tab ; |

/** Where the line that begins at `begin` ends; `open` when a quoted cell is not closed before `to`. */
export function lineEnd(
  bytes: Uint8Array,
  begin: number,
  to: number,
  delimiter: number,
): Readonly<{ end: number; next: number; lines: number; open: boolean }> {
  let lines = 1;
  let pos = begin;
  let cellBegins = true;
  while (pos < to) {
    const byte = bytes[pos];
    if (byte === NEWLINE) return { end: bytes[pos - 1] === RETURN && pos > begin ? pos - 1 : pos, next: pos + 1, lines, open: false };
    if (byte === QUOTE && cellBegins) {
      for (pos += 1; pos < to; pos += 1) {
        if (bytes[pos] === NEWLINE) lines += 1;
        if (bytes[pos] !== QUOTE) continue;
        if (bytes[pos + 1] !== QUOTE) break;
        pos += 1;
      }
      if (pos >= to) return { end: to, next: to, lines, open: true };
    }
    cellBegins = byte === delimiter;
    pos += 1;
  }
  return { end: to, next: to, lines, open: false };
}

/** The cells of a line, unquoted. */
export function cellsOfLine(bytes: Uint8Array, begin: number, end: number, delimiter: number): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString('utf8');
  const mark = String.fromCharCode(delimiter);
  if (!text.includes('"')) return text.split(mark);
  const cells: string[] = [];
  let pos = 0;
  for (;;) {
    let cell = '';
    if (text[pos] === '"') {
      for (pos += 1; pos < text.length; pos += 1) {
        if (text[pos] !== '"') cell += text[pos];
        else if (text[pos + 1] === '"') {
          cell += '"';
          pos += 1;
        } else break;
      }
      pos += 1;
    }
    const stop = text.indexOf(mark, pos);
    cell += text.slice(pos, stop === -1 ? text.length : stop);
    cells.push(cell);
    if (stop === -1) return cells;
    pos = stop + 1;
  }
}

export const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');
