// What a monitor shows of rows that a gateway told: read as text, in every width and height, and when nothing more is heard.
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { Line } from '#gateway/contracts/line.ts';
import { DESK_ROWS, type DeskTopic, type RowOf } from '#gateway/contracts/rows.ts';
import { Script, snapshot } from '#tests/gateway/scripted-line.ts';
import { askForPicture, folded, isWorth, type MonitorPicture, pictureFrom } from './monitor-picture.ts';
import { type Focus, monitorLines } from './monitor-screen.ts';
import { visibleLength } from './terminal.ts';

const PLAIN = createColors(false);
const COLOURED = createColors(true);
/** 2026-01-05T00:10:00Z in µs. */
const AT = 1_767_571_800_000_000;

type Rows = { readonly [T in DeskTopic]?: readonly RowOf<T>[] };

const process = (over: Partial<Extract<RowOf<'system'>, { what: 'process' }>> = {}): RowOf<'system'> => ({
  ...{ what: 'process', since: '2026-01-05T00:00:00Z', build: 'b', journal: '/j', halted: null, ready: true, reasons: [] },
  ...{ pendingBytes: 0, waitedMs: 0, disk: null, breaker: null, memoryBytes: 1, watchers: 1 },
  ...over,
});
const gate = (
  scope: 'global' | 'account' | 'instrument',
  of: string,
  state = 'OPEN',
  over: Partial<RowOf<'gate'>> = {},
): RowOf<'gate'> => ({
  ...{ scope, of, state, reasons: [], lifts: null, movedBy: 44, killedAt: null },
  ...over,
});
const feed = (instrument: string, over: Partial<RowOf<'feeds'>> = {}): RowOf<'feeds'> => ({
  ...{ instrument, source: 'synthetic', state: 'HEALTHY', flags: [], heardAt: AT, tickAt: AT - 250_000, why: null, since: null },
  ...over,
});
const quote = (instrument: string, last: string): RowOf<'quotes'> => ({
  ...{ instrument, source: 'synthetic', last, bid: last, bidLots: '1', ask: last, askLots: '2', tickAt: AT },
});
const order = (id: string, state: string, over: Partial<RowOf<'orders'>> = {}): RowOf<'orders'> => ({
  ...{ order: id, clientId: `c${id}`, account: 'paper', strategy: 'ema', instrument: 'BTC-USD', side: 'buy', type: 'limit', state },
  ...{ lots: '1250', filled: '0', limit: '59900.1', stop: null, timeInForce: 'GTC', reducing: false, expiresAt: null, movedBy: 40 },
  ...over,
});
const decision = (cause: number, type: string, said: string, over: object = {}): RowOf<'decisions'> => ({
  ...{ type, cause, index: 0, at: AT + cause * 1_000_000, said },
  ...over,
});
const account: RowOf<'equity'> = {
  ...{ account: 'paper', mode: 'PAPER', currency: 'USD', cash: '40000.00', equity: '100012.34', peak: '100020.00', drawdown: '7.66' },
  ...{ dayLoss: '-12.34', session: 'ready' },
};
const position: RowOf<'positions'> = {
  ...{ account: 'paper', strategy: 'ema', instrument: 'BTC-USD', lots: '-0.1666', price: '59935.7', value: '-9985.28', cost: '-9990.00' },
  ...{ realised: '0.00', unrealised: '4.72', currency: 'USD' },
};

const HEALTHY: Rows = {
  system: [process()],
  gate: [gate('global', '*'), gate('account', 'paper'), gate('instrument', 'BTC-USD')],
  feeds: [feed('BTC-USD')],
  quotes: [quote('BTC-USD', '59935.7')],
  equity: [account],
};
const TROUBLED: Rows = {
  ...HEALTHY,
  system: [process({ ready: false, reasons: ['account paper is HALTED: reconciliation: venue', 'the breaker does not answer: it died'] })],
  gate: [
    gate('global', '*'),
    gate('account', 'paper', 'HALTED', {
      lifts: 'npx retrace ack account paper',
      reasons: [
        {
          cause: 'reconciliation',
          of: 'venue',
          makes: 'HALTED',
          since: AT - 61_000_000,
          lifts: 'npx retrace ack account paper; with --accept the venue is right',
        },
        { cause: 'order-unknown', of: '9.1', makes: 'REDUCE_ONLY', since: null, lifts: 'word from the venue about order 9.1' },
      ],
    }),
    gate('instrument', 'BTC-USD', 'ARMED', { lifts: 'npx retrace arm instrument BTC-USD' }),
  ],
  feeds: [
    feed('BTC-USD', { state: 'DOWN', flags: ['silent', 'faulted'], why: 'Faulted:gap', since: AT - 3_000_000, tickAt: AT - 65_000_000 }),
    feed('ETH-USD', { source: 'other', tickAt: null }),
  ],
  orders: [
    order('8.1', 'WORKING', { filled: '250' }),
    order('9.1', 'UNKNOWN', { side: 'sell', type: 'stop', limit: null, stop: '59000', reducing: true }),
    order('7.1', 'FILLED'),
  ],
  positions: [position],
  decisions: [
    decision(1, 'CandleClosed', 'a candle'),
    decision(2, 'OrderFilled', 'bought 1', { order: '8.1', side: 'buy' }),
    decision(3, 'OrderFilled', 'bought 2', { order: '8.1', side: 'buy' }),
    decision(4, 'OrderRefused', 'buy 3 was refused: the feed is down'),
  ],
  alerts: [{ at: AT, severity: 'critical', topic: 'venue', text: 'paper does not agree with its venue' }],
};

