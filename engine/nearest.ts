/** Which of some names was probably meant. Bounded: what no hand typed is not compared. */

const LONGEST = 64;

/** The nearest of some names, when one was probably meant; of equally near ones that which begins most alike. */
export function nearest(name: string, names: readonly string[]): string | null {
  if (name.length > LONGEST) return null;
  const most = Math.max(2, Math.floor(name.length / 3));
  const near = names.map((candidate) => ({ candidate, distance: edits(name, candidate), alike: alike(name, candidate) }));
  near.sort((a, b) => a.distance - b.distance || b.alike - a.alike);
  const [best] = near;
  return best !== undefined && best.distance <= most ? best.candidate : null;
}

function alike(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
