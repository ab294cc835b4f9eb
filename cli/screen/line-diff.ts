/** Two lists of lines side by side: what is gone, what is new, and a little of what is the same around them. */

/** Lines around a change that are shown though they are the same. */
const AROUND = 2;
/** Beyond so many pairs of lines only the ends are compared: the table would be larger than a screen is worth. */
const MOST_PAIRS = 4_000_000;

/** `- ` was, `+ ` is, two spaces for what is the same; nothing where they are equal. */
export function lineDiff(was: readonly string[], is: readonly string[]): readonly string[] {
  const marked = markedLines(was, is);
  if (marked.every(([mark]) => mark === ' ')) return [];
  const near = marked.map((_, at) => marked.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(([mark]) => mark !== ' '));
  return marked.flatMap(([mark, line], at) => (near[at] ? [`${mark} ${line}`] : near[at - 1] ? ['  …'] : []));
}

type Marked = readonly [mark: ' ' | '-' | '+', line: string];

function markedLines(was: readonly string[], is: readonly string[]): readonly Marked[] {
  let begin = 0;
  while (begin < was.length && begin < is.length && was[begin] === is[begin]) begin += 1;
  let end = 0;
  while (end < was.length - begin && end < is.length - begin && was[was.length - 1 - end] === is[is.length - 1 - end]) end += 1;
  const same = (line: string): Marked => [' ', line];
  const middle = changed(was.slice(begin, was.length - end), is.slice(begin, is.length - end));
  return [...was.slice(0, begin).map(same), ...middle, ...was.slice(was.length - end).map(same)];
}

/** By the longest run of lines that both have in this order. */
function changed(was: readonly string[], is: readonly string[]): readonly Marked[] {
  const gone = was.map((line): Marked => ['-', line]);
  const fresh = is.map((line): Marked => ['+', line]);
  if (was.length * is.length === 0 || was.length * is.length > MOST_PAIRS) return [...gone, ...fresh];
  const width = is.length + 1;
  const common = new Uint32Array((was.length + 1) * width);
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      common[i * width + j] =
        was[i] === is[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const marked: Marked[] = [];
  let [i, j] = [0, 0];
  while (i < was.length && j < is.length) {
    if (was[i] === is[j]) {
      marked.push([' ', was[i]!]);
      i += 1;
      j += 1;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) marked.push(gone[i++]!);
    else marked.push(fresh[j++]!);
  }
  return [...marked, ...gone.slice(i), ...fresh.slice(j)];
}
