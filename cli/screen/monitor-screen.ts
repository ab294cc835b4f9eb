/** A desk as a monitor shows it: what it is first, then what stands in the way, then everything that moves. Draws lines that fit; paints nothing. */
import type { RowOf } from '#gateway/contracts/rows.ts';
import { iso } from '#replay/words.ts';
import { gateTitle } from '../compose/desk-status.ts';
import { grouped } from './desk-screen.ts';
import { type Fitted, fitted, type Section } from './fitted.ts';
import type { Mode, MonitorPicture, Told } from './monitor-picture.ts';
import { reasonText, stateText, troubleText } from './sentences.ts';
import { table } from './state-text.ts';
import { type Colours, cut, visibleLength, withoutColour } from './terminal.ts';

/** What gets the room that is left. */
export type Focus = 'feeds' | 'orders' | 'positions' | 'decisions';
export type MonitorView = Readonly<{ focus: Focus; help: boolean }>;

const HELP = [
  'f feeds · o orders · p positions · d decisions: what gets the room that is left',
  '? closes this · q or Ctrl-C leaves: the desk goes on',
  '',
  'The frame says what it is: LIVE trades money, PAPER does not. A number is where the journal is; what is',
  'behind "durable" would survive a power cut. A gate says what holds it and what lifts that; npx retrace arm,',
  'ack, pause, kill and the rest steer the desk from another terminal. UNKNOWN is an order of which nobody',
  'knows whether it is at the venue: it counts with its worst case until the venue says.',
] as const;
const KEYS = 'q leaves · f feeds o orders p positions d decisions · ? help';
/** Reasons why it is not ready that are told in the head. */
const MOST_REASONS = 4;

/** Most important first: where there is no room the last go first, and the frame's foot says so. */
export function monitorLines(picture: MonitorPicture, view: MonitorView, colours: Colours, width: number, height: number): string[] {
  const head = headLines(picture, colours, width);
  const foot = (left: string): string => ruled(picture.mode, left === '' ? KEYS : `${left} · ${KEYS}`, '', colours, width);
  const room = height - 1 - head.length - 1;
  const { lines, left }: Fitted = view.help
    ? { lines: HELP.slice(0, Math.max(0, room)), left: [] }
    : fitted(sections(picture, colours), room, view.focus, (title) => colours.bold(title));
  const body = lines.map((line) => cut(line, width - 1));
  while (body.length < room) body.push('');
  const drawn = [...head, ...body, foot(left.length === 0 ? '' : `no room for ${left.join(', ')}`)];
  return isLost(picture) ? drawn.map((line, n) => (n === LOST_LINE ? line : colours.dim(withoutColour(line)))) : drawn;
}

/** Where the head says that the connection is lost. */
const LOST_LINE = 1;

export const isLost = ({ line }: MonitorPicture): boolean => line.is !== 'open';

const PAINT: Readonly<Record<Mode, (colours: Colours) => (text: string) => string>> = {
  LIVE: (colours) => (text) => colours.bold(colours.red(text)),
  PAPER: (colours) => colours.cyan,
  REPLAY: (colours) => colours.magenta,
  BACKTEST: (colours) => colours.blue,
};

/** A line of the frame, in the mode's colour, with its word. */
function ruled(mode: Mode | null, left: string, right: string, colours: Colours, width: number): string {
  const paint = mode === null ? colours.dim : PAINT[mode](colours);
  const word = mode ?? 'MODE NOT KNOWN';
  const start = `━━ ${word} ━━ `;
  const most = Math.max(0, width - 1 - start.length - (right === '' ? 0 : right.length + 2) - 3);
  const text = cut(left, most);
  const rule = '━'.repeat(Math.max(0, width - 1 - start.length - visibleLength(text) - 1 - (right === '' ? 0 : right.length + 2)));
  return `${paint(start)}${text} ${paint(rule)}${right === '' ? '' : ` ${right} `}`.trimEnd();
}

function headLines(picture: MonitorPicture, colours: Colours, width: number): string[] {
  const { desk, mode, seq, at, durable, ageMs, nowMs, lastHeardMs, process: health } = picture;
  const behind = seq - durable;
  const unknown = unknownIn(picture.orders);
  const where = [
    `number ${count(seq)}`,
    behind <= 0 ? 'all durable' : `durable to ${count(durable)}, ${count(behind)} behind`,
    ageMs === null ? `the market's own time, heard ${agoText(nowMs - (lastHeardMs ?? nowMs))} ago` : `${agoText(ageMs)} old`,
  ].join(' · ');
  const ready =
    health === null
      ? [colours.dim('health: not told yet')]
      : health.halted !== null
        ? [`${colours.red(colours.bold('stopped'))}: ${health.halted}`]
        : health.ready
          ? [`${colours.green('ready')}: orders may leave`]
          : reasonLines(health.reasons, colours);
  return [
    ruled(mode, colours.bold(desk), at === 0 ? '' : `${iso(at).slice(0, 10)} ${iso(at).slice(11, 19)} UTC`, colours, width),
    isLost(picture)
      ? lostLine(picture, colours)
      : `${unknown === 0 ? '' : `${unknownText(`${unknown} UNKNOWN`, colours)} `}${colours.dim(where)}`,
    ...ready,
  ].map((line) => cut(line, width - 1));
}

