/** Strategies as a person looks for them: all versions of one name together, the newest that was kept here for it; found by words. */
import type { RestStrategy } from '#gateway/contracts/rest-strategies.ts';

export type Group = Readonly<{
  /** Of its name and its kind: a program and a document of one name are two things. */
  key: string;
  name: string;
  kind: RestStrategy['kind'];
  /** The newest that was kept, or what came with this build. */
  head: RestStrategy;
  /** The head first. */
  rows: readonly RestStrategy[];
  deployed: readonly string[];
}>;

export function groupsOf(rows: readonly RestStrategy[]): readonly Group[] {
  const groups = new Map<string, RestStrategy[]>();
  for (const row of rows) {
    const key = `${row.kind} ${row.name}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups]
    .map(([key, all]): Group => {
      const newest = [...all].sort((a, b) => (b.keptAt ?? -1) - (a.keptAt ?? -1));
      const head = newest[0]!;
      return { key, name: head.name, kind: head.kind, head, rows: newest, deployed: newest.flatMap(({ deployed }) => deployed) };
    })
    .sort((a, b) => (a.name === b.name ? (a.kind < b.kind ? -1 : 1) : a.name < b.name ? -1 : 1));
}

/** By what it is named by, or the beginning of its version. */
export function chosenIn(groups: readonly Group[], named: string): Readonly<{ group: Group; row: RestStrategy }> | null {
  for (const is of [
    ({ strategy }: RestStrategy) => strategy === named,
    ({ version }: RestStrategy) => named.length >= 6 && version.startsWith(named),
  ])
    for (const group of groups) {
      const row = group.rows.find(is);
      if (row !== undefined) return { group, row };
    }
  return null;
}

/** Every word must stand somewhere in what is told of it. */
export function fits({ name, kind, rows, deployed }: Group, words: string): boolean {
  const told = [name, kind, ...rows.flatMap(({ about, kept, version }) => [about, kept, version]), ...deployed].join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => told.includes(word));
}

export const short = (version: string): string => version.slice(0, 12);
