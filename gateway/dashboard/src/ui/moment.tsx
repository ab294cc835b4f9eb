/** A moment in the zone that was chosen, with UTC at hand; and how long ago it is by the desk's own time. */
import { useLine } from '../live/live.ts';
import { type Detail, isoOf, moment, span, useZone } from '../zone.ts';

export function Moment({ us, detail = 'millis', date = false }: Readonly<{ us: number | null; detail?: Detail; date?: boolean }>) {
  const zone = useZone();
  if (us === null) return <span className="figure text-faint">–</span>;
  const read = moment(us, zone, detail);
  return (
    <time className="figure" dateTime={isoOf(us)} title={`${isoOf(us)} (UTC)${zone === 'UTC' ? '' : `, shown in ${zone}`}`}>
      {date ? `${read.date} ${read.time}` : read.time}
    </time>
  );
}

/** Engine time from then to the newest fact. Null: it lies before what this gateway knows. */
export function Since({ us }: Readonly<{ us: number | null }>) {
  const { at } = useLine();
  if (us === null) return <span title="it began before this gateway did">before this gateway's start</span>;
  return <span title={`since ${isoOf(us)}`}>{span(Math.max(0, at - us) / 1_000)}</span>;
}
