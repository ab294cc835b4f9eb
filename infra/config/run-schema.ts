/**
 * The schema of retrace.yaml: every key with what it means, its unit, default and range. Checked values are whole numbers of small units
 * (µs, permille, millionths, bytes) or exact decimal text (money in the account's currency, quantities); null says "none". No secret has a key.
 */
import { z } from 'zod';
import { CASH_TOLERANCE, CEILING, SEND_WINDOW_US } from '#engine/risk/ceiling.ts';
import { DAY_US, MINUTE_US, SECOND_US, type Sha256 } from '#engine/values.ts';
import { shown } from './faults.ts';
import { choice, duration, fee, money, or, percent, quantity, size, sure, text, whole } from './keys.ts';
import { Wrong, wholeNumber } from './units.ts';

const NAME = {
  shape: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  unit: 'name',
  says: 'name',
  range: '1 to 64 letters, digits, . _ -',
  remedy: 'write 1 to 64 letters, digits and . _ -, a letter or digit first',
};
const SYMBOL = {
  shape: /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}$/,
  unit: 'name',
  says: 'symbol',
  range: '1 to 64 letters, digits, . _ : / @ -',
  remedy: 'write it as the venue does',
  example: 'BTC-USD',
};
const FOLDER = {
  shape: /^[^\0]{1,1000}$/,
  unit: 'path',
  says: 'path',
  range: 'any',
  remedy: 'relative ones begin at the folder of this file',
};

const PAPER = { venue: 'paper' } as const;
const LOCAL = { venue: 'local' } as const;
const SYNTHETIC = { source: 'synthetic' } as const;
const LOCAL_FEED = { source: 'local' } as const;
export const EXCHANGE_URL = 'http://127.0.0.1:7801';
/** Stands for the data folder at the beginning of a path. */
export const HOME_PREFIX = 'RETRACE_HOME/';

const account = z.strictObject({
  id: sure(text({ ...NAME, about: 'what the account is called here', standard: 'main' })),
  venue: sure(
    choice(['paper', 'local'], { about: 'paper: filled inside the desk; local: the exchange of `retrace exchange`', standard: 'paper' }),
  ),
  currency: sure(
    text({
      about: 'what its money is in',
      standard: 'USD',
      shape: /^[A-Z][A-Z0-9]{1,9}$/,
      unit: 'code',
      says: 'code of a currency',
      range: '2 to 10 capital letters and digits',
      remedy: 'write it like USD',
    }),
  ),
  currencyScale: sure(whole({ about: 'digits after the point of its smallest unit', standard: '2' }, { least: 0, most: 8 })),
  cash: money(
    { about: 'opening cash', standard: { venue: { paper: '100000.00', local: null } }, only: PAPER, example: '1000.00' },
    { least: '0', most: '1000000000000' },
  ),
  makerFee: fee(
    { about: 'fee of an order that waited in the book, of its value', standard: { venue: { paper: '0.002%', local: null } }, only: PAPER },
    { least: 0, most: 100_000 },
  ),
  takerFee: fee(
    { about: 'fee of an order that met one that waited', standard: { venue: { paper: '0.01%', local: null } }, only: PAPER },
    { least: 0, most: 100_000 },
  ),
  latency: duration(
    { about: 'from a decision to its arrival at the paper venue', standard: { venue: { paper: '20ms', local: null } }, only: PAPER },
    { least: 0, most: 60 * SECOND_US },
  ),
  url: text({ about: 'where the exchange listens', standard: { venue: { paper: null, local: EXCHANGE_URL } }, only: LOCAL, ...url() }),
  keyFile: text({
    about: 'the file of the API key, readable by you alone; its content is never shown',
    standard: { venue: { paper: null, local: `${HOME_PREFIX}exchange/keys.json` } },
    only: LOCAL,
    shape: /^[^\0\n{}]{1,1000}\.json$/,
    unit: 'path',
    says: 'path of a key file',
    range: 'ends in .json',
    remedy: 'name the file the key lies in, like keys.json, never the key',
    hidden: true,
    example: 'keys.json',
  }),
  keyEnv: text({
    about: 'instead of keyFile: the variable that holds what would be in the file',
    only: LOCAL,
    shape: /^[A-Z][A-Z0-9_]{0,63}$/,
    unit: 'name',
    says: 'name of a variable',
    range: 'capital letters, digits, _',
    remedy: 'name the variable the key is in, never the key',
    hidden: true,
    example: 'EXCHANGE_KEY',
  }),
  orphans: choice(['adopt', 'cancel'], {
    about: 'orders found at the venue that are nobody’s here: watched, or watched and cancelled',
    standard: { venue: { paper: null, local: 'adopt' } },
    only: LOCAL,
  }),
  sendWindow: duration(
    {
      about: 'an order that has not left so long after it was decided stays home',
      standard: { venue: { paper: null, local: '2s' } },
      only: LOCAL,
    },
    { ...SEND_WINDOW_US, ceiling: true },
  ),
  cashTolerance: money(
    {
      about: 'by so much the venue’s cash may differ, because it rounds its own way',
      standard: { venue: { paper: null, local: '0' } },
      only: LOCAL,
      example: '0.05',
    },
    { least: '0', most: String(CASH_TOLERANCE), ceiling: true },
  ),
  reconcileEvery: duration(
    { about: 'how often the venue’s truth is compared with ours', standard: { venue: { paper: null, local: '30s' } }, only: LOCAL },
    { least: SECOND_US, most: 10 * MINUTE_US },
  ),
});

