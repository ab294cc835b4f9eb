/** Where the states of a machine stand when it is drawn, and how the ways between them run. A state nobody gave a place gets one below. */
import type { RestMachine } from '#gateway/contracts/rest-machines.ts';

export type Point = Readonly<{ x: number; y: number }>;
type Cell = readonly [column: number, row: number];

const PLACES: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  feed: { DOWN: [0, 1], DEGRADED: [1, 0], HEALTHY: [2, 1] },
  candles: { idle: [0, 1], forming: [1, 0], grace: [2, 1], gap: [1, 2] },
  gate: {
    ...{ BOOT: [0, 0], RECOVER: [1, 0], RECONCILE: [2, 0], ARMED: [3, 0], OPEN: [4, 0] },
    ...{ HALTED: [2, 1.15], KILLED: [1, 2.3], CANCEL_ONLY: [3, 2.3], REDUCE_ONLY: [4, 1.15] },
  },
  order: {
    ...{ INTENT: [0, 0], SENDING: [1, 0], LIVE: [2, 0], FILLED: [4, 0] },
    ...{ UNKNOWN: [1, 1.4], REPLACE_PENDING: [2.9, 1], CANCEL_PENDING: [2, 1.9] },
    ...{ REJECTED: [0, 2.3], CANCELLED: [4, 1.9], EXPIRED: [3.2, 2.9] },
  },
  strategy: { loading: [0, 0], warming: [1, 0], running: [2, 0], paused: [3, 0], faulted: [1, 1.4], stopped: [2.4, 1.4] },
  session: { connecting: [0, 0], authenticating: [1, 0], reconciling: [2, 0], ready: [3, 0], degraded: [2.5, 1.2] },
};

const [COLUMN, ROW] = [150, 70];
export const BOX = { width: 122, height: 30 } as const;
const EDGE = 12;

export type Way = Readonly<{ from: string; to: string; events: readonly string[]; path: string; arrow: string; label: Point }>;
export type Drawing = Readonly<{
  width: number;
  height: number;
  states: readonly Readonly<{ state: string; at: Point }>[];
  ways: readonly Way[];
}>;

export function drawn({ machine, states, transitions }: RestMachine): Drawing {
  const known = PLACES[machine] ?? {};
  const below = Math.max(0, ...Object.values(known).map(([, row]) => row + 1));
  const rest = states.filter((state) => known[state] === undefined);
  const cellOf = (state: string): Cell => known[state] ?? [rest.indexOf(state) % 4, below + Math.floor(rest.indexOf(state) / 4)];
  const cells = new Map(states.map((state) => [state, cellOf(state)]));
  const centre = (state: string): Point => {
    const [column, row] = cells.get(state)!;
    return { x: EDGE + BOX.width / 2 + column * COLUMN, y: EDGE + BOX.height / 2 + row * ROW };
  };
  const ways = new Map<string, { from: string; to: string; events: string[] }>();
  for (const { from, to, event } of transitions) {
    if (from === to) continue;
    const way = ways.get(`${from} ${to}`) ?? { from, to, events: [] };
    if (!way.events.includes(event)) way.events.push(event);
    ways.set(`${from} ${to}`, way);
  }
  const all = [...cells.values()];
  return {
    width: EDGE * 2 + BOX.width + Math.max(...all.map(([column]) => column)) * COLUMN,
    height: EDGE * 2 + BOX.height + Math.max(...all.map(([, row]) => row)) * ROW,
    states: states.map((state) => ({ state, at: centre(state) })),
    ways: [...ways.values()].map((way) => ({ ...way, ...curve(centre(way.from), centre(way.to)) })),
  };
}

/** Bent to its left, so that the way there and the way back lie beside each other. */
function curve(from: Point, to: Point): Pick<Way, 'path' | 'arrow' | 'label'> {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const long = Math.hypot(dx, dy);
  const bend = Math.min(34, 8 + long * 0.07);
  const control = { x: (from.x + to.x) / 2 + (dy / long) * bend, y: (from.y + to.y) / 2 - (dx / long) * bend };
  const [start, end] = [rim(from, control, 1), rim(to, control, 5)];
  const [ux, uy] = unit(control, end);
  const corner = (turn: number): string => `${round(end.x - ux * 8 - uy * 3.5 * turn)} ${round(end.y - uy * 8 + ux * 3.5 * turn)}`;
  return {
    path: `M${round(start.x)} ${round(start.y)}Q${round(control.x)} ${round(control.y)} ${round(end.x - ux * 6)} ${round(end.y - uy * 6)}`,
    arrow: `${round(end.x)} ${round(end.y)} ${corner(1)} ${corner(-1)}`,
    label: { x: round((start.x + end.x) / 4 + control.x / 2), y: round((start.y + end.y) / 4 + control.y / 2) },
  };
}

/** Where the line from the centre of a box towards a point leaves the box. */
function rim(centre: Point, towards: Point, gap: number): Point {
  const [dx, dy] = [towards.x - centre.x, towards.y - centre.y];
  const share = Math.min((BOX.width / 2 + gap) / Math.abs(dx || 1e-9), (BOX.height / 2 + gap) / Math.abs(dy || 1e-9));
  return { x: centre.x + dx * share, y: centre.y + dy * share };
}

function unit(from: Point, to: Point): readonly [number, number] {
  const long = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return [(to.x - from.x) / long, (to.y - from.y) / long];
}
const round = (value: number): number => Math.round(value * 10) / 10;
