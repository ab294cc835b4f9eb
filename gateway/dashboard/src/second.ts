/** This machine's clock, once a second, for ages on the page; one timer for all, and none while nobody looks. */
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | null = null;

function listen(call: () => void): () => void {
  listeners.add(call);
  if (timer === null) {
    now = Date.now();
    timer = window.setInterval(() => {
      now = Date.now();
      for (const each of [...listeners]) each();
    }, 1_000);
  }
  return () => {
    listeners.delete(call);
    if (listeners.size === 0 && timer !== null) {
      window.clearInterval(timer);
      timer = null;
    }
  };
}

/** Milliseconds since 1970. */
export const useSecond = (): number => useSyncExternalStore(listen, () => now);
