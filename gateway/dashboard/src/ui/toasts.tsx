/** Short words at the page's edge, which go by themselves; what must not be missed is said elsewhere too. */
import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import type { Tone } from './badge.tsx';

export type Toast = Readonly<{ id: number; tone: Tone; title: string; text: string }>;
const MOST = 4;
const STAYS_MS = 7_000;

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
function set(now: readonly Toast[]): void {
  toasts = now;
  for (const call of [...listeners]) call();
}

export function toast(tone: Tone, title: string, text = ''): void {
  const id = next++;
  set([...toasts, { id, tone, title, text }].slice(-MOST));
  window.setTimeout(() => drop(id), STAYS_MS);
}
const drop = (id: number): void => set(toasts.filter((one) => one.id !== id));

const EDGES: Record<Tone, string> = {
  good: 'border-l-good',
  warn: 'border-l-warn',
  stop: 'border-l-stop',
  calm: 'border-l-edge',
  accent: 'border-l-accent',
};

export function Toasts() {
  const now = useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => toasts,
  );
  return (
    <section
      aria-label="News"
      aria-live="polite"
      className="pointer-events-none fixed right-3 bottom-3 z-20 flex w-80 max-w-[calc(100vw-1.5rem)] flex-col gap-2 max-sm:bottom-16"
    >
      {now.map(({ id, tone, title, text }) => (
        <div
          key={id}
          className={`pointer-events-auto flex gap-2 rounded-md border border-l-4 border-edge bg-raised px-3 py-2 shadow-xl ${EDGES[tone]}`}
        >
          <div className="min-w-0 flex-1">
            <p className="font-medium">{title}</p>
            {text === '' ? null : <p className="text-xs break-words text-dim">{text}</p>}
          </div>
          <button type="button" aria-label="Close this notice" onClick={() => drop(id)} className="self-start text-faint hover:text-ink">
            <X aria-hidden className="size-4" />
          </button>
        </div>
      ))}
    </section>
  );
}
