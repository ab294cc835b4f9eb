/** One bar in its own digits: what it is, and where it was amended, what it was before. */
import { moment, useZone } from '../../zone.ts';
import type { Candle, Drawn } from './candle-series.ts';

export function Reading({ of }: Readonly<{ of: Drawn | null }>) {
  const zone = useZone();
  if (of === null) return <p className="text-xs text-faint">no candle yet</p>;
  const { date, time } = moment(of.start, zone, 'seconds');
  return (
    <div aria-live="off" className="figure flex flex-col text-2xs sm:text-xs">
      <p className="flex flex-wrap gap-x-3">
        <span className="text-dim">
          {date} {time}
        </span>
        <Prices of={of} />
        {of.forming ? (
          <span className="font-semibold text-warn">not closed: of {of.trades} trades heard here</span>
        ) : (
          <>
            <span className="text-faint">
              V <span className="text-ink">{of.volume}</span>
            </span>
            {of.complete ? null : <span className="font-semibold text-warn">ticks are missing in it</span>}
            {of.version > 1 ? <span className="font-semibold text-accent">amended, version {of.version}</span> : null}
          </>
        )}
      </p>
      {of.before.map((one) => (
        <p key={one.version} className="flex flex-wrap gap-x-3 text-faint">
          <span>as first said, version {one.version}:</span>
          <Prices of={one} />
          <span>V {one.volume}</span>
        </p>
      ))}
    </div>
  );
}

const Prices = ({ of }: Readonly<{ of: Pick<Candle, 'open' | 'high' | 'low' | 'close'> }>) => (
  <>
    {(['open', 'high', 'low', 'close'] as const).map((name) => (
      <span key={name} className="text-faint">
        {name[0]!.toUpperCase()} <span className="text-ink">{of[name]}</span>
      </span>
    ))}
  </>
);
