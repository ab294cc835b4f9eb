/** Everything that can be done, as one list: keys, palette and help are made of it, so that nothing can be done by the mouse alone. */
import { useEffect, useRef, useSyncExternalStore } from 'react';

export type Action = Readonly<{
  id: string;
  name: string;
  group: string;
  /** `g n`: one after the other; `Mod+k`: held together (Mod is Ctrl or Cmd); null: by the palette alone. */
  keys: string | null;
  /** Other words it is found by. */
  words?: string;
  /** Why it cannot be done; null where it can. */
  blocked?: string | null;
  run: () => void;
}>;

let actions: readonly Action[] = [];
const owners = new Map<symbol, readonly Action[]>();
const listeners = new Set<() => void>();

function changed(): void {
  actions = [...owners.values()].flat();
  for (const call of [...listeners]) call();
}

/** Offers them while the component is there. */
export function useActions(mine: readonly Action[]): void {
  const owner = useRef<symbol>(null);
  owner.current ??= Symbol('actions');
  const key = owner.current;
  const text = mine.map(({ id, name, blocked }) => `${id} ${name} ${blocked ?? ''}`).join('\n');
  const newest = useRef(mine);
  newest.current = mine;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `text` stands for what can be told of them
  useEffect(() => {
    const offered = newest.current.map(
      (action): Action => ({ ...action, run: () => newest.current.find(({ id }) => id === action.id)?.run() }),
    );
    owners.set(key, offered);
    changed();
    return () => {
      owners.delete(key);
      changed();
    };
  }, [key, text]);
}

export const useOffered = (): readonly Action[] =>
  useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => actions,
  );

/** Keys that follow each other do so within this time. */
const SEQUENCE_MS = 1_200;
let before: Readonly<{ key: string; at: number }> | null = null;

/** Hears the keyboard; not while something is typed, nor while a question is open. */
export function hearKeys(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const mod = event.ctrlKey || event.metaKey;
  const typed =
    event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable="true"], .cm-editor') !== null;
  if (document.querySelector('dialog[open]') !== null || (typed && !mod) || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && /^[a-z]$/.test(key) ? 'Shift+' : '';
  const pressed = `${mod ? 'Mod+' : ''}${shift}${key}`;
  const sequence = before !== null && event.timeStamp - before.at < SEQUENCE_MS ? `${before.key} ${pressed}` : null;
  const found = actions.find(({ keys }) => keys !== null && keys === sequence) ?? actions.find(({ keys }) => keys === pressed);
  before = { key: pressed, at: event.timeStamp };
  if (found === undefined || (found.blocked ?? null) !== null) return;
  before = null;
  event.preventDefault();
  found.run();
}

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
export const keysText = (keys: string): readonly string[] =>
  keys.split(' ').map((one) =>
    one
      .replace('Mod+', MAC ? '⌘' : 'Ctrl+')
      .replace('Shift+', '⇧')
      .replace(/[a-z]$/, (letter) => letter.toUpperCase()),
  );
