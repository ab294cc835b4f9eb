/** Whether orders may leave, in one word, on every page; which scopes hold them back, behind it. */
import { Link } from '@tanstack/react-router';
import { useRows } from '../live/live.ts';
import { spaced, toneOf } from '../ui/badge.tsx';

const RANK = ['OPEN', 'REDUCE_ONLY', 'CANCEL_ONLY', 'ARMED', 'RECONCILE', 'RECOVER', 'BOOT', 'HALTED', 'KILLED'];
const TONES = { good: 'text-good', warn: 'text-warn', stop: 'text-stop', calm: 'text-dim', accent: 'text-accent' } as const;

export function GateGlance() {
  const gate = useRows('gate');
  if (!gate.known) return null;
  const rows = gate.rows.map(({ row }) => row);
  const whole = rows.find(({ scope }) => scope === 'global')?.state ?? 'OPEN';
  const held = rows.filter(({ scope, state }) => scope !== 'global' && state !== 'OPEN');
  const worst = held.reduce((most, { state }) => (RANK.indexOf(state) > RANK.indexOf(most) ? state : most), whole);
  return (
    <Link
      to="/"
      hash="gate"
      className="flex items-center gap-1.5 rounded-[5px] px-1.5 py-1 hover:bg-raised"
      title={
        held.length === 0
          ? `every scope of the gate is ${spaced(whole)}`
          : held.map(({ scope, of, state }) => `${scope} ${of}: ${spaced(state)}`).join('\n')
      }
    >
      <span className="text-xs text-faint max-sm:sr-only">gate</span>
      <span className={`text-xs font-bold ${TONES[toneOf(whole)]}`}>{spaced(whole)}</span>
      {held.length === 0 ? null : (
        <span className={`text-xs ${TONES[toneOf(worst)]}`}>
          · {held.length} of {rows.length} held
        </span>
      )}
    </Link>
  );
}
