/** Sections in so many lines: each is given what it needs least, one what is left, and a title says what is not shown. Decides nothing of what they say. */

export type Section<Name extends string> = Readonly<{
  name: Name;
  title: string;
  rows: readonly string[];
  /** Rows it has before others get more. */
  least: number;
  /** Which rows stay where not all fit. */
  keep: 'first' | 'last';
}>;

/** `left`: the names of sections that there was no line for. */
export type Fitted = Readonly<{ lines: readonly string[]; left: readonly string[] }>;

/**
 * Sections in the order of their weight. Where there is too little room the longest give rows first, then the lightest go altogether, and the first
 * section is the last to give. Where there is more, `focus` gets it, then the others in their order.
 */
export function fitted<Name extends string>(
  sections: readonly Section<Name>[],
  room: number,
  focus: Name,
  paint: (title: string) => string,
): Fitted {
  const shown = sections.map(({ rows, least }) => Math.min(rows.length, least));
  const gone = sections.map(() => false);
  /** A title without rows is shown only where it says that there are none. */
  const there = (n: number): boolean => !gone[n]! && (sections[n]!.rows.length === 0 || shown[n]! > 0);
  const used = (): number => sections.reduce((sum, _, n) => sum + (there(n) ? 1 + shown[n]! : 0), 0);
  const longest = (): number => shown.reduce((most, rows, n) => (n > 0 && rows > 1 && rows >= (shown[most] ?? 0) ? n : most), -1);
  for (let n = longest(); n !== -1 && used() > room; n = longest()) shown[n] = shown[n]! - 1;
  const lightest = [...sections.keys()]
    .slice(1)
    .sort((a, b) => Number(sections[a]!.name === focus) - Number(sections[b]!.name === focus) || b - a);
  for (const n of lightest) if (used() > room) gone[n] = true;
  while (used() > room && shown[0]! > 1) shown[0] = shown[0]! - 1;
  if (used() > room) gone[0] = true;
  for (const n of [...sections.keys()].sort((a, b) => Number(sections[b]!.name === focus) - Number(sections[a]!.name === focus) || a - b)) {
    const more = room - used() - (there(n) ? 0 : 1);
    if (!gone[n]! && more > 0) shown[n] = Math.min(sections[n]!.rows.length, shown[n]! + more);
  }
  const lines = sections.flatMap(({ title, rows, keep }, n) => {
    if (!there(n)) return [];
    const some = keep === 'first' ? rows.slice(0, shown[n]!) : rows.slice(rows.length - shown[n]!);
    const cut = rows.length - some.length;
    return [`${paint(title)}${cut === 0 ? '' : ` (${cut} ${keep === 'first' ? 'more' : 'before these'})`}`, ...some];
  });
  return { lines, left: sections.flatMap(({ name }, n) => (there(n) ? [] : [name])) };
}
