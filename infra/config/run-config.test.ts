// What a configuration says, what is wrong with it and how that reads; that a secret never shows, and that no file takes long.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { BadRunConfig } from './faults.ts';
import { effective, type ReadConfig, readRunConfig, readRunFile } from './run-config.ts';
import { type Override, RUN_VARIABLES, SINGLE_KEYS, variableOf } from './run-layers.ts';
import { unknownSettings } from './settings.ts';

type Around = Readonly<{ env?: Record<string, string>; flags?: readonly Override[] }>;
const read = (text: string, { env = {}, flags = [] }: Around = {}): ReadConfig =>
  readRunConfig({ text, file: 'retrace.yaml', folder: '/desks', home: '/data/.retrace', env, flags });
const faults = (text: string, around: Around = {}): string[] => {
  try {
    read(text, around);
    return [];
  } catch (error) {
    if (!(error instanceof BadRunConfig)) throw error;
    return error.message.split('\n');
  }
};
const SHORT = `desk: my-desk
instruments: [BTC-USD, ETH-USD]
strategies:
  - name: ema-cross
    instrument: BTC-USD
limits:
  account:
    maxOrderValue: 5000.00
    maxPosition: 0.5
    hardDailyLoss: 500
`;
/** SHORT with lines behind it. */
const with_ = (more: string): string => `${SHORT}${more}\n`;
const fault = (more: string): string => {
  const [first, ...others] = faults(with_(more));
  expect(others).toEqual([]);
  return first ?? 'nothing was wrong';
};

describe('the shortest file', () => {
  test('is about ten lines, and the rest has a default', () => {
    const { config } = read(SHORT);
    expect(SHORT.trim().split('\n').length).toBeLessThanOrEqual(10);
    expect(config).toMatchObject({
      desk: 'my-desk',
      mode: 'paper',
      account: { id: 'main', venue: 'paper', cash: '100000', latency: 20_000, takerFee: 100, url: null, keyFile: null, sendWindow: null },
      feed: { source: 'synthetic', seed: 7, speed: 1, silent: 2_000_000, absurd: 200 },
      limits: { global: { collar: 50, ordersPerSecond: 10 }, account: { maxOrderValue: '5000', maxPosition: '0.5' } },
      journal: { folder: '/data/.retrace/journals/my-desk' },
      breaker: { port: 'off' },
    });
  });

  test('every value is what it is written as, in its unit', () => {
    const { config } = read(
      with_(`account: { latency: 1.5s, makerFee: 0.5bp, takerFee: 0.0125%, cash: 1234.50 }
feed: { speed: max, silent: none, lag: 250ms, absurd: 12.5%, settle: 2m }
journal: { folder: here, segmentBytes: 64MiB }
disk: { warnBelow: 1TiB, warnWithin: 12h }
breaker: { port: 7900 }`),
    );
    expect(config.account).toMatchObject({ latency: 1_500_000, makerFee: 50, takerFee: 125, cash: '1234.5' });
    expect(config.feed).toMatchObject({ speed: 'max', silent: null, lag: 250_000, absurd: 125, settle: 120_000_000 });
    expect(config.journal).toMatchObject({ folder: '/desks/here', segmentBytes: 64 * 2 ** 20 });
    expect(config.disk).toEqual({ warnBelow: 2 ** 40, warnWithin: 43_200_000_000 });
    expect(config.breaker.port).toBe(7900);
  });

  test('for the local exchange asks for a key file, or a variable instead', () => {
    const local = (more = '') => read(with_(`account: { venue: local${more} }`)).config;
    expect(local().account).toMatchObject({
      keyFile: '/data/.retrace/exchange/keys.json',
      url: 'http://127.0.0.1:7801',
      sendWindow: 2_000_000,
      cash: null,
    });
    expect(local().feed).toMatchObject({ source: 'local', seed: null, mute: 10_000_000 });
    expect(local(', keyFile: keys/mine.json').account.keyFile).toBe('/desks/keys/mine.json');
    expect(local(', keyEnv: EXCHANGE_KEY').account).toMatchObject({ keyFile: null, keyEnv: 'EXCHANGE_KEY' });
  });
});

