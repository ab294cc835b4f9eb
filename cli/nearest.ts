/** Which name was probably meant, where a hand typed it: two letters that changed places are the commonest slip, and count as one. */
import { nearest as nearestByEdits } from '#engine/nearest.ts';

export const nearest = (name: string, names: readonly string[]): string | null =>
  names.find((candidate) => isSwapped(name, candidate)) ?? nearestByEdits(name, names);

/** Equal but for one pair of neighbours. */
function isSwapped(name: string, candidate: string): boolean {
  if (name.length !== candidate.length || name === candidate) return false;
  const at = [...name].findIndex((letter, index) => letter !== candidate[index]);
  return name.slice(0, at) + (name[at + 1] ?? '') + name[at] + name.slice(at + 2) === candidate;
}