const feed = z.strictObject({
  source: sure(
    choice(['synthetic', 'local'], {
      about: 'synthetic: a seeded market inside; local: the exchange of `retrace exchange`',
      standard: { venue: { paper: 'synthetic', local: 'local' } },
    }),
  ),
  seed: whole(
    { about: 'which synthetic market', standard: { source: { synthetic: '7', local: null } }, only: SYNTHETIC },
    { least: 0, most: 2 ** 32 - 1 },
  ),
  faults: choice(['calm', 'demo', 'stormy'], {
    about: 'what goes wrong in the synthetic market',
    standard: { source: { synthetic: 'demo', local: null } },
    only: SYNTHETIC,
  }),
  speed: or(
    'max',
    {
      about: 'market time against the clock; max is as fast as possible',
      standard: { source: { synthetic: '1', local: null } },
      only: SYNTHETIC,
      unit: 'factor',
      range: '0.001 to 1000000, or max',
    },
    speedOf,
  ),
  url: text({
    about: 'where the exchange listens',
    standard: { source: { synthetic: null, local: EXCHANGE_URL } },
    only: LOCAL_FEED,
    ...url(),
  }),
  silent: duration(
    { about: 'nothing at all for longer than this: the feed is DOWN', standard: bySource('2s', '3s'), none: true },
    { least: 100_000, most: 10 * MINUTE_US },
  ),
  mute: duration(
    { about: 'beats but no tick of an instrument for longer than this: DOWN', standard: bySource('2s', '10s'), none: true },
    { least: 100_000, most: 60 * MINUTE_US },
  ),
  lag: duration(
    { about: 'ticks later than this after their venue time: DEGRADED', standard: '500ms', none: true },
    { least: 1_000, most: MINUTE_US },
  ),
  lagDown: duration({ about: '… and later than this: DOWN', standard: '3s', none: true }, { least: 1_000, most: 10 * MINUTE_US }),
  absurd: percent(
    { about: 'a price further than this from the last accepted one is not believed', standard: bySource('20%', '10%'), none: true },
    { least: 1, most: 1_000 },
  ),
  settle: sure(
    duration(
      { about: 'so long without a fault before a feed is trusted again', standard: bySource('3s', '5s') },
      { least: 0, most: 10 * MINUTE_US },
    ),
  ),
  faultsToDown: sure(whole({ about: 'so many faults before it settles: DOWN', standard: '5' }, { least: 1, most: 1_000 })),
  lateness: sure(
    duration({ about: 'a candle waits so long past its border for late ticks', standard: '50ms' }, { least: 0, most: MINUTE_US }),
  ),
  grace: sure(duration({ about: 'a closed candle is amended for so long after that', standard: '2s' }, { least: 0, most: 10 * MINUTE_US })),
});

