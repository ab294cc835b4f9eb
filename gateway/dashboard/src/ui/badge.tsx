/** A state as a word, with a colour beside it and never a colour alone. */
import type { ReactNode } from 'react';

export type Tone = 'good' | 'warn' | 'stop' | 'calm' | 'accent';
const TONES: Record<Tone, string> = {
  good: 'text-good bg-good/12',
  warn: 'text-warn bg-warn/12',
  stop: 'text-stop bg-stop/14',
  calm: 'text-dim bg-raised',
  accent: 'text-accent bg-accent/12',
};

export function Badge({ tone, title, children }: Readonly<{ tone: Tone; title?: string; children: ReactNode }>) {
  return (
    <span
      title={title}
      className={`inline-flex items-center gap-1 rounded-[4px] px-1.5 py-px text-2xs font-semibold tracking-wide whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}

/** What a state of a gate, a feed or a strategy means to whoever glances at it. */
export function toneOf(state: string): Tone {
  if (/^(OPEN|HEALTHY|running|ready|FILLED|LIVE|reachable|yes)$/.test(state)) return 'good';
  if (
    /^(REDUCE_ONLY|DEGRADED|ARMED|RECOVER|RECONCILE|BOOT|warming|paused|reconciling|degraded|connecting|authenticating|UNKNOWN|CANCEL_PENDING|REPLACE_PENDING|SENDING|loading)$/.test(
      state,
    )
  )
    return 'warn';
  if (/^(HALTED|KILLED|CANCEL_ONLY|DOWN|faulted|REJECTED)$/.test(state)) return 'stop';
  return 'calm';
}

/** `REDUCE_ONLY` reads `REDUCE ONLY`. */
export const spaced = (state: string): string => state.replaceAll('_', ' ');

export const State = ({ of, title }: Readonly<{ of: string; title?: string }>) => (
  <Badge tone={toneOf(of)} {...(title === undefined ? {} : { title })}>
    {spaced(of)}
  </Badge>
);
