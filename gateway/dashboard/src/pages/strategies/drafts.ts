/** What was typed and is not kept yet, of each strategy, in this tab alone: it outlives moving away and loading again, until it is kept or discarded. */
import { useSyncExternalStore } from 'react';

/** `base`: the version it was begun from; null: from none. */
export type Draft = Readonly<{ text: string; base: string | null }>;
/** Of a strategy that has no name yet: no name begins so. */
export const UNNAMED = '+new';

const PREFIX = 'retrace.draft.';
const drafts = read();
let keys: ReadonlySet<string> = new Set(drafts.keys());
const listeners = new Set<() => void>();

function read(): Map<string, Draft> {
  const found = new Map<string, Draft>();
  try {
    for (let at = 0; at < sessionStorage.length; at++) {
      const name = sessionStorage.key(at)!;
      if (name.startsWith(PREFIX)) found.set(name.slice(PREFIX.length), JSON.parse(sessionStorage.getItem(name)!) as Draft);
    }
  } catch {
    // a browser that keeps nothing: then they last until the page is loaded again
  }
  return found;
}

/** Null: there is none any more. */
export function setDraft(key: string, draft: Draft | null): void {
  if (draft === null) drafts.delete(key);
  else drafts.set(key, draft);
  if (draft === null || !keys.has(key)) keys = new Set(drafts.keys());
  try {
    if (draft === null) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // as above
  }
  for (const call of [...listeners]) call();
}

const listen = (call: () => void): (() => void) => {
  listeners.add(call);
  return () => listeners.delete(call);
};

export const useDraft = (key: string): Draft | null => useSyncExternalStore(listen, () => drafts.get(key) ?? null);
export const useDrafts = (): ReadonlySet<string> => useSyncExternalStore(listen, () => keys);
