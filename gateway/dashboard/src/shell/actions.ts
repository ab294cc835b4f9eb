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
    event.target instanceof HTMLElement &&
    event.target.closest('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"], [data-editor]') !==
      null;
  if (document.querySelector('dialog[open]') !== null || (typed && !mod) || event.altKey) return;
  if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // a button that has the keyboard is pressed by it
  if (key === 'Space' && event.target instanceof HTMLElement && event.target.closest('button, a, summary, input') !== null) return;
  const shift = event.shiftKey && /^([a-z]|[A-Z]\w+)$/.test(key) ? 'Shift+' : '';
  const pressed = `${mod ? 'Mod+' : ''}${shift}${key}`;
  const sequence = before !== null && event.timeStamp - before.at < SEQUENCE_MS ? `${before.key} ${pressed}` : null;
  const second = actions.find(({ keys }) => keys !== null && keys === sequence);
  if (second === undefined) late?.run();
  late?.forget();
  const found = second ?? actions.find(({ keys }) => keys === pressed);
  before = { key: pressed, at: event.timeStamp };
  if (found === undefined) return;
  if ((found.blocked ?? null) !== null) {
    if (mod) event.preventDefault(); // what the browser means by it would surprise
    return;
  }
  event.preventDefault();
  if (second === undefined && actions.some(({ keys }) => keys?.startsWith(`${pressed} `) === true)) {
    const timer = window.setTimeout(() => late?.run(), FIRST_ALONE_MS);
    const forget = (): void => {
      window.clearTimeout(timer);
      late = null;
    };
    late = {
      forget,
      run: () => {
        forget();
        before = null;
        found.run();
      },
    };
    return;
  }
  before = null;
  found.run();
}
/** A key that means something alone and begins others as well waits so long for the next one. */
const FIRST_ALONE_MS = 450;
let late: Readonly<{ run: () => void; forget: () => void }> | null = null;

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
export const keysText = (keys: string): readonly string[] =>
  keys.split(' ').map((one) =>
    one
      .replace('Mod+', MAC ? '⌘' : 'Ctrl+')
      .replace('Shift+', '⇧')
      .replace('ArrowLeft', '←')
      .replace('ArrowRight', '→')
      .replace(/(?<![A-Za-z])[a-z]$/, (letter) => letter.toUpperCase()),
  );
