/**
 * One plot: a drawing that stretches with the page while its figures keep their size (they are text beside the drawing, not in it), and
 * the values under the pointer. Draws what it is given; knows nothing of runs.
 */

import { placeOn, type Scale, type Tick } from '#engine/run/scale.ts';
import { embedded, escaped } from './markup.ts';

export type Readout = Readonly<{
  /** 0 … 1 along the x axis, ascending. */
  x: readonly number[];
  /** What stands at x, and the values there: one list a name. */
  at: readonly string[];
  series: readonly Readonly<{ name: string; values: readonly string[] }>[];
}>;

export type Plot = Readonly<{
  /** What one sees here, for those who do not see it. */
  label: string;
  yTitle: string;
  xTitle: string;
  height: number;
  x: Scale;
  y: Scale;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
  /** A line across at this y: zero, or the start. */
  baseline: number | null;
  /** SVG in 0 … 1000 both ways; strokes do not stretch. */
  drawing: string;
  /** HTML over the drawing, placed in percent. */
  marks: string;
  legend: readonly Readonly<{ name: string; style: string }>[];
  readout: Readout | null;
  /** Plots with the same name show the same x together. */
  together: string | null;
}>;

export function plot(p: Plot): string {
  const grid = [
    ...p.yTicks.map(({ at }) => `<path class="grid" d="M0 ${down(p.y, at)}H1000"/>`),
    ...p.xTicks.map(({ at }) => `<path class="grid" d="M${along(p.x, at)} 0V1000"/>`),
    ...(p.baseline === null ? [] : [`<path class="base" d="M0 ${down(p.y, p.baseline)}H1000"/>`]),
  ];
  const ys = p.yTicks.map(({ at, text }) => `<span style="top:${percent(1 - placeOn(p.y, at))}">${escaped(text)}</span>`);
  const kept = leadingTick(p.xTicks);
  const xs = p.xTicks.map(({ at, text }, i) => {
    const place = placeOn(p.x, at);
    const names = [...(place < 0.03 ? ['first'] : place > 0.97 ? ['last'] : []), ...((i - kept) % 2 !== 0 ? ['odd'] : [])];
    return `<span${names.length === 0 ? '' : ` class="${names.join(' ')}"`} style="left:${percent(place)}">${escaped(text)}</span>`;
  });
  const legend = p.legend.map(({ name, style }) => `<span class="key"><i class="${style}"></i>${escaped(name)}</span>`);
  const together = p.together === null ? '' : ` data-together="${p.together}"`;
  const focus = p.readout === null ? '' : ' tabindex="0"';
  return [
    `<figure class="plot"${together}${focus} aria-label="${escaped(p.label)}">`,
    `<figcaption><span class="y-title">${escaped(p.yTitle)}</span>${legend.join('')}<output class="read"></output></figcaption>`,
    `<div class="frame" style="--height:${p.height}px"><div class="ys" aria-hidden="true">${ys.join('')}</div>`,
    `<div class="area"><svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">${grid.join('')}${p.drawing}</svg>${p.marks}<i class="cross" hidden></i></div>`,
    `<div class="xs" aria-hidden="true">${xs.join('')}</div></div>`,
    p.xTitle === '' ? '' : `<div class="x-title">${escaped(p.xTitle)}</div>`,
    p.readout === null ? '' : `<script type="application/json">${embedded(p.readout)}</script>`,
    '</figure>',
  ].join('');
}

/** Where room is short every second figure goes: never zero, never the years. */
function leadingTick(ticks: readonly Tick[]): number {
  const zero = ticks.findIndex(({ at }) => at === 0);
  return zero >= 0
    ? zero
    : Math.max(
        0,
        ticks.findIndex(({ text }) => /^\d{4}$/.test(text)),
      );
}

/** Coordinates of the drawing. */
export const along = (x: Scale, value: number): string => coordinate(placeOn(x, value) * 1000);
export const down = (y: Scale, value: number): string => coordinate((1 - placeOn(y, value)) * 1000);
export const percent = (share: number): string => `${coordinate(share * 100)}%`;

const coordinate = (value: number): string => String(Number(value.toFixed(2)) + 0);

/** A line through points; a null breaks it. */
export function linePath(x: Scale, y: Scale, points: Iterable<readonly [number, number | null]>): string {
  let path = '';
  let on = false;
  for (const [at, value] of points) {
    if (value === null) on = false;
    else {
      path += `${on ? 'L' : 'M'}${along(x, at)} ${down(y, value)}`;
      on = true;
    }
  }
  return path;
}

/** The area between two lines over the same x. */
export function bandPath(x: Scale, y: Scale, at: readonly number[], low: readonly number[], high: readonly number[]): string {
  if (at.length === 0) return '';
  const above = at.map((value, i) => `${along(x, value)} ${down(y, high[i] as number)}`);
  const below = at.map((value, i) => `${along(x, value)} ${down(y, low[i] as number)}`).reverse();
  return `M${above.join('L')}L${below.join('L')}Z`;
}

/** Evenly spaced indices, the last always among them: enough to read values off. */
export function readingPoints(n: number, most = 240): number[] {
  const count = Math.min(n, most);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (n - 1)) / (count - 1))));
}

/** A place on the x axis as the readout wants it. */
export const reading = (x: Scale, value: number): number => Number(placeOn(x, value).toFixed(4));