const unknownIn = (orders: MonitorPicture['orders']): number => orders.filter(({ state }) => state === 'UNKNOWN').length;
const unknownText = (text: string, colours: Colours): string => colours.inverse(colours.red(` ${text} `));

function reasonLines(reasons: readonly string[], colours: Colours): string[] {
  const some = reasons.slice(0, reasons.length > MOST_REASONS ? MOST_REASONS - 1 : MOST_REASONS);
  const more = reasons.length - some.length;
  const told = [...some, ...(more === 0 ? [] : [`and ${more} more reasons`])];
  return told.map((reason, n) => `${n === 0 ? `${colours.yellow('not ready')}: ` : '           '}${reason}`);
}

function lostLine({ line, nowMs, lastHeardMs }: MonitorPicture, colours: Colours): string {
  const since =
    lastHeardMs === null ? '' : ` since ${iso(Math.floor(lastHeardMs) * 1_000).slice(11, 19)} (${agoText(nowMs - lastHeardMs)})`;
  const why = line.is === 'waiting' || line.is === 'closed' ? `: ${line.why}` : '';
  return `${colours.inverse(colours.red(' CONNECTION LOST '))}${since}${why}; what stands here is from then, and goes on when the desk is back`;
}

function sections(picture: MonitorPicture, colours: Colours): Section<Focus | 'gates' | 'accounts' | 'strategies' | 'alerts'>[] {
  const { accounts, positions, orders, feeds, strategies, decisions, alerts } = picture;
  const unknown = unknownIn(orders);
  return [
    gateSection(picture, colours),
    {
      name: 'accounts',
      title: accounts.length === 0 ? 'accounts: none' : 'accounts',
      rows: accountRows(accounts, colours),
      least: 6,
      keep: 'first',
    },
    {
      name: 'orders',
      title: orders.length === 0 ? 'orders: none work' : `orders: ${orders.length} work${unknown === 0 ? '' : `, ${unknown} UNKNOWN`}`,
      rows: orderRows(orders, colours),
      least: Math.max(4, unknown),
      keep: 'first',
    },
    {
      name: 'positions',
      title: positions.length === 0 ? 'positions: flat' : 'positions',
      rows: positionRows(positions, accounts.length > 1, colours),
      least: 6,
      keep: 'first',
    },
    { name: 'feeds', title: feeds.length === 0 ? 'feeds: none' : 'feeds', rows: feedRows(picture, colours), least: 6, keep: 'first' },
    {
      name: 'alerts',
      title: alerts.length === 0 ? 'alerts: none' : 'alerts',
      rows: alerts.map(({ at, severity, text }) => `  ${colours.dim(clockText(at))}  ${severityText(severity, colours)}  ${text}`),
      least: 1,
      keep: 'last',
    },
    {
      name: 'decisions',
      title: decisions.length === 0 ? 'decisions: none yet' : 'decisions',
      rows: decisions.map((decision) => decisionRow(decision, colours)),
      least: 5,
      keep: 'last',
    },
    {
      name: 'strategies',
      title: strategies.length === 0 ? 'strategies: none' : 'strategies',
      rows: strategyRows(strategies, colours),
      least: 0,
      keep: 'first',
    },
  ];
}

function gateSection({ gates }: MonitorPicture, colours: Colours): Section<'gates'> {
  const shut = gates.filter(({ state }) => state !== 'OPEN');
  const title = shut.length === 0 ? `gates: all ${gates.length} open` : `gates: ${gates.length - shut.length} open, ${shut.length} not`;
  const rows = shut.flatMap(({ scope, of, state, reasons, lifts, movedBy }) => [
    `  ${gateTitle({ scope, of })} is ${stateText(state, colours)} since number ${count(movedBy)}`,
    ...reasons.map(
      ({ cause, of: about, since, lifts: by }) =>
        `    ${reasonText(`${cause}:${about}`)} ${colours.dim(since === null ? 'from before it was watched' : `since ${clockText(since)}`)} → ${by}`,
    ),
    ...(lifts === null || reasons.some(({ lifts: by }) => by.includes(lifts)) ? [] : [`    → ${lifts}`]),
  ]);
  return { name: 'gates', title, rows, least: Math.min(rows.length, 8), keep: 'first' };
}

function accountRows(accounts: MonitorPicture['accounts'], colours: Colours): string[] {
  return table(
    accounts.map(({ account, currency, equity, drawdown, dayLoss, cash, session }) => [
      `  ${account}`,
      `equity ${colours.bold(grouped(equity))} ${currency}`,
      `drawdown ${isZero(drawdown) ? colours.dim(grouped(drawdown)) : colours.yellow(grouped(drawdown))}`,
      dayText(dayLoss, colours),
      `cash ${grouped(cash)}`,
      session === 'ready' ? '' : `session ${colours.red(session)}`,
    ]),
  );
}