const instrument = z.strictObject({
  symbol: sure(text({ ...SYMBOL, about: 'its name at the venue', required: true })),
  tick: quantity({ about: 'size of one step of its price; default: as the venue says', example: '0.01' }),
  lot: quantity({ about: 'size of one step of its quantity; default: as the venue says', example: '0.001' }),
  multiplier: quantity({ about: 'what one unit of price × quantity is worth; default: as the venue says', example: '1' }),
  calendar: sure(choice(['ALWAYS', 'NYSE', 'NSE'], { about: 'when it trades', standard: 'ALWAYS' })),
});

const strategy = z.strictObject({
  id: text({ ...NAME, about: 'what it is called here; default: its name and instrument, like ema-cross-BTC-USD' }),
  name: text({
    ...NAME,
    about: 'which strategy: one of `retrace strategy ls` by its name, or a version that was kept by the beginning of its hash',
    example: 'ema-cross',
  }),
  file: text({
    about: 'instead of name: a document or a program of your own',
    shape: /^[^\0\n{}]{1,1000}\.(ya?ml|json|m?ts)$/,
    unit: 'path',
    says: 'path of a strategy',
    range: 'ends in .yaml, .yml, .json, .ts or .mts',
    remedy: 'write it like strategies/mine.yaml; relative ones begin at the folder of this file',
    example: 'mine.yaml',
  }),
  instrument: text({ ...SYMBOL, about: 'what it trades, one of `instruments`' }),
  instruments: z.array(sure(text({ ...SYMBOL, about: 'for a strategy of several instruments: their symbols, in order' }))),
  timeframe: duration(
    { about: 'length of its candles; default: as its document says, else 1m', example: '1m' },
    { least: SECOND_US, most: DAY_US },
  ),
  set: z.record(
    z.string(),
    sure(
      text({
        about: 'its parameters by name: whole numbers, numbers, true or false, words, as the strategy says',
        shape: /^[^\0]{1,100}$/,
        unit: 'as the parameter',
        says: 'value',
        range: 'as the strategy says',
        remedy: 'write one value',
        example: '1',
      }),
    ),
  ),
});

const collar = (standard: string | null) =>
  percent(
    { about: 'furthest an order’s price may lie from the last price', standard, none: true, example: '2%' },
    { least: 1, most: CEILING.collarPermille, ceiling: true },
  );
const ordersPerSecond = (standard: string | null) =>
  whole({ about: 'orders a second', standard, none: true, example: '10' }, { least: 1, most: CEILING.ordersPerSecond, ceiling: true });
const duplicateWithin = (standard: string | null) =>
  duration(
    { about: 'the same order again within this is refused', standard, none: true, example: '1s' },
    { least: 1_000, most: CEILING.duplicateUs, ceiling: true },
  );
const staleAfter = (standard: string | null) =>
  duration(
    { about: 'an opening order needs a price not older than this', standard, none: true, example: '5s' },
    { least: 1_000, most: CEILING.staleUs, ceiling: true },
  );

const orderLimits = {
  collar: collar(null),
  maxOrder: quantity({ about: 'largest order, of any one instrument', none: true }),
  maxOrderValue: money({ about: 'largest value of an order', none: true }, { most: String(CEILING.maxOrderNotional), ceiling: true }),
  maxPosition: quantity({ about: 'largest position either way, of any one instrument; working orders count at their worst', none: true }),
  ordersPerSecond: ordersPerSecond(null),
  duplicateWithin: duplicateWithin(null),
  staleAfter: staleAfter(null),
};
const lossLimits = {
  softDailyLoss: money(
    { about: 'a day’s loss that stops new risk until the next session', none: true },
    { most: String(CEILING.softDailyLoss), ceiling: true },
  ),
  hardDailyLoss: money(
    { about: 'a day’s loss that halts until you acknowledge', none: true },
    { most: String(CEILING.hardDailyLoss), ceiling: true },
  ),
  maxDrawdown: money(
    { about: 'fall of equity from its peak that halts', none: true },
    { most: String(CEILING.maxDrawdown), ceiling: true },
  ),
};

