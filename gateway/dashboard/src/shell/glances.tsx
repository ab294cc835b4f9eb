/** The top bar's small words: whether the desk is heard, what time it has, and how far its journal is on the disk. */
import { useLine } from '../live/live.ts';
import { useSecond } from '../second.ts';
import { useWho } from '../session.ts';
import { Moment } from '../ui/moment.tsx';
import { span } from '../zone.ts';

const DOT = 'inline-block size-2 rounded-full';

export function LineGlance() {
  const { state, desk, mode } = useLine();
  const who = useWho();
  const [tone, word] =
    state.is === 'open'
      ? (['bg-good', mode === 'REPLAY' ? 'recorded' : 'live'] as const)
      : state.is === 'connecting'
        ? (['bg-warn', 'connecting'] as const)
        : state.is === 'waiting'
          ? (['bg-stop', 'not heard'] as const)
          : (['bg-stop', 'closed'] as const);
  return (
    <span
      className="flex items-center gap-1.5"
      title={state.is === 'waiting' || state.is === 'closed' ? state.why : 'the line to the gateway'}
    >
      <span className={`${DOT} ${tone}`} aria-hidden />
      <span className="font-medium max-sm:max-w-24 max-sm:truncate">{desk ?? who.desk ?? 'no desk'}</span>
      <span className={`text-xs ${state.is === 'open' ? 'text-faint' : 'font-semibold text-stop'}`}>{word}</span>
    </span>
  );
}

export function TimeGlance() {
  const { at, aheadMs, mode } = useLine();
  const now = useSecond();
  if (at === 0) return null;
  const age = aheadMs === null ? null : Math.max(0, now + aheadMs - at / 1_000);
  return (
    <span className="flex items-baseline gap-1.5 text-xs max-md:hidden" title="the desk's own time: that of the newest fact it took">
      <Moment us={at} detail="seconds" date />
      <span className={`text-faint ${age !== null && age > OLD_MS ? 'font-semibold text-warn' : ''}`}>
        {age === null
          ? mode === 'REPLAY' || mode === 'BACKTEST'
            ? 'of the record'
            : "the market's own time"
          : age < 1_500
            ? 'now'
            : `${span(age)} ago`}
      </span>
    </span>
  );
}
const OLD_MS = 10_000;

export function DiskGlance() {
  const { seq, durable } = useLine();
  if (seq === 0) return null;
  const behind = Math.max(0, seq - durable);
  return (
    <span
      className="figure text-xs text-faint max-lg:hidden"
      title={`number ${seq} is the newest; the journal is on the disk up to ${durable}`}
    >
      #{seq} <span className={behind > FAR ? 'font-bold text-warn' : ''}>{behind === 0 ? 'on disk' : `${behind} not on disk`}</span>
    </span>
  );
}
const FAR = 10_000;