/** A loss below zero is a gain. */
function dayText(dayLoss: string, colours: Colours): string {
  if (isZero(dayLoss)) return `day ${colours.dim(grouped(dayLoss))}`;
  return dayLoss.startsWith('-') ? `day's gain ${colours.green(grouped(dayLoss.slice(1)))}` : `day's loss ${colours.red(grouped(dayLoss))}`;
}

function positionRows(positions: MonitorPicture['positions'], several: boolean, colours: Colours): string[] {
  return table(
    positions.map(({ account, strategy, instrument, lots, price, value, unrealised, realised, currency }) => [
      `  ${instrument}`,
      lots.startsWith('-') ? colours.red(`short ${grouped(lots.slice(1))}`) : colours.green(`long ${grouped(lots)}`),
      `at ${grouped(price)}`,
      `worth ${grouped(value)} ${currency}`,
      `open ${signedText(unrealised, colours)}`,
      `taken ${signedText(realised, colours)}`,
      several ? `${strategy} of ${account}` : strategy,
    ]),
  );
}

function orderRows(orders: MonitorPicture['orders'], colours: Colours): string[] {
  const sorted = [...orders.filter(({ state }) => state === 'UNKNOWN'), ...orders.filter(({ state }) => state !== 'UNKNOWN')];
  return table(
    sorted.map(({ order, instrument, side, type, state, lots, filled, limit, stop, strategy, reducing }) => [
      `  ${order}`,
      `${(side === 'buy' ? colours.green : colours.red)(side)} ${grouped(lots)} ${instrument}${isZero(filled) ? '' : `, ${grouped(filled)} filled`}`,
      `${type}${limit === null ? '' : ` at ${grouped(limit)}`}${stop === null ? '' : ` once ${grouped(stop)}`}${reducing ? ', reduces' : ''}`,
      state === 'UNKNOWN' ? unknownText('UNKNOWN at the venue', colours) : stateText(state, colours),
      strategy,
    ]),
  );
}

function feedRows({ feeds, quotes, at, ageMs }: MonitorPicture, colours: Colours): string[] {
  const nowUs = at + (ageMs ?? 0) * 1_000;
  return table(
    feeds.map(({ instrument, source, state, flags, tickAt, why, since }) => {
      const quote = quotes.get(instrument);
      const priced = quote?.source === source ? quote : undefined;
      const trouble = [flags.join(', '), why === null ? '' : troubleText(why)].filter((part) => part !== '').join('; ');
      return [
        `  ${instrument}`,
        source,
        grouped(priced?.last ?? '–'),
        priced === undefined ? '' : colours.dim(`${grouped(priced.bid ?? '–')} / ${grouped(priced.ask ?? '–')}`),
        stateText(state, colours),
        tickAt === null ? colours.dim('no tick yet') : `${agoText((nowUs - tickAt) / 1_000)} old`,
        state === 'HEALTHY' ? '' : `${trouble}${since === null ? '' : ` since ${clockText(since)}`}`,
      ];
    }),
  );
}

function strategyRows(strategies: MonitorPicture['strategies'], colours: Colours): string[] {
  return table(
    strategies.map(({ id, account, state, seen, warmup }) => [
      `  ${id}`,
      `${stateText(state, colours)}${state === 'warming' ? ` ${seen}/${warmup}` : ''}`,
      account,
    ]),
  );
}

function decisionRow({ decision, fills }: Told, colours: Colours): string {
  const { type, cause, index, at, said } = decision;
  const before = fills === 1 ? '' : ` (fill ${fills} in a row)`;
  return `  ${colours.dim(`${clockText(at)}  ${cause}.${index}`)}  ${decisionPaint(type, decision['side'], colours)(said)}${before}`;
}

function decisionPaint(type: string, side: unknown, colours: Colours): (text: string) => string {
  if (type === 'OrderRefused') return colours.yellow;
  if (type !== 'OrderFilled') return String;
  return side === 'sell' ? colours.red : colours.green;
}

function severityText(severity: RowOf<'alerts'>['severity'], colours: Colours): string {
  if (severity === 'critical') return colours.inverse(colours.red(' critical '));
  return severity === 'warning' ? colours.yellow(severity) : severity;
}

const count = (value: number): string => grouped(String(value));
const clockText = (us: number): string => iso(us).slice(11, 19);
const isZero = (decimal: string): boolean => /^-?[0.]+$/.test(decimal);

function signedText(decimal: string, colours: Colours): string {
  if (isZero(decimal)) return colours.dim(grouped(decimal));
  return decimal.startsWith('-') ? colours.red(`-${grouped(decimal.slice(1))}`) : colours.green(`+${grouped(decimal)}`);
}

function agoText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7_200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}