const limits = z.strictObject({
  global: z.strictObject({
    ...orderLimits,
    collar: collar('5%'),
    ordersPerSecond: ordersPerSecond('10'),
    duplicateWithin: duplicateWithin('1s'),
    staleAfter: staleAfter('5s'),
    ...lossLimits,
  }),
  account: z.strictObject({ ...orderLimits, ...lossLimits }),
  strategies: z.record(z.string(), z.strictObject({ ...orderLimits, ...lossLimits })),
  instruments: z.record(z.string(), z.strictObject(orderLimits)),
});

const kafka = z.strictObject({
  brokers: text({
    about: 'brokers of a Kafka that holds the journal instead of the folder ([guide](kafka.md)); KAFKA_* variables hold before these keys',
    shape: /^[^\s,:]+:\d{1,5}(\s*,\s*[^\s,:]+:\d{1,5})*$/,
    unit: 'host:port, …',
    says: 'list of host:port',
    range: 'one or more',
    remedy: 'write it like 127.0.0.1:9092,127.0.0.1:9093',
    example: '127.0.0.1:9092',
  }),
  topic: sure(
    text({
      about: 'the topic; a partition of it is the desk’s',
      standard: 'retrace',
      shape: /^[A-Za-z0-9._-]{1,249}$/,
      unit: 'name',
      says: 'name of a topic',
      range: '1 to 249 letters, digits, . _ -',
      remedy: 'write letters, digits and . _ -',
    }),
  ),
  partition: whole(
    { about: 'which partition; none: the one that holds the desk, or the first that is empty' },
    { least: 0, most: 100_000 },
  ),
  copies: sure(
    choice(['several', 'one'], {
      about: 'one: a topic of one copy is taken, which is lost with its broker; it says so at each start',
      standard: 'several',
    }),
  ),
  stall: sure(
    duration({ about: 'so long a batch is tried again; then the desk halts', standard: '15s' }, { least: SECOND_US, most: 10 * MINUTE_US }),
  ),
});

