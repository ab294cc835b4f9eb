/**
 * The whole day as a strip: how much arrived when, where something was filled, refused, called out or held back, and where the clock stands. What
 * lies ahead of the clock is told as places to go to, never as what came of them.
 */
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react';
import type { ReplayPosition, ReplayTimeline, TimelineBucket } from '#gateway/contracts/replays.ts';
import { moment, span, useZone } from '../../zone.ts';
import { momentAt, placeOf, type ScrubScale, scaleOf } from './scrub-scale.ts';

type Props = Readonly<{
  timeline: ReplayTimeline | null;
  from: ReplayPosition;
  to: ReplayPosition;
  stands: ReplayPosition;
  /** 0 to 1: how much was looked through. */
  ready: number;
  go: (us: number) => void;
}>;

const WIDTH = 1_000;
const HIGH = 44;
const LANES = ['fills', 'refusals', 'alerts'] as const;
const TONES = { fills: 'accent', refusals: 'warn', alerts: 'stop', gates: 'mode' } as const;
const WORDS = { fills: 'fills', refusals: 'refusals', alerts: 'alerts', gates: 'gate changes' } as const;

export function Scrubber({ timeline, from, to, stands, ready, go }: Props) {
  const zone = useZone();
  const strip = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const gaps = timeline?.gaps;
  const scale = useMemo(() => scaleOf(from.at, Math.max(to.at, from.at + 1), gaps ?? []), [from.at, to.at, gaps]);
  const now = placeOf(scale, drag ?? stands.at);
  const momentOf = (event: PointerEvent): number => {
    const box = strip.current!.getBoundingClientRect();
    return momentAt(scale, (event.clientX - box.left) / Math.max(1, box.width));
  };
  const said = (us: number): string => {
    const { date, time } = moment(us, zone, 'seconds');
    return `${date} ${time}`;
  };
  const keys = (event: KeyboardEvent): void => {
    const by = event.key === 'PageUp' ? 0.05 : event.key === 'PageDown' ? -0.05 : 0;
    if (by === 0) return; // arrows, Home and End are keys of the whole page
    event.preventDefault();
    event.stopPropagation();
    go(momentAt(scale, placeOf(scale, stands.at) + by));
  };
  const tip = drag ?? pointed;
  const share = Math.round(placeOf(scale, stands.at) * 100);
  return (
    <div className="flex flex-col gap-1">
      <div
        ref={strip}
        role="slider"
        tabIndex={0}
        aria-label="Where the replay stands; page up and page down go far, arrows event by event"
        aria-valuemin={0}
        aria-valuemax={Math.max(1, Math.ceil((to.at - from.at) / 1_000_000))}
        aria-valuenow={Math.min(
          Math.max(0, Math.round((stands.at - from.at) / 1_000_000)),
          Math.max(1, Math.ceil((to.at - from.at) / 1_000_000)),
        )}
        aria-valuetext={`${said(stands.at)}, number ${stands.seq}, ${share} percent`}
        onKeyDown={keys}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const us = momentOf(event);
          setDrag(us);
          go(us);
        }}
        onPointerMove={(event) => {
          const us = momentOf(event);
          setPointed(us);
          if (drag === null) return;
          setDrag(us);
          go(us);
        }}
        onPointerUp={() => setDrag(null)}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setPointed(null)}
        className="relative h-16 touch-none cursor-ew-resize overflow-hidden rounded-[5px] border border-line bg-ground select-none"
      >
        <svg viewBox={`0 0 ${WIDTH} 64`} preserveAspectRatio="none" className="absolute inset-0 size-full" aria-hidden="true">
          {timeline === null ? null : <Drawn timeline={timeline} scale={scale} />}
        </svg>
        {scale.stretches
          .filter(({ quiet }) => quiet)
          .map((one) => (
            <span
              key={one.from}
              title={`quiet for ${span((one.to - one.from) / 1_000)}`}
              className="absolute inset-y-0 flex items-center justify-center overflow-hidden border-x border-dashed border-edge bg-raised text-2xs whitespace-nowrap text-faint"
              style={{ left: `${one.left * 100}%`, width: `${(one.right - one.left) * 100}%` }}
              data-quiet={one.to - one.from}
            >
              <span className="[writing-mode:vertical-rl]">{span((one.to - one.from) / 1_000)}</span>
            </span>
          ))}
        <span className="pointer-events-none absolute inset-y-0 right-0 bg-ground/60" style={{ left: `${now * 100}%` }} />
        <span className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-px bg-mode" style={{ left: `${now * 100}%` }} />
        {tip === null ? null : (
          <span
            className="figure pointer-events-none absolute top-0.5 rounded-[4px] border border-edge bg-panel px-1 text-2xs"
            style={{ left: `${placeOf(scale, tip) * 100}%`, transform: `translateX(${placeOf(scale, tip) > 0.5 ? '-104%' : '4%'})` }}
          >
            {said(tip)}
          </span>
        )}
        {ready >= 1 ? null : (
          <span className="absolute inset-x-0 bottom-0 h-1 bg-raised">
            <span className="block h-full bg-accent" style={{ width: `${ready * 100}%` }} />
          </span>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-3 text-2xs text-faint">
        <span className="figure">{said(from.at)}</span>
        {ready >= 1 ? (
          timeline === null ? (
            <span role="status">drawing the day …</span>
          ) : (
            <Counts of={timeline} />
          )
        ) : (
          <span role="status">looking through the day: {Math.floor(ready * 100)} % …</span>
        )}
        <span className="figure ml-auto">{said(to.at)}</span>
      </div>
    </div>
  );
}

const sum = (buckets: readonly TimelineBucket[], of: keyof typeof WORDS): number => buckets.reduce((all, one) => all + one[of], 0);

/** The colours and their places, in words. */
function Counts({ of: { buckets } }: Readonly<{ of: ReplayTimeline }>) {
  return (
    <>
      {(Object.keys(WORDS) as (keyof typeof WORDS)[]).map((kind) => (
        <span key={kind} className="inline-flex items-center gap-1">
          <span aria-hidden className="size-2 rounded-[2px]" style={{ background: `var(--${TONES[kind]})` }} />
          {sum(buckets, kind)} {WORDS[kind]}
        </span>
      ))}
    </>
  );
}

function Drawn({ timeline, scale }: Readonly<{ timeline: ReplayTimeline; scale: ScrubScale }>) {
  return useMemo(() => {
    const most = Math.max(1, ...timeline.buckets.map(({ ticks }) => ticks));
    const at = (us: number): number => placeOf(scale, us) * WIDTH;
    return (
      <>
        {timeline.buckets.map((one) => {
          const [left, right] = [at(one.at), at(one.to)];
          const high = one.ticks === 0 ? 0 : Math.max(1.5, Math.sqrt(one.ticks / most) * (HIGH - 8));
          return (
            <g key={one.at}>
              <rect x={left} y={HIGH - high} width={Math.max(0.6, right - left)} height={high} fill="var(--edge)" />
              {LANES.map((lane, n) =>
                one[lane] === 0 ? null : (
                  <rect
                    key={lane}
                    x={left}
                    y={HIGH + 1 + n * 5}
                    width={Math.max(2, right - left)}
                    height={4}
                    fill={`var(--${TONES[lane]})`}
                  />
                ),
              )}
            </g>
          );
        })}
        {timeline.gates.map(({ seq, at: us, scope, of }) => (
          <rect key={`${seq} ${scope} ${of}`} x={at(us) - 0.75} y={HIGH + 16} width={1.5} height={4} fill={`var(--${TONES.gates})`} />
        ))}
      </>
    );
  }, [timeline, scale]);
}
