/** Where a moment of a recorded day stands on the scrubber: time runs evenly, and a quiet stretch is drawn short, as a break of one width. */

export type Stretch = Readonly<{
  /** Engine µs. */
  from: number;
  to: number;
  /** 0 to 1, of the whole width. */
  left: number;
  right: number;
  /** Nothing arrived in it, and it is drawn shorter than it was. */
  quiet: boolean;
}>;
export type ScrubScale = Readonly<{ from: number; to: number; stretches: readonly Stretch[] }>;

/** Of one break, as a share of the width; all of them together never take more than half. */
const BREAK = 0.03;
const MOST_BREAKS = 0.5;

/** `gaps`: in order, and not one in another. One that is no wider than its break would be stays as it is. */
export function scaleOf(from: number, to: number, gaps: readonly Readonly<{ from: number; to: number }>[]): ScrubScale {
  const whole = Math.max(1, to - from);
  const long = gaps
    .map((gap) => ({ from: Math.max(from, gap.from), to: Math.min(to, gap.to) }))
    .filter((gap) => (gap.to - gap.from) / whole > BREAK);
  const allQuiet = long.reduce((sum, gap) => sum + gap.to - gap.from, 0) >= whole;
  const wanted = allQuiet ? [] : long; // beside nothing, nothing is short
  const width = wanted.length === 0 ? 0 : Math.min(BREAK, MOST_BREAKS / wanted.length);
  const quietUs = wanted.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const busyUs = Math.max(1, whole - quietUs);
  const busyWidth = 1 - width * wanted.length;
  const stretches: Stretch[] = [];
  let [at, left] = [from, 0];
  const add = (end: number, share: number, quiet: boolean): void => {
    if (end === at && !quiet) return;
    stretches.push({ from: at, to: end, left, right: left + share, quiet });
    [at, left] = [end, left + share];
  };
  for (const gap of wanted) {
    add(gap.from, ((gap.from - at) / busyUs) * busyWidth, false);
    add(gap.to, width, true);
  }
  add(to, 1 - left, false);
  return { from, to, stretches };
}

/** 0 to 1; what lies outside stands at the end it lies beyond. */
export function placeOf({ from, to, stretches }: ScrubScale, us: number): number {
  if (us <= from) return 0;
  if (us >= to) return 1;
  const own = stretches.find((one) => us <= one.to);
  if (own === undefined) return 1;
  return own.left + ((us - own.from) / (own.to - own.from)) * (own.right - own.left);
}

/** The moment that stands there, in whole µs. */
export function momentAt({ from, to, stretches }: ScrubScale, place: number): number {
  if (place <= 0) return from;
  if (place >= 1) return to;
  const own = stretches.find(({ right }) => place <= right);
  if (own === undefined || own.right === own.left) return to;
  return Math.round(own.from + ((place - own.left) / (own.right - own.left)) * (own.to - own.from));
}