export const runSchema = z.strictObject({
  desk: sure(text({ ...NAME, about: 'the desk’s name; its journal is kept under it', required: true, example: 'my-desk' })),
  mode: sure(choice(['paper', 'live'], { about: 'paper: arms itself; live: waits for `retrace arm`', standard: 'paper' })),
  account,
  feed,
  instruments: z.array(instrument),
  strategies: z.array(strategy),
  limits,
  journal: z.strictObject({
    folder: sure(text({ ...FOLDER, about: 'where the journal lies', standard: `${HOME_PREFIX}journals/<desk>` })),
    segmentBytes: sure(
      size(
        { about: 'a file of the journal is closed at this size, or at four times the checkpoint it begins with', standard: '8GiB' },
        { least: 2 ** 20, most: 64 * 2 ** 30 },
      ),
    ),
    kafka,
  }),
  disk: z.strictObject({
    warnBelow: sure(size({ about: 'warn when less than this is free', standard: '2GiB' }, { least: 2 ** 20, most: 2 ** 50 })),
    warnWithin: sure(
      duration(
        { about: 'warn when at today’s pace the disk is full within this', standard: '3d' },
        { least: 60 * MINUTE_US, most: 365 * DAY_US },
      ),
    ),
  }),
  breaker: z.strictObject({
    port: or(
      'off',
      {
        about: 'where the breaker listens on loopback: one request cancels everything',
        standard: 'off',
        unit: 'port',
        range: '1 to 65535, or off',
      },
      portOf,
    ),
  }),
  gateway: z.strictObject({
    port: or(
      'off',
      {
        about: 'where the dashboard and the API are; default: 4747, or the next port that is free; off: nowhere',
        unit: 'port',
        range: '1 to 65535, or off',
        example: '4747',
      },
      portOf,
    ),
    host: sure(
      text({
        about: 'the address it listens at; elsewhere than on this machine only with certFile and keyFile, or url',
        standard: '127.0.0.1',
        shape: /^(localhost|\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:]{2,39}|[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?)$/,
        unit: 'address',
        says: 'address',
        range: 'an IP address or a name',
        remedy: 'write an address of this machine, like 127.0.0.1, without a port',
      }),
    ),
    url: text({
      about: 'where browsers find it, when a proxy with TLS stands in front',
      shape: /^https:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?\/?$/,
      unit: 'address',
      says: 'address of a proxy',
      range: 'https',
      remedy: 'write it like https://desk.example.org, without a path',
      example: 'https://desk.example.org',
    }),
    certFile: text({
      ...FOLDER,
      about: 'its certificate, where it speaks TLS itself',
      unit: 'path',
      says: 'path of a file',
      example: 'tls/cert.pem',
    }),
    keyFile: text({
      ...FOLDER,
      about: 'the key of that certificate, readable by you alone',
      unit: 'path',
      says: 'path of a file',
      hidden: true,
      example: 'tls/key.pem',
    }),
    origins: z.array(
      sure(
        text({
          about: 'pages of other origins that may ask it, with a token',
          shape: /^https?:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/,
          unit: 'origin',
          says: 'origin',
          range: 'scheme, host and port',
          remedy: 'write it like https://tools.example.org',
          example: 'https://tools.example.org',
        }),
      ),
    ),
    sockets: sure(
      choice(['auto', 'uws', 'node'], {
        about: 'what carries its sockets: uWebSockets.js, or node:http and ws; auto: the first where it loads',
        standard: 'auto',
      }),
    ),
  }),
  log: z.strictObject({
    level: sure(choice(['debug', 'info', 'warn', 'error'], { about: 'what is written to stderr, and all above it', standard: 'info' })),
  }),
});

/** Checked: keys as in the file; durations in µs, percentages in permille, fees in millionths, money and quantities as decimal text. */
export type RunConfig = Omit<Written, 'strategies'> & Readonly<{ strategies: readonly RunStrategy[] }>;
/** By its own name; its version is null where nobody looked for it. */
export type RunStrategy = Omit<RunEntries[number], 'name'> & Readonly<{ name: string; version: Sha256 | null }>;
/** The strategies as the file names them. */
export type RunEntries = Written['strategies'];
type Written = z.output<typeof runSchema>;
export type ScopeLimits = RunConfig['limits']['account'];

function bySource(synthetic: string, local: string) {
  return { source: { synthetic, local } };
}

/** http stays on this machine; nothing that names a user, and no query, for both may hold a secret. */
function url() {
  return {
    shape: /^(http:\/\/(127\.0\.0\.1|localhost|\[::1\])|https:\/\/[A-Za-z0-9.-]{1,253})(:\d{1,5})?\/?$/,
    unit: 'address',
    says: 'address of an exchange',
    range: 'http on this machine, https elsewhere',
    remedy: `write it like ${EXCHANGE_URL}: https but for this machine, without user, path and query`,
    hidden: true,
    example: EXCHANGE_URL,
  };
}

function speedOf(raw: string): number | Wrong {
  const value = /^\d{1,7}(\.\d{1,3})?$/.test(raw) ? Number(raw) : Number.NaN;
  return value >= 0.001 && value <= 1e6 ? value : new Wrong(`${shown(raw)} is no speed`, 'write it like 1, 60, 0.5 or max');
}

function portOf(raw: string): number | Wrong {
  const port = wholeNumber(raw);
  return !(port instanceof Wrong) && port >= 1 && port <= 65_535
    ? port
    : new Wrong(`${shown(raw)} is no port`, 'write a number from 1 to 65535, or off');
}
