/**
 * Where in a strategy document a place lies, and which names the document declares, from lines and brackets alone: a document that is being written
 * is rarely whole. It judges nothing; what is wrong the gateway says.
 */

export type Spot =
  /** Nothing may be offered: a remark, or plain words. */
  | Readonly<{ is: 'nowhere' }>
  /** A key, or its beginning; `used`: keys that stand there already. */
  | Readonly<{ is: 'key'; path: readonly string[]; used: ReadonlySet<string>; flow: boolean; typed: string }>
  /** What stands behind a key; `before`: what is written of it up to the place. `inText`: within quotes. */
  | Readonly<{ is: 'value'; path: readonly string[]; before: string; inText: boolean }>;

export function spotAt(text: string, at: number): Spot {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const prefix = text.slice(start, at);
  const code = withoutRemark(prefix);
  if (code.length < prefix.length) return { is: 'nowhere' };
  const indent = prefix.length - prefix.trimStart().length;
  const lines = text.slice(0, start).split('\n').slice(0, -1);
  const { path: above, opened } = parentsOf(lines, indent);
  // brackets that were opened in a line above and are still open
  if (opened !== null) return flowSpot(opened.path, `${opened.rest}\n${prefix}`);
  const colon = keyEnd(prefix);
  if (colon === null) {
    const typed = prefix.trim();
    if (!/^[A-Za-z0-9_-]*$/.test(typed)) return { is: 'value', path: above, ...begun(typed) };
    return { is: 'key', path: above, used: siblings(text, indent, lines.length), flow: false, typed };
  }
  const path = [...above, nameOf(prefix.slice(indent, colon))];
  const value = prefix.slice(colon + 1).trimStart();
  return value.startsWith('{') ? flowSpot(path, value) : { is: 'value', path, ...begun(value) };
}

/** Within `{ … }`: what is open at its end. */
function flowSpot(path: readonly string[], text: string): Spot {
  const stack: { path: readonly string[]; used: Set<string>; from: number; value: number | null; list: boolean }[] = [];
  let [quote, round] = ['', 0];
  let key: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== '') {
      if (char === quote) quote = '';
      continue;
    }
    const top = stack.at(-1);
    if (char === '"' || char === "'") quote = char;
    else if (char === '(') round++;
    else if (char === ')') round--;
    else if (char === '{' || char === '[') {
      stack.push({
        path: key === null ? path : [...(top?.path ?? path), key],
        used: new Set(),
        from: at + 1,
        value: null,
        list: char === '[',
      });
      key = null;
    } else if (char === '}' || char === ']') {
      stack.pop();
      if (stack.length === 0) return { is: 'nowhere' };
    } else if (top === undefined) continue;
    else if (char === ':' && top.value === null && /[\s,{[]/.test(text[at + 1] ?? ' ') && !top.list) {
      key = nameOf(text.slice(top.from, at));
      top.used.add(key);
      top.value = at + 1;
    } else if (char === ',' && round === 0) {
      top.from = at + 1;
      top.value = null;
      key = null;
    }
  }
  const top = stack.at(-1);
  if (top === undefined || top.list) return { is: 'nowhere' };
  if (top.value !== null && key !== null) return { is: 'value', path: [...top.path, key], ...begun(text.slice(top.value).trimStart()) };
  const typed = text.slice(top.from).trim();
  return /^[A-Za-z0-9_-]*$/.test(typed) ? { is: 'key', path: top.path, used: top.used, flow: true, typed } : { is: 'nowhere' };
}