function told(rows: Rows): { script: Script; line: Line; picture: () => MonitorPicture } {
  const script = new Script();
  script.now = AT / 1_000 + 200;
  const line = new Line(script.ports, { changed: () => {} });
  askForPicture(line);
  line.begin();
  script.welcome();
  for (const [topic, held] of Object.entries(rows) as [DeskTopic, readonly Record<string, unknown>[]][]) {
    for (const row of held) DESK_ROWS[topic].parse(row);
    const keyed = held.map((row, n): [string, unknown] => [String(n), row]);
    const of = topic === 'quotes' ? 'BTC-USD' : '*';
    script.say({ ...snapshot(topic, of, 1, keyed), seq: 12_345, at: AT, age: 200, durable: 12_340 } as never);
  }
  return { script, line, picture: () => pictureFrom(line, 'd', script.now) };
}

const shown = (picture: MonitorPicture, width = 118, height = 30, focus: Focus = 'decisions', colours = PLAIN, help = false): string[] =>
  monitorLines(picture, { focus, help }, colours, width, height);
const text = (lines: readonly string[]): string => lines.map((line) => line.trimEnd()).join('\n');

test('a desk that is well', () => {
  expect(text(shown(told(HEALTHY).picture(), 100, 18))).toMatchInlineSnapshot(`
    "━━ PAPER ━━ d ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2026-01-05 00:10:00 UTC
    number 12,345 · durable to 12,340, 5 behind · 0.2 s old
    ready: orders may leave
    gates: all 3 open
    accounts
      paper  equity 100,012.34 USD  drawdown 7.66  day's gain 12.34  cash 40,000.00
    orders: none work
    positions: flat
    feeds
      BTC-USD  synthetic  59,935.7  59,935.7 / 59,935.7  healthy  0.5 s old
    alerts: none
    decisions: none yet
    strategies: none



    ━━ PAPER ━━ q leaves · f feeds o orders p positions d decisions · ? help ━━━━━━━━━━━━━━━━━━━━━━━━━━"
  `);
});

test('what stands in the way, since when and what lifts it; an order that nobody knows of comes first', () => {
  expect(text(shown(told(TROUBLED).picture(), 130))).toMatchInlineSnapshot(`
    "━━ PAPER ━━ d ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2026-01-05 00:10:00 UTC
     1 UNKNOWN  number 12,345 · durable to 12,340, 5 behind · 0.2 s old
    not ready: account paper is HALTED: reconciliation: venue
               the breaker does not answer: it died
    gates: 1 open, 2 not
      account paper is halted since number 44
        reconciliation (venue) since 00:08:59 → npx retrace ack account paper; with --accept the venue is right
        the outcome of order 9.1 is unknown from before it was watched → word from the venue about order 9.1
      instrument BTC-USD is ARMED, not trading yet since number 44
        → npx retrace arm instrument BTC-USD
    accounts
      paper  equity 100,012.34 USD  drawdown 7.66  day's gain 12.34  cash 40,000.00
    orders: 2 work, 1 UNKNOWN
      9.1  sell 1,250 BTC-USD             stop once 59,000, reduces   UNKNOWN at the venue   ema
      8.1  buy 1,250 BTC-USD, 250 filled  limit at 59,900.1          working                 ema
    positions
      BTC-USD  short 0.1666  at 59,935.7  worth -9,985.28 USD  open +4.72  taken 0.00  ema
    feeds
      BTC-USD  synthetic  59,935.7  59,935.7 / 59,935.7  down     65 s old     silent, faulted; a gap in the numbers since 00:09:57
      ETH-USD  other      –                              healthy  no tick yet
    alerts
      00:10:00   critical   paper does not agree with its venue
    decisions
      00:10:03  3.0  bought 2 (fill 2 in a row)
      00:10:04  4.0  buy 3 was refused: the feed is down
    strategies: none


    ━━ PAPER ━━ q leaves · f feeds o orders p positions d decisions · ? help ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━"
  `);
});