describe('layers', () => {
  const from = (around: Around, path = 'mode') => effective(read(with_('log: { level: warn }'), around)).find((one) => one.path === path);
  const flag: Override = { path: 'log.level', value: 'debug', from: 'flag --log' };
  const env = { RETRACE_LOG_LEVEL: 'error' };

  test('defaults, then the file, then the environment, then flags', () => {
    expect(from({})).toEqual({ path: 'mode', value: 'paper', from: 'default' });
    expect(from({}, 'log.level')).toEqual({ path: 'log.level', value: 'warn', from: 'retrace.yaml:11:15' });
    expect(from({ env }, 'log.level')).toEqual({ path: 'log.level', value: 'error', from: 'environment RETRACE_LOG_LEVEL' });
    expect(from({ env, flags: [flag] }, 'log.level')).toEqual({ path: 'log.level', value: 'debug', from: 'flag --log' });
    expect(read(with_('log: { level: warn }'), { env, flags: [flag] }).config.log.level).toBe('debug');
  });

  test('a variable may also give what the file lacks, and decide what else means something', () => {
    const { config } = read(SHORT, { env: { RETRACE_ACCOUNT_VENUE: 'local', RETRACE_ACCOUNT_SEND_WINDOW: '500ms' } });
    expect(config).toMatchObject({ account: { venue: 'local', sendWindow: 500_000 }, feed: { source: 'local' } });
  });

  test('a faulty variable or flag is told by its name', () => {
    expect(
      faults(SHORT, { env: { RETRACE_MODE: 'liv', RETRACE_LIMITS_GLOBAL_COLLAR: '2' }, flags: [{ ...flag, value: '' }] }),
    ).toMatchInlineSnapshot(`
      [
        "environment RETRACE_MODE: mode: "liv" is not one of paper, live: did you mean live?",
        "environment RETRACE_LIMITS_GLOBAL_COLLAR: limits.global.collar: "2" has no unit: write 2% for percent",
        "flag --log: log.level: has no value: write one, like info, or take the key out",
      ]
    `);
    expect(faults(SHORT, { flags: [{ path: 'mood', value: 'x', from: 'flag --mood' }] })).toMatchInlineSnapshot(`
      [
        "flag --mood: mood: is no key of the configuration: see docs/configuration.md",
      ]
    `);
  });

  test('a variable’s name follows from its key, and no two are the same', () => {
    expect(variableOf('account.keyFile')).toBe('RETRACE_ACCOUNT_KEY_FILE');
    expect(variableOf('limits.global.maxOrderValue')).toBe('RETRACE_LIMITS_GLOBAL_MAX_ORDER_VALUE');
    expect(RUN_VARIABLES.size).toBe(SINGLE_KEYS.size);
    expect(unknownSettings({ RETRACE_MODE: 'x', RETRACE_MODUS: 'x' }, [...RUN_VARIABLES.keys()])).toEqual(['RETRACE_MODUS']);
  });
});

