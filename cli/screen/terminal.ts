/** The terminal: whether it is one, its colours, and a block of lines repainted in place. Piped, there is no colour and no repainting. */
import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

export function isTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env['TERM'] !== 'dumb';
}

export function coloursFor(stream: NodeJS.WriteStream): Colours {
  const { NO_COLOR } = process.env;
  return pc.createColors(isTerminal(stream) && (NO_COLOR === undefined || NO_COLOR === ''));
}

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const COLOUR = /\x1b\[[0-9;]*m/g;

export const withoutColour = (text: string): string => text.replace(COLOUR, '');
export const visibleLength = (text: string): number => withoutColour(text).length;

/** Cuts at a width, colour codes not counted. */
export function cut(text: string, width: number): string {
  if (visibleLength(text) <= width) return text;
  let room = width - 1;
  let out = '';
  for (const [part] of text.matchAll(/\x1b\[[0-9;]*m|[^\x1b]/g)) {
    if (part.startsWith('\x1b')) out += part;
    else if (room-- > 0) out += part;
  }
  return `${out}…`;
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - visibleLength(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - visibleLength(text))) + text;

/** Paints lines over the ones it painted before. Nothing of the terminal's history is touched. */
export class Painter {
  readonly #stream: NodeJS.WriteStream;
  #lines: string[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  get width(): number {
    return Math.max(40, this.#stream.columns ?? 80);
  }

  get height(): number {
    return Math.max(10, this.#stream.rows ?? 24);
  }

  paint(lines: readonly string[]): void {
    const shown = lines.slice(0, this.height - 1).map((line) => cut(line, this.width - 1));
    const before = this.#lines;
    let out = before.length === 0 ? HIDE : `\x1b[${before.length}A\r`;
    for (const line of shown) out += `${line}\x1b[K\n`;
    out += '\x1b[J';
    this.#lines = shown;
    this.#stream.write(out);
  }

  /** The terminal has another size, and nobody knows where it broke the lines: all of it is painted anew. */
  anew(): void {
    this.#lines = [];
    this.#stream.write('\x1b[2J\x1b[H');
  }

  /** Leaves the last picture where it is, or wipes it. */
  end(how: 'keep' | 'wipe'): void {
    const wiped = how === 'wipe' && this.#lines.length > 0 ? `\x1b[${this.#lines.length}A\r\x1b[J` : '';
    this.#lines = [];
    this.#stream.write(`${wiped}${SHOW}`);
  }
}
