/** Where in the text a fault stands that the gateway tells by line and column, how far it reaches, and what would mend it. */
import type { StrategyChecked } from '#gateway/contracts/rest-strategies.ts';

export type Fault = StrategyChecked['faults'][number];
export type FaultPlace = Readonly<{
  from: number;
  to: number;
  /** What to write there instead; null where nothing near is known, or the text is another by now. */
  fix: string | null;
}>;

export function placeOf(text: string, { line, column, found, nearest }: Fault): FaultPlace {
  const start = lineStart(text, line);
  const end = lineEnd(text, start);
  const at = Math.min(end, start + Math.max(0, column - 1));
  // a name behind a point is told with the place of the point
  const shown = found.replace(/…$/, '');
  for (const from of text[at] === '.' ? [at + 1, at] : [at]) {
    if (shown === '' || !text.startsWith(shown, from)) continue;
    const to = Math.min(from + shown.length, Math.max(from + 1, lineEnd(text, from)));
    return { from, to, fix: found.endsWith('…') ? null : mended(shown, nearest) };
  }
  const word = /^[\w.-]+/.exec(text.slice(at, end))?.[0] ?? '';
  if (word !== '') return { from: at, to: at + word.length, fix: null };
  // nothing stands there: the line, or where that is empty too a letter that can be seen
  const first = start + /^\s*/.exec(text.slice(start, end))![0].length;
  return at < end ? { from: at, to: at + 1, fix: null } : { from: Math.min(first, end), to: end, fix: null };
}

/** In the quotes it stands in. */
function mended(shown: string, nearest: string | null): string | null {
  if (nearest === null) return null;
  const quote = /^(["']).*\1$/.exec(shown)?.[1] ?? '';
  return `${quote}${nearest}${quote}`;
}

/** Beyond the last line: the last. */
function lineStart(text: string, line: number): number {
  let start = 0;
  for (let left = Math.max(1, line) - 1; left > 0; left--) {
    const next = text.indexOf('\n', start);
    if (next < 0) break;
    start = next + 1;
  }
  return start;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Without its place, which is shown beside it. */
export const wordsOf = ({ text }: Fault): string => text.replace(/^\d+:\d+: /, '');