describe('faults', () => {
  test('all of them are told at once, in the order of the file', () => {
    expect(
      faults(`desk: my desk
mode: liv
acount: 3
account:
  cash: 1e6
  url: http://127.0.0.1:1
  latency: 20
  orphan: adopt
feed:
  absurd: 2
  seed: -1
instruments: [BTC-USD, BTC-USD, {symbol: ETH-USD, tick: 0}]
strategies:
  - name: ema-cros
    instrument: BTC-USDT
    timeframe: 60
  - { name: breakout, instrument: ETH-USD, set: { entri: 5, k: 0, short: maybe } }
limits:
  account:
    maxOrderValue: 50000000.00
    collar: 25%
    softDailyLoss: 100
    hardDailyLoss: 5.001
  instruments:
    BTC-US: { collar: 5, hardDailyLoss: 7 }
journal: { segmentBytes: 64MB }
breaker: 7
`),
    ).toMatchInlineSnapshot(`
      [
        "retrace.yaml:1:7: desk: "my desk" is no name: write 1 to 64 letters, digits and . _ -, a letter or digit first",
        "retrace.yaml:2:7: mode: "liv" is not one of paper, live: did you mean live?",
        "retrace.yaml:3:1: acount: no such key: did you mean account?",
        "retrace.yaml:5:9: account.cash: "1e6" is no money: write digits and a point, in the currency of the account, like 1000.00",
        "retrace.yaml:6:8: account.url: means nothing here: it belongs to account.venue local: take it out, or write venue: local",
        "retrace.yaml:7:12: account.latency: "20" has no unit: write 20s for seconds; units are ms, s, m, h, d",
        "retrace.yaml:8:3: account.orphan: no such key: did you mean orphans?",
        "retrace.yaml:10:11: feed.absurd: "2" has no unit: write 2% for percent",
        "retrace.yaml:11:9: feed.seed: "-1" is less than 0: write 0 or more",
        "retrace.yaml:12:24: instruments[2].symbol: BTC-USD is there twice: keep one of them",
        "retrace.yaml:12:57: instruments[3].tick: "0" is not above 0: write more, or leave the key out",
        "retrace.yaml:14:11: strategies[1].name: "ema-cros" is not one of ema-cross, breakout: did you mean ema-cross?",
        "retrace.yaml:15:17: strategies[1].instrument: "BTC-USDT" is none of instruments: did you mean BTC-USD?",
        "retrace.yaml:16:16: strategies[1].timeframe: "60" has no unit: write 60s for seconds; units are ms, s, m, h, d",
        "retrace.yaml:17:58: strategies[2].set.entri: no such parameter of breakout: did you mean entry?",
        "retrace.yaml:17:64: strategies[2].set.k: "0" is not a number from 0.1 to 50: average true ranges between the fill and the first stop",
        "retrace.yaml:17:74: strategies[2].set.short: "maybe" is not true or false: sell short below the channel",
        "retrace.yaml:20:20: limits.account.maxOrderValue: "50000000.00" is above 10000000, the most this program allows: lower it; no configuration raises a ceiling",
        "retrace.yaml:21:13: limits.account.collar: "25%" is above 20%, the most this program allows: lower it; no configuration raises a ceiling",
        "retrace.yaml:22:20: limits.account.softDailyLoss: 100 is more than hardDailyLoss, 5.001: the soft limit comes first: lower it",
        "retrace.yaml:23:20: limits.account.hardDailyLoss: 5.001 has more than 2 digits after the point, the smallest unit of USD: round it",
        "retrace.yaml:25:13: limits.instruments.BTC-US: is none of instruments: did you mean BTC-USD?",
        "retrace.yaml:25:23: limits.instruments.BTC-US.collar: "5" has no unit: write 5% for percent",
        "retrace.yaml:25:26: limits.instruments.BTC-US.hardDailyLoss: no such key: there are collar, maxOrder, maxOrderValue, maxPosition, ordersPerSecond, duplicateWithin, staleAfter",
        "retrace.yaml:26:26: journal.segmentBytes: "64MB" is no size: write it like 64MiB or 2GiB (units KiB, MiB, GiB, TiB of 1024)",
        "retrace.yaml:27:10: breaker: is one value: write its keys below it, indented by two spaces",
      ]
    `);
  });

  test('a bare number where a unit is needed says which unit to write', () => {
    expect([
      fault('account: { latency: 20 }'),
      fault('feed: { absurd: 2.5 }'),
      fault('account: { takerFee: 0.001 }'),
      fault('journal: { segmentBytes: 1000000 }'),
      fault('disk: { warnWithin: -3 }'),
    ]).toMatchInlineSnapshot(`
      [
        "retrace.yaml:11:21: account.latency: "20" has no unit: write 20s for seconds; units are ms, s, m, h, d",
        "retrace.yaml:11:17: feed.absurd: "2.5" has no unit: write 2.5% for percent",
        "retrace.yaml:11:22: account.takerFee: "0.001" has no unit: write 0.1% if a part of the whole was meant, 0.001% if percent",
        "retrace.yaml:11:26: journal.segmentBytes: "1000000" has no unit: write it like 64MiB or 2GiB",
        "retrace.yaml:11:21: disk.warnWithin: "-3" has no unit: write 3s for seconds; units are ms, s, m, h, d",
      ]
    `);
  });

  test('a wrong unit says how to write it', () => {
    expect([
      fault('account: { latency: 2% }'),
      fault('account: { latency: 2 s }'),
      fault('account: { latency: 0.0000015s }'),
      fault('account: { latency: 2sec }'),
      fault('feed: { absurd: 2s }'),
      fault('feed: { absurd: 2.25% }'),
      fault('account: { takerFee: 0.00001% }'),
      fault('account: { cash: $1000 }'),
      fault('account: { cash: "1,000.00" }'),
      fault('account: { cash: 1000.005 }'),
      fault('account: { cash: 5% }'),
      fault('account: { cash: -5 }'),
      fault('account: { cash: }'),
      fault('account: { cash: [5] }'),
      faults('desk: d\ninstruments: [A]\nlimits: { account: { hardDailyLoss: 0.00 } }\n')[0],
      fault('account: { currencyScale: 2.5 }'),
      fault('feed: { speed: fast }'),
      fault('breaker: { port: 70000 }'),
    ]).toMatchInlineSnapshot(`
      [
        "retrace.yaml:11:21: account.latency: "2%" is no duration: write it like 250ms, 2s, 5m, 1h or 3d",
        "retrace.yaml:11:21: account.latency: "2 s" is no duration: write it like 250ms, 2s, 5m, 1h or 3d",
        "retrace.yaml:11:21: account.latency: "0.0000015s" is no duration: write it like 250ms, 2s, 5m, 1h or 3d",
        "retrace.yaml:11:21: account.latency: "2sec" is no duration: write it like 250ms, 2s, 5m, 1h or 3d",
        "retrace.yaml:11:17: feed.absurd: "2s" is no percentage: write it like 2% or 0.5%",
        "retrace.yaml:11:17: feed.absurd: "2.25%" is finer than tenths of a percent: write at most 1 digit after the point",
        "retrace.yaml:11:22: account.takerFee: "0.00001%" is finer than hundredths of a basis point: write at most 4 digits after the point",
        "retrace.yaml:11:18: account.cash: "$1000" is no money: write digits and a point, in the currency of the account, like 1000.00",
        "retrace.yaml:11:18: account.cash: "1,000.00" is no money: write digits and a point, in the currency of the account, like 1000.00",
        "retrace.yaml:11:18: account.cash: 1000.005 has more than 2 digits after the point, the smallest unit of USD: round it",
        "retrace.yaml:11:18: account.cash: "5%" is no money: write digits and a point, in the currency of the account, like 1000.00",
        "retrace.yaml:11:18: account.cash: "-5" is no money: write digits and a point, in the currency of the account, like 1000.00",
        "retrace.yaml:11:18: account.cash: has no value: write one, like 1000.00, or take the key out",
        "retrace.yaml:11:18: account.cash: holds keys or a list: write one value, like 1000.00",
        "retrace.yaml:3:37: limits.account.hardDailyLoss: "0.00" is not above 0: write more, or leave the key out",
        "retrace.yaml:11:27: account.currencyScale: "2.5" is no whole number: write digits only",
        "retrace.yaml:11:16: feed.speed: "fast" is no speed: write it like 1, 60, 0.5 or max",
        "retrace.yaml:11:18: breaker.port: "70000" is no port: write a number from 1 to 65535, or off",
      ]
    `);
  });

  test('keys that must agree', () => {
    expect([
      faults(`${SHORT}mode: live\n`),
      faults(`${SHORT}account: { venue: local }\nfeed: { source: synthetic }\n`),
      fault('feed: { lag: 5s }'),
      faults('desk: d\nmode: live\naccount: { venue: local }\ninstruments: [A]\n'),
      faults(
        'desk: d\nmode: live\naccount: { venue: local }\ninstruments: [A]\nlimits: { global: { collar: none }, account: { maxOrderValue: 5, maxPosition: 1, hardDailyLoss: 5 } }\n',
      ),
      faults(
        'desk: d\ninstruments: [A]\nstrategies: [{ name: ema-cross }, { name: ema-cross, instruments: [A, A] }, { name: breakout, instrument: A, instruments: [A] }]\n',
      ),
      faults(
        'desk: d\ninstruments: [A]\nstrategies: [{ name: ema-cross, instrument: A }, { name: ema-cross, instrument: A }, { id: none, name: breakout, instrument: A }]\n',
      ),
    ]).toMatchInlineSnapshot(`
      [
        [
          "retrace.yaml:11:7: mode: live needs an account at a venue, and account.venue is paper: write mode: paper, or venue: local",
        ],
        [
          "retrace.yaml:12:17: feed.source: is synthetic, but orders go to the local exchange, whose prices are its own: write source: local",
        ],
        "retrace.yaml:11:7: feed.lagDown: is less than feed.lag: a feed is DEGRADED before it is DOWN",
        [
          "retrace.yaml: limits.account.maxOrderValue: is missing, and mode is live: no account trades live without it: write it",
          "retrace.yaml: limits.account.maxPosition: is missing, and mode is live: no account trades live without it: write it",
          "retrace.yaml: limits.account.hardDailyLoss: is missing, and mode is live: no account trades live without it: write it",
        ],
        [
          "retrace.yaml:5:46: limits.account.collar: is missing, and mode is live: no account trades live without it: write it",
        ],
        [
          "retrace.yaml:3:14: strategies[1]: ema-cross trades 1, not 0 instruments: write instrument: A",
          "retrace.yaml:3:67: strategies[2].instruments: ema-cross trades 1, not 2 instruments: write as many as it trades",
          "retrace.yaml:3:123: strategies[3].instruments: stands beside instrument: keep one of the two",
        ],
        [
          "retrace.yaml:3:50: strategies[2]: ema-cross-A is what strategies[1] is called too: give one of them an id of its own",
          "retrace.yaml:3:92: strategies[3].id: 'none' is what orders of no strategy are booked to: give it another id",
        ],
      ]
    `);
  });

  test('what YAML itself refuses, and what we refuse of it', () => {
    expect([
      faults('desk: d\n\tmode: live'),
      faults('desk: &x d\ninstruments: [*x]\n'),
      faults('desk: !!str d\ninstruments: [A]\n'),
      faults('desk: d\ndesk: e\ninstruments: [A]\n'),
      faults(
        '__proto__: { polluted: yes }\nconstructor: x\ndesk: d\ninstruments: [A]\nlimits: { strategies: { __proto__: { collar: 1% } } }\n',
      ),
      faults('<<: { desk: d }\n? [a]\n: b\n'),
      faults('desk: d\n---\ndesk: e\n'),
      faults('desk: "d\n'),
      faults('desk: a: b\n'),
      faults('[desk]\n'),
      faults('just words\n'),
      faults(''),
      faults('# nothing\n'),
      faults('desk: d\ninstruments:\n- A\n  - B: 1\n'),
      faults(`a: ${'['.repeat(20)}`),
      faults('- '.repeat(100)),
      faults(`${' '.repeat(100)}a: 1`),
    ]).toMatchInlineSnapshot(`
      [
        [
          "retrace.yaml:2:1: is indented with a tab: use spaces, two a level",
        ],
        [
          "retrace.yaml:1:10: desk: has an anchor: take it out; anchors and aliases are not read",
          "retrace.yaml:2:15: instruments[1]: is an alias: write the value out; anchors and aliases are not read",
          "retrace.yaml:2:15: instruments[1].symbol: is missing: write it like BTC-USD",
        ],
        [
          "retrace.yaml:1:13: desk: has a tag: take it out; the key says what its value is",
        ],
        [
          "retrace.yaml:2:1: desk: stands twice, first in line 1: keep one of them",
        ],
        [
          "retrace.yaml:1:1: has a key that no file may use: take it out",
          "retrace.yaml:2:1: has a key that no file may use: take it out",
          "retrace.yaml:5:25: limits.strategies: has a key that no file may use: take it out",
        ],
        [
          "retrace.yaml:1:1: <<: is no key here: write the values out; nothing is merged",
          "retrace.yaml:2:3: has a key that is no plain name: write name: value",
          "retrace.yaml: desk: is missing: write it like my-desk",
          "retrace.yaml: instruments: names none: write at least one, like - BTC-USD",
        ],
        [
          "retrace.yaml:2:1: holds a second document: take out the line --- and what follows",
        ],
        [
          "retrace.yaml:2:1: lacks a closing quote, bracket or colon: close it",
        ],
        [
          "retrace.yaml:1:7: has two colons in one line: write each key in a line of its own, or quote the value",
        ],
        [
          "retrace.yaml:1:1: is no list of keys: begin with a line like desk: my-desk",
        ],
        [
          "retrace.yaml:1:1: is no list of keys: begin with a line like desk: my-desk",
        ],
        [
          "retrace.yaml: desk: is missing: write it like my-desk",
          "retrace.yaml: instruments: names none: write at least one, like - BTC-USD",
        ],
        [
          "retrace.yaml: desk: is missing: write it like my-desk",
          "retrace.yaml: instruments: names none: write at least one, like - BTC-USD",
        ],
        [
          "retrace.yaml:3:3: is no YAML: look at this line and the one above: a colon, a quote or the indentation",
        ],
        [
          "retrace.yaml:1:12: is nested deeper than 8 brackets: write it in lines",
        ],
        [
          "retrace.yaml:1:17: nests more than 8 times in a line: write it in lines",
        ],
        [
          "retrace.yaml:1:1: is indented by more than 64: indent by two spaces a level",
        ],
      ]
    `);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  test.each([
    ['limits: { global: { collar: 20.1% } }', 'collar: "20.1%" is above 20%'],
    ['limits: { global: { ordersPerSecond: 101 } }', 'ordersPerSecond: "101" is above 100'],
    ['limits: { global: { maxOrderValue: 10000000.01 } }', 'maxOrderValue: "10000000.01" is above 10000000'],
    ['limits: { global: { hardDailyLoss: 99999999 } }', 'hardDailyLoss: "99999999" is above 10000000'],
    ['limits: { global: { maxDrawdown: 99999999 } }', 'maxDrawdown: "99999999" is above 10000000'],
    ['limits: { global: { staleAfter: 61s } }', 'staleAfter: "61s" is above 1m'],
    ['limits: { global: { duplicateWithin: 61m } }', 'duplicateWithin: "61m" is above 1h'],
    ['account: { venue: local, sendWindow: 11s }', 'sendWindow: "11s" is above 10s'],
    ['account: { venue: local, cashTolerance: 1.01 }', 'cashTolerance: "1.01" is above 1'],
  ])('%s is above the ceiling', (more, said) => {
    expect(faults(`desk: d\ninstruments: [A]\n${more}\n`).join()).toContain(`${said}, the most this program allows`);
  });
});

describe('a secret', () => {
  const MARKER = 'marker5up3r53cr3tf00ba4';

  test.each([
    `account: { secret: ${MARKER} }`,
    `account: { apiKey: ${MARKER} }`,
    `account: { key: "${MARKER}" }`,
    `apiSecret: { deep: [${MARKER}] }`,
    `account: { password: ${MARKER}, api_key: ${MARKER}, accessToken: ${MARKER} }`,
    `account: { venue: local, keyFile: ${MARKER} }`,
    `account: { venue: local, keyFile: "{ secret: ${MARKER} }.json" }`,
    `account: { venue: local, keyEnv: ${MARKER} }`,
    `account: { venue: local, url: "http://user:${MARKER}@127.0.0.1:1" }`,
    `account: { venue: local, url: "http://127.0.0.1:1/?key=${MARKER}" }`,
    `account: { cash: ${MARKER} }`,
    `log: { level: ${MARKER} }`,
    `mode: ${MARKER}`,
    `${MARKER}: 1`,
    `account: { ${MARKER}: 1 }`,
    `limits: { strategies: { ${MARKER}: { collar: 2% } }, instruments: { ${MARKER}: { collar: 2 } } }`,
    `account: { secret: "${MARKER}`,
    `account: { secret: ${MARKER}: x }`,
    `account: { secret: *${MARKER} }`,
    `account: { secret: !${MARKER} x }`,
    `account: { secret: &${MARKER} x }`,
    `secret: ${MARKER}\n\tx: ${MARKER}`,
    `? ${MARKER}\n: { ${MARKER}`,
  ])('in the wrong place is refused and never shown: %s', (more) => {
    const text = `desk: d\ninstruments: [A]\n${more}\n`;
    let caught: unknown = null;
    try {
      read(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BadRunConfig);
    const all = `${(caught as Error).message}\n${inspect(caught, { depth: 9 })}\n${JSON.stringify(caught)}`;
    expect(all).not.toContain(MARKER);
  });

  test('literal in the file is refused by the name of its key, with where it belongs', () => {
    expect(faults(`desk: d\ninstruments: [A]\naccount: { secret: ${MARKER}, apiKey: x }\n`)).toMatchInlineSnapshot(`
      [
        "retrace.yaml:3:12: account.secret: a secret does not belong in this file: put it in a file only you can read and name that with account.keyFile, or name a variable with account.keyEnv",
        "retrace.yaml:3:45: account.apiKey: a secret does not belong in this file: put it in a file only you can read and name that with account.keyFile, or name a variable with account.keyEnv",
      ]
    `);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-config-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const source = { file: 'retrace.yaml', home: '/data', env: {}, flags: [] };
  const written = (content: string | Uint8Array): string => {
    const path = join(folder, 'retrace.yaml');
    writeFileSync(path, content);
    return path;
  };
  const refused = (path: string) => {
    try {
      readRunFile(path, source);
      return 'read';
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };

  test('is read with paths from its own folder', () => {
    expect(readRunFile(written(with_('journal: { folder: ./mine }')), source).config.journal.folder).toBe(join(folder, 'mine'));
  });

  test('that is none is told', () => {
    expect([
      refused(join(folder, 'missing.yaml')),
      refused(folder),
      refused(written('x'.repeat(2 ** 20))),
      refused(written(Uint8Array.of(0x64, 0xff, 0xfe))),
    ]).toMatchInlineSnapshot(`
      [
        "BadRunConfig: retrace.yaml: is not there: npx retrace init writes one",
        "BadRunConfig: retrace.yaml: is no file: name the file itself",
        "BadRunConfig: retrace.yaml: is 1048576 bytes long: at most 262144 are read; is it the right file?",
        "BadRunConfig: retrace.yaml: is no UTF-8 text: save it as UTF-8",
      ]
    `);
  });
});

describe('whatever stands in it', () => {
  /** A configuration or BadRunConfig, soon. */
  const bounded = (text: string, ms = 2_000): void => {
    const started = performance.now();
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof BadRunConfig)) throw error;
      expect(error.message.length).toBeLessThan(100_000);
    }
    expect(performance.now() - started).toBeLessThan(ms);
  };
  const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n');

  test.each<[string, string]>([
    ['deep brackets', '['.repeat(250_000)],
    ['deep braces', '{a: '.repeat(60_000)],
    ['deep lists in a line', '- '.repeat(120_000)],
    ['deep questions', '? '.repeat(120_000)],
    ['deep indentation', many(700, (index) => `${' '.repeat(index)}a:`)],
    ['deep lists by line', many(60, (index) => `${' '.repeat(index)}- a:`)],
    [
      'a bomb of aliases',
      `a: &a [x]\n${many(30, (index) => `b${index}: &b${index} [${`*${index === 0 ? 'a' : `b${index - 1}`},`.repeat(9)}]`)}`,
    ],
    ['many keys', many(20_000, (index) => `k${index}: 1`)],
    ['many equal keys', many(9_000, () => 'desk: 1')],
    [
      'many strategies',
      `desk: d\ninstruments: [A]\nstrategies:\n${many(3_000, (index) => `  - { id: s${index}, name: x, instrument: A }`)}`,
    ],
    ['many limits', `desk: d\ninstruments: [A]\nlimits:\n  instruments:\n${many(3_000, (index) => `    s${index}: { collar: 2 }`)}`],
    ['many anchors', '&a '.repeat(20_000)],
    ['many commas', `[${','.repeat(50_000)}`],
    ['many closing brackets', ']'.repeat(50_000)],
    ['many quotes', '"" '.repeat(15_000)],
    ['many lines', '\n'.repeat(100_000)],
    ['many documents', '---\n'.repeat(10_000)],
    ['a long key', `${'k'.repeat(250_000)}: 1`],
    ['a long value', `desk: ${'d'.repeat(250_000)}`],
    ['a long number', `desk: d\ninstruments: [A]\naccount: { cash: ${'9'.repeat(250_000)} }`],
    ['a long duration', `desk: d\ninstruments: [A]\naccount: { latency: ${'9'.repeat(100_000)}s }`],
    ['a megabyte', 'x: y\n'.repeat(210_000)],
    ['zeros', '\0'.repeat(250_000)],
    ['lone surrogates', `desk: "\ud800"\n${'\udfff'.repeat(1_000)}: 1`],
    ['carriage returns', 'desk: d\r'.repeat(5_000)],
  ])('%s', (_name, text) => bounded(text));

  const word = fc.constantFrom(
    'desk',
    'mode',
    'account',
    'venue',
    'local',
    'instruments',
    'limits',
    'strategies',
    'set',
    '__proto__',
    'constructor',
    'none',
    '2%',
    '2s',
    '-1',
    '1e5',
    '',
    '~',
    'null',
    'true',
    '.inf',
  );
  const yaml = fc.array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\n  ',
        '\n    ',
        ': ',
        '- ',
        '\n- ',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '"',
        "'",
        '&a ',
        '*a',
        '!t ',
        '#',
        '|',
        '>',
        '\t',
        '---\n',
        '? ',
        '%',
        '\r\n',
        '\ufeff',
        '<<: ',
        '@',
        '`',
        '\\',
      ),
      word,
      fc.string({ maxLength: 6, unit: 'binary' }),
    ),
    { maxLength: 60 },
  );

  test('random text is a configuration or a named refusal', () => {
    fc.assert(
      fc.property(yaml, (parts) => bounded(parts.join(''))),
      { numRuns: 800 },
    );
  });

  test('a good file with random damage too', () => {
    const good = with_('account: { cash: 500.00, latency: 5ms }\nfeed: { seed: 3, faults: calm }');
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(12), yaml, (at, cut, parts) =>
        bounded(good.slice(0, at) + parts.slice(0, 4).join('') + good.slice(at + cut)),
      ),
      { numRuns: 400 },
    );
  });

  test('random values under real keys are taken or told at their place', () => {
    const paths = [...SINGLE_KEYS.keys()];
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(
          word,
          fc.string({ maxLength: 12 }),
          fc.double().map(String),
          fc.nat().map((n) => `${n}ms`),
        ),
        (path, value) => {
          const told = faults(SHORT, { flags: [{ path, value, from: 'flag --x' }] });
          for (const one of told) expect(one).toMatch(/^(flag --x|retrace\.yaml(:\d+:\d+)?): /);
        },
      ),
      { numRuns: 400 },
    );
  });
});
