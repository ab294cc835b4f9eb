/** The files `retrace init` writes: a commented retrace.yaml for a venue, and .env.example from the list of variables. They only hold text. */
import { readRunConfig } from '#infra/config/run-config.ts';
import { SINGLE_KEYS, variableOf } from '#infra/config/run-layers.ts';
import { EXCHANGE_URL } from '#infra/config/run-schema.ts';
import { SETTINGS } from '#infra/config/settings.ts';

export type Venue = 'paper' | 'local';
export type InitFile = Readonly<{ name: string; text: string; about: string }>;

/** `url`: where the exchange listens, for venue local. Throws BadRunConfig where that is no address. */
export function initFiles(venue: Venue, desk: string, url: string = EXCHANGE_URL): readonly InitFile[] {
  const yaml = venue === 'paper' ? paperYaml(desk) : localYaml(desk, url);
  return [
    { name: 'retrace.yaml', text: yaml, about: 'the desk' },
    { name: '.env.example', text: envExample(yaml), about: 'the variables that may change it' },
  ];
}

const HEAD = `# A desk for \`npx retrace run\`. A key that is left out has a default: \`npx retrace config\` shows what holds and who said so,
# docs/configuration.md lists every key. Units are always written: time 250ms 2s 5m 1h 3d, shares 2%, sizes 64MiB; money is in the
# account's currency like 1000.00, quantities are decimals like 0.05. No secret belongs in this file.
`;

const paperYaml = (desk: string): string => `${HEAD}
desk: ${desk}                 # its journal lies under this name
mode: paper                   # paper: arms itself; live: waits for \`npx retrace arm\`

account:
  venue: paper                # orders are filled inside the desk
  currency: USD
  cash: 100000.00             # money: what it opens with
  takerFee: 0.01%             # share of an order's value, or basis points: 1bp
  makerFee: 0.002%
  latency: 20ms               # time: from a decision to the venue

feed:
  source: synthetic           # a seeded market; no price in it is a real one
  seed: 7                     # whole number: another seed, another market
  faults: demo                # what goes wrong in it: calm, demo, stormy
  speed: 1                    # market time against the clock: 1, 60, 0.5, max

instruments:
  - BTC-USD
  - ETH-USD

strategies:
  - name: ema-cross           # called ema-cross-BTC-USD here; write id: to call it something else
    instrument: BTC-USD
    timeframe: 5s             # time: length of its candles
    set:
      fast: 12                # candles
      slow: 26                # candles
      lots: 100               # lots of 0.0001 BTC: 0.01 BTC
  - name: breakout
    instrument: ETH-USD
    timeframe: 5s
    set:
      entry: 20               # candles
      exit: 10                # candles
      k: 2                    # average true ranges to the stop
      lots: 200               # lots of 0.001 ETH: 0.2 ETH

limits:
  global:
    collar: 2%                # share: furthest a price may lie from the last one; never above 20%
    ordersPerSecond: 5        # whole number
    duplicateWithin: 1s       # time: the same order again within this is refused
    staleAfter: 5s            # time: no order opens on an older price
  account:
    maxOrderValue: 5000.00    # money: largest value of one order
    softDailyLoss: 500.00     # money: stops new risk until the next session
    hardDailyLoss: 1000.00    # money: halts until \`npx retrace ack\`
    maxDrawdown: 2000.00      # money: fall from the peak that halts
  instruments:
    BTC-USD:
      maxPosition: 0.05       # quantity, in BTC
    ETH-USD:
      maxPosition: 1          # quantity, in ETH
`;

const localYaml = (desk: string, url: string): string => `${HEAD}#
# This desk trades at the exchange of \`npx retrace exchange\`: start that first, in another terminal.

desk: ${desk}                 # its journal lies under this name
mode: live                    # live: trades after \`npx retrace arm\`; paper: arms itself once it is reconciled

account:
  venue: local
  currency: USD
  url: ${url}  # where the exchange listens
  keyFile: RETRACE_HOME/exchange/keys.json   # made by the exchange at its first start; readable by you alone, or it is refused
  orphans: adopt              # orders there that are nobody's here: adopt (watch) or cancel
  sendWindow: 2s              # time, 10ms to 10s: an order that has not left by then stays home
  cashTolerance: 0.05         # money, up to 1.00: the venue rounds its own way
  reconcileEvery: 30s         # time: how often its truth is compared with ours

feed:
  source: local               # prices of the same exchange
  url: ${url}
  silent: 3s                  # time without a word: the feed is down, nothing opens
  mute: 10s                   # time without a tick of an instrument
  absurd: 10%                 # share: a price further from the last one is not believed

instruments:                  # tick and lot are asked of the exchange
  - BTC-USD
  - ETH-USD

strategies:
  - name: ema-cross           # called ema-cross-BTC-USD here; write id: to call it something else
    instrument: BTC-USD
    timeframe: 5s             # time: length of its candles
    set:
      fast: 12                # candles
      slow: 26                # candles
      lots: 10                # lots of 0.0001 BTC: 0.001 BTC
  - name: breakout
    instrument: ETH-USD
    timeframe: 5s
    set:
      entry: 20               # candles
      exit: 10                # candles
      k: 2                    # average true ranges to the stop
      lots: 20                # lots of 0.001 ETH: 0.02 ETH

limits:                       # cautious; live does not start without collar, maxOrderValue, maxPosition and hardDailyLoss
  global:
    collar: 2%                # share: furthest a price may lie from the last one; never above 20%
    ordersPerSecond: 2        # whole number
    duplicateWithin: 1s       # time: the same order again within this is refused
    staleAfter: 2s            # time: no order opens on an older price
  account:
    maxOrderValue: 250.00     # money: largest value of one order
    softDailyLoss: 25.00      # money: stops new risk until the next session
    hardDailyLoss: 50.00      # money: halts until \`npx retrace ack\`
    maxDrawdown: 100.00       # money: fall from the peak that halts
  instruments:
    BTC-USD:
      maxPosition: 0.002      # quantity, in BTC
    ETH-USD:
      maxPosition: 0.05       # quantity, in ETH
`;

/** As one word of a shell, whatever is in it. */
const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

/** The others are about this project's own tests. */
const OF_A_RUN: readonly string[] = ['home', 'config', 'noColour'];

/**
 * Every variable, commented out, with what the file beside it says: taking one as it is, or all of them, changes nothing. One without a
 * value is only named: set and empty it would be a fault.
 */
function envExample(yaml: string): string {
  const { origins } = readRunConfig({ text: yaml, file: 'retrace.yaml', folder: '.', home: '.', env: {}, flags: [] });
  const lines = (variable: string, value: string, about: string) =>
    value === '' ? [`# ${variable}: ${about}; not set`, ''] : [`# ${about}`, `#${variable}=${quoted(value)}`, ''];
  const ofRun = [...SINGLE_KEYS].flatMap(([path, { about, unit, only }]) => {
    const here = origins.find((origin) => origin.path === path);
    // without a value it means nothing with this venue, or is a limit not yet set
    return here === undefined && only !== null ? [] : lines(variableOf(path), here?.text ?? '', `${path}: ${about} (${unit})`);
  });
  return [
    '# Variables that may hold settings: copy this file to .env, take the # off what you need, and load it with `set -a; . ./.env; set +a`.',
    '# Each lies over the same key of retrace.yaml; flags lie over both. A secret goes into a file of its own (account.keyFile).',
    '',
    ...SETTINGS.filter(({ name }) => OF_A_RUN.includes(name)).flatMap(({ env, standard, about }) => lines(env, standard, about)),
    ...ofRun,
  ].join('\n');
}