/** A value as far as it is written; its own quotes are no part of it. */
function begun(value: string): Readonly<{ before: string; inText: boolean }> {
  const quoted = /^["']/.exec(value)?.[0] ?? '';
  const before = value.slice(quoted.length).replace(/^[|>][-+]?\s*/, '');
  const other = quoted === '"' ? "'" : '"';
  const marks = [...before].filter((char) => char === other || (quoted === '' && (char === "'" || char === '"')));
  return { before, inText: marks.length % 2 === 1 };
}

/** Keys of the lines above that this one stands below, and a bracket that is open still. */
function parentsOf(
  lines: readonly string[],
  indent: number,
): Readonly<{ path: readonly string[]; opened: Readonly<{ path: readonly string[]; rest: string }> | null }> {
  const path: string[] = [];
  let below = indent;
  for (let at = lines.length - 1; at >= 0 && below > 0; at--) {
    const line = withoutRemark(lines[at]!);
    if (line.trim() === '') continue;
    const stands = line.length - line.trimStart().length;
    if (stands >= below) continue;
    const colon = keyEnd(line);
    if (colon === null) continue;
    const name = nameOf(line.slice(stands, colon));
    const rest = [line.slice(colon + 1), ...lines.slice(at + 1)].join('\n').trimStart();
    if (rest.startsWith('{') && path.length === 0 && depthOf(rest) > 0)
      return { path: [], opened: { path: [...parentsOf(lines.slice(0, at), stands).path, name], rest } };
    path.unshift(name);
    below = stands;
  }
  return { path, opened: null };
}

/** Keys of the same block, above and below. */
function siblings(text: string, indent: number, count: number): ReadonlySet<string> {
  const lines = text.split('\n');
  const used = new Set<string>();
  const look = (step: 1 | -1): void => {
    for (let at = count + step; at >= 0 && at < lines.length; at += step) {
      const line = withoutRemark(lines[at]!);
      if (line.trim() === '') continue;
      const stands = line.length - line.trimStart().length;
      if (stands < indent) return;
      const colon = stands === indent ? keyEnd(line) : null;
      if (colon !== null) used.add(nameOf(line.slice(stands, colon)));
    }
  };
  look(-1);
  look(1);
  return used;
}

/** Where a line's key ends; null where it has none. */
function keyEnd(line: string): number | null {
  const found = /^\s*("[^"]*"|'[^']*'|[A-Za-z_][\w-]*)\s*:(?=\s|$)/.exec(line);
  return found === null ? null : found[0].length - 1;
}

const nameOf = (written: string): string => written.trim().replace(/^(["'])(.*)\1$/, '$2');

/** Up to a remark, which begins behind a space or at the beginning. */
function withoutRemark(line: string): string {
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && /[\s:{[,(=<>]/.test(line[at - 1] ?? ' ')) quote = char;
    else if (char === '#' && /\s/.test(line[at - 1] ?? ' ')) return line.slice(0, at);
  }
  return line;
}

function depthOf(text: string): number {
  let [depth, quote] = [0, ''];
  for (const char of text) {
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return 0;
  }
  return depth;
}

// ---------------------------------------------------------------- what the document declares

/** A name, what is written behind it, and its line, from 0. */
export type Declared = Readonly<{ name: string; written: string; line: number }>;
export type Names = Readonly<{ parameters: readonly Declared[]; markets: readonly Declared[]; definitions: readonly Declared[] }>;

export const namesIn = (text: string): Names => ({
  parameters: declaredIn(text, 'parameters'),
  markets: declaredIn(text, 'markets'),
  definitions: declaredIn(text, 'let'),
});

function declaredIn(text: string, section: string): readonly Declared[] {
  const lines = text.split('\n').map(withoutRemark);
  const at = lines.findIndex((line) => new RegExp(`^["']?${section}["']?\\s*:(\\s|$)`).test(line));
  if (at < 0) return [];
  const inLine = lines[at]!.slice(keyEnd(lines[at]!)! + 1).trim();
  const end = lines.findIndex((line, index) => index > at && /^\S/.test(line));
  const block = lines.slice(at + 1, end < 0 ? undefined : end);
  if (inLine.startsWith('{')) return flowEntries([inLine, ...block].join('\n'), at);
  const first = block.find((line) => line.trim() !== '');
  if (first === undefined) return [];
  const indent = first.length - first.trimStart().length;
  const found: { name: string; written: string; line: number }[] = [];
  block.forEach((line, index) => {
    const stands = line.length - line.trimStart().length;
    const colon = stands === indent ? keyEnd(line) : null;
    if (colon !== null)
      found.push({ name: nameOf(line.slice(indent, colon)), written: line.slice(colon + 1).trim(), line: at + 1 + index });
    else if (found.length > 0 && line.trim() !== '') found.at(-1)!.written += `\n${line.trim()}`;
  });
  return found;
}

/** The names right below the first bracket, with what stands behind each. */
function flowEntries(text: string, line: number): readonly Declared[] {
  const found: Declared[] = [];
  let [depth, quote, from] = [0, '', 0];
  const take = (end: number): void => {
    const [, name, written] = /^\s*["']?([A-Za-z_]\w*)["']?\s*:\s*([\s\S]*)$/.exec(text.slice(from, end)) ?? [];
    if (name !== undefined) found.push({ name, written: written!.trim(), line: line + text.slice(0, from).split('\n').length - 1 });
    from = end + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if ('{[('.includes(char)) {
      depth++;
      if (depth === 1) from = at + 1;
    } else if ('}])'.includes(char)) {
      depth--;
      if (depth === 0) {
        take(at);
        return found;
      }
    } else if (char === ',' && depth === 1) take(at);
  }
  return found;
}

/** One field of a declared name: `type` of `{ type: whole, … }`, or of the lines below it. */
export function fieldOf({ written }: Declared, field: string): string | null {
  const [, value] = new RegExp(`(?:^|[{,\\n])\\s*${field}\\s*:\\s*("[^"]*"|'[^']*'|\\[[^\\]]*\\]|[^,}\\n]*)`).exec(written) ?? [];
  return value === undefined ? null : value.trim().replace(/^(["'])(.*)\1$/, '$2');
}
