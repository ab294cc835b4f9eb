/** Instruments a person looks at together, in an order of their own, under a name; kept in this browser. A list never says what is traded. */
import { useSyncExternalStore } from 'react';
import { keep, kept } from './kept.ts';

export type Watchlist = Readonly<{ name: string; instruments: readonly string[] }>;
export type Watchlists = readonly Watchlist[];

const MOST_LISTS = 50;
const LONGEST_NAME = 40;

/** What an earlier page kept; anything that is no list is left out. */
export function listsIn(text: string): Watchlists {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(read)) return [];
  const lists: Watchlist[] = [];
  for (const one of read as readonly Partial<Watchlist>[]) {
    if (typeof one?.name !== 'string' || !Array.isArray(one.instruments)) continue;
    if (nameFault(lists, one.name) !== null) continue;
    lists.push({ name: one.name, instruments: [...new Set(one.instruments.filter((id) => typeof id === 'string'))] });
  }
  return lists;
}

/** Why a list cannot be called so; null: it can. */
export function nameFault(lists: Watchlists, name: string): string | null {
  if (name.trim() === '') return 'it needs a name';
  if (name.length > LONGEST_NAME) return `at most ${LONGEST_NAME} letters`;
  if (lists.some((one) => one.name === name.trim())) return `there is a list ${name.trim()} already`;
  return lists.length >= MOST_LISTS ? `there are ${MOST_LISTS} lists already: take one away first` : null;
}

export const withList = (lists: Watchlists, name: string): Watchlists =>
  nameFault(lists, name) === null ? [...lists, { name: name.trim(), instruments: [] }] : lists;

export const withoutList = (lists: Watchlists, name: string): Watchlists => lists.filter((one) => one.name !== name);

const changed = (lists: Watchlists, name: string, change: (instruments: readonly string[]) => readonly string[]): Watchlists =>
  lists.map((one) => (one.name === name ? { ...one, instruments: change(one.instruments) } : one));

/** In it at its end, or out of it. */
export const toggled = (lists: Watchlists, name: string, instrument: string): Watchlists =>
  changed(lists, name, (all) => (all.includes(instrument) ? all.filter((id) => id !== instrument) : [...all, instrument]));

/** One place earlier or later; at an end it stays. */
export const moved = (lists: Watchlists, name: string, instrument: string, by: -1 | 1): Watchlists =>
  changed(lists, name, (all) => {
    const [from, to] = [all.indexOf(instrument), all.indexOf(instrument) + by];
    if (from < 0 || to < 0 || to >= all.length) return all;
    const next = [...all];
    [next[from], next[to]] = [next[to]!, next[from]!];
    return next;
  });

/** The list after this one, then all of them again (null). */
export function listAfter(lists: Watchlists, name: string | null): string | null {
  const at = lists.findIndex((one) => one.name === name);
  return lists[at + 1]?.name ?? null;
}

const NAME = 'watchlists';
let lists = listsIn(kept(NAME, '[]'));
const listeners = new Set<() => void>();

export function changeLists(change: (before: Watchlists) => Watchlists): void {
  lists = change(listsIn(kept(NAME, JSON.stringify(lists)))); // another tab may have changed them
  keep(NAME, JSON.stringify(lists));
  for (const call of [...listeners]) call();
}

/** Changed in another tab: this one shows it too. */
function heard(): void {
  lists = listsIn(kept(NAME, JSON.stringify(lists)));
  for (const call of [...listeners]) call();
}
if (typeof window !== 'undefined') window.addEventListener('storage', heard);

export const useWatchlists = (): Watchlists =>
  useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => lists,
  );
