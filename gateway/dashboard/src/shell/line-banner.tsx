/** Says, in the way and not in a corner, that what stands below is old: since when, why, and when it is tried again. */
import { WifiOff } from 'lucide-react';
import { useLine, useLive } from '../live/live.ts';
import { useSecond } from '../second.ts';
import { Button } from '../ui/button.tsx';
import { moment, span, useZone } from '../zone.ts';

export function LineBanner() {
  const { state, epoch } = useLine();
  // a line that begins is no lost one
  if (state.is === 'open' || (state.is === 'connecting' && epoch === null && state.tries === 0)) return null;
  return <Banner />;
}

function Banner() {
  const { line } = useLive();
  const { state, lastHeard } = useLine();
  const now = useSecond();
  const zone = useZone();
  const since =
    lastHeard === null
      ? 'Nothing was heard yet'
      : `Nothing is heard since ${moment(lastHeard * 1_000, zone, 'seconds').time} (${span(Math.max(0, now - lastHeard))})`;
  const next =
    state.is === 'waiting'
      ? `${state.why}; tried again ${state.until - now < 1_000 ? 'now' : `in ${span(state.until - now)}`}`
      : state.is === 'closed'
        ? state.why
        : 'trying again …';
  return (
    <div role="status" className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-stop/50 bg-stop/14 px-3 py-1.5">
      <WifiOff aria-hidden className="size-4 text-stop" />
      <span>
        <strong>{since}.</strong> {lastHeard === null ? '' : 'What stands below is as of then. '}
        <span className="text-dim">{next}</span>
      </span>
      {state.is === 'waiting' ? (
        <Button small className="ml-auto" onClick={() => line.hurry()}>
          Try now
        </Button>
      ) : null}
    </div>
  );
}