test('a small terminal: what is left out is counted', () => {
  expect(text(shown(told(TROUBLED).picture(), 80, 14))).toMatchInlineSnapshot(`
    "━━ PAPER ━━ d ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2026-01-05 00:10:00 UTC
     1 UNKNOWN  number 12,345 · durable to 12,340, 5 behind · 0.2 s old
    not ready: account paper is HALTED: reconciliation: venue
               the breaker does not answer: it died
    gates: 1 open, 2 not
      account paper is halted since number 44
        reconciliation (venue) since 00:08:59 → npx retrace ack account paper; wit…
        the outcome of order 9.1 is unknown from before it was watched → word from…
      instrument BTC-USD is ARMED, not trading yet since number 44
        → npx retrace arm instrument BTC-USD
    decisions (1 before these)
      00:10:04  4.0  buy 3 was refused: the feed is down
    ━━ PAPER ━━ no room for accounts, orders, positions, feeds, alerts, strateg… ━━"
  `);
});

test('help', () => {
  expect(text(shown(told(HEALTHY).picture(), 110, 14, 'decisions', PLAIN, true))).toMatchInlineSnapshot(`
    "━━ PAPER ━━ d ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2026-01-05 00:10:00 UTC
    number 12,345 · durable to 12,340, 5 behind · 0.2 s old
    ready: orders may leave
    f feeds · o orders · p positions · d decisions: what gets the room that is left
    ? closes this · q or Ctrl-C leaves: the desk goes on

    The frame says what it is: LIVE trades money, PAPER does not. A number is where the journal is; what is
    behind "durable" would survive a power cut. A gate says what holds it and what lifts that; npx retrace arm,
    ack, pause, kill and the rest steer the desk from another terminal. UNKNOWN is an order of which nobody
    knows whether it is at the venue: it counts with its worst case until the venue says.


    ━━ PAPER ━━ q leaves · f feeds o orders p positions d decisions · ? help ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━"
  `);
});

test('nothing more is heard: what is shown is from then, and says since when and why', () => {
  const { script, line, picture } = told(HEALTHY);
  script.wire.events.closed(0, 'the desk stops');
  script.now += 12_000;
  expect(text(shown(picture(), 130, 14).slice(0, 4))).toMatchInlineSnapshot(`
    "━━ PAPER ━━ d ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2026-01-05 00:10:00 UTC
     CONNECTION LOST  since 00:10:00 (12 s): the desk stops; what stands here is from then, and goes on when the desk is back
    ready: orders may leave
    gates: all 3 open"
  `);
  const coloured = shown(picture(), 130, 14, 'decisions', COLOURED);
  for (const [n, drawn] of coloured.entries())
    if (n !== 1 && drawn !== '') expect(drawn).toBe(COLOURED.dim(drawn.replace(/\x1b\[\d+m/g, '')));
  line.hurry();
  script.welcome();
  expect(text(shown(picture(), 130, 14))).not.toContain('CONNECTION LOST');
});

describe('whatever the terminal', () => {
  test('no line is wider, no picture is higher, and colours change no letter', () => {
    const pictures = [told(HEALTHY), told(TROUBLED), told({})].map(({ picture }) => picture());
    for (const picture of pictures)
      for (const width of [40, 61, 80, 200])
        for (const height of [10, 13, 24, 60])
          for (const focus of ['feeds', 'orders', 'positions', 'decisions'] as const) {
            const plain = shown(picture, width, height, focus);
            const coloured = shown(picture, width, height, focus, COLOURED);
            expect(plain.length).toBe(height - 1);
            for (const line of plain) expect(visibleLength(line)).toBeLessThanOrEqual(width - 1);
            expect(coloured.map((line) => line.replace(/\x1b\[\d+m/g, ''))).toEqual(plain);
          }
  });

  test('each mode has its word on the first line and the last, and a colour of its own', () => {
    const { picture } = told(HEALTHY);
    const firsts = (['BACKTEST', 'PAPER', 'LIVE', 'REPLAY'] as const).map((mode) => {
      const drawn = shown({ ...picture(), mode }, 80, 20, 'decisions', COLOURED);
      for (const line of [drawn[0]!, drawn.at(-1)!]) expect(line).toContain(` ${mode} `);
      return drawn[0]!.slice(0, drawn[0]!.indexOf('━'));
    });
    expect(new Set(firsts).size).toBe(4);
  });
});

test('fills of one order in a row are one line; what is not worth one is none', () => {
  const fill = (cause: number, of: string) => decision(cause, 'OrderFilled', `fill ${cause}`, { order: of });
  const rows = [fill(1, 'a'), fill(2, 'a'), fill(3, 'b'), decision(4, 'GateMoved', 'gate'), fill(5, 'b')];
  expect(folded(rows).map(({ decision: { cause }, fills }) => [cause, fills])).toEqual([
    [2, 2],
    [3, 1],
    [4, 1],
    [5, 1],
  ]);
  const moved = (from: string, to: string) => decision(1, 'OrderMoved', '', { from, to });
  expect(
    [moved('SENT', 'WORKING'), moved('SENT', 'UNKNOWN'), moved('UNKNOWN', 'WORKING'), decision(1, 'CandleClosed', '')].map(isWorth),
  ).toEqual([false, true, true, false]);
});
