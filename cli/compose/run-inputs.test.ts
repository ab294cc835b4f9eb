// A configuration becomes inputs, and an edited one becomes what changed: played into a real desk, which says whether it took them.
import { describe, expect, test } from 'vitest';
import { Desk } from '#actors/desk.ts';
import type { Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { encodePlain } from '#engine/journal/plain-codec.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { DeskId } from '#engine/values.ts';
import type { BadRunConfig } from '#infra/config/faults.ts';
import { readRunConfig } from '#infra/config/run-config.ts';
import type { InputBody } from '#streams/feed.ts';
import { nodeDigest } from './digest.ts';
import { changesBetween, standingOf } from './run-changes.ts';
import { configHash, runInputs, runManifest } from './run-inputs.ts';
import { runInstruments, type VenueInstrument } from './run-instruments.ts';
import { lotsAtMost } from './run-limits.ts';

const TOLD: readonly VenueInstrument[] = [
  { symbol: 'BTC-USD', tick: '0.1', lot: '0.0001', multiplier: '1', currency: 'USD', currencyScale: 2 },
  { symbol: 'ETH-USD', tick: '0.01', lot: '0.001', multiplier: '1', currency: 'USD', currencyScale: 2 },
];

const read = (text: string) => readRunConfig({ text, file: 'retrace.yaml', folder: '/desks', home: '/home/.retrace', env: {}, flags: [] });
const instrumentsOf = (config: ReturnType<typeof read>) => runInstruments(config, config.config.feed.source === 'local' ? TOLD : null);
const inputsOf = (text: string) => {
  const config = read(text);
  return runInputs(config, instrumentsOf(config));
};
const faultsOf = (run: () => unknown): string[] => {
  try {
    run();
    return [];
  } catch (error) {
    expect((error as Error).name).toBe('BadRunConfig');
    return (error as BadRunConfig).message.split('\n');
  }
};

const PAPER = `desk: trial
instruments: [BTC-USD, ETH-USD]
strategies:
  - { name: ema-cross, instrument: BTC-USD, timeframe: 5s, set: { fast: 5, slow: 20, lots: 10 } }
  - { id: eth, name: breakout, instrument: ETH-USD, set: { k: 1.5, short: false } }
limits:
  account: { maxOrderValue: 20000.00, maxPosition: 0.5, hardDailyLoss: 5000 }
  strategies:
    eth: { maxOrder: 0.02, softDailyLoss: 100.50 }
  instruments:
    BTC-USD: { maxPosition: 0.02005, collar: 2.5% }
`;
const LOCAL = `desk: outside
mode: live
account: { venue: local, sendWindow: 1s, orphans: cancel, cashTolerance: 0.05 }
instruments: [BTC-USD]
strategies:
  - { name: ema-cross, instrument: BTC-USD }
limits:
  account: { maxOrderValue: 5000, maxPosition: 0.1, hardDailyLoss: 500, collar: 2% }
`;

/** A desk that has taken the inputs, and what it decided. */
function deskWith(bodies: readonly InputBody[]) {
  const decisions: Decision[] = [];
  const desk = new Desk({ desk: 'trial' as DeskId, digest: nodeDigest, catalogue, sink: (decision) => decisions.push(decision) });
  let seq = 0;
  const take = (more: readonly InputBody[]) => {
    const from = decisions.length;
    for (const body of more) desk.takeInput({ seq: ++seq, at: 1_767_571_200_000_000, ...body } as unknown as InputRecord);
    return decisions.slice(from);
  };
  take(bodies);
  return { desk, decisions, take };
}
const told = (decisions: readonly Decision[]) =>
  decisions.flatMap((decision) =>
    decision.type === 'Defined'
      ? [`${decision.what} ${decision.of} ${decision.why}`]
      : decision.type === 'CommandAnswered'
        ? [`${decision.key} ${decision.ok}`]
        : [],
  );

describe('the inputs a journal begins with', () => {
  test('are taken whole by a desk, which a paper configuration then arms', () => {
    const { genesis, armings } = inputsOf(PAPER);
    const { desk, decisions, take } = deskWith(genesis);
    expect(told(decisions)).toMatchInlineSnapshot(`
      [
        "account main defined",
        "limits global:* changed",
        "limits account:main changed",
        "instrument BTC-USD defined",
        "instrument ETH-USD defined",
        "limits instrument:BTC-USD changed",
        "limits instrument:ETH-USD changed",
        "limits strategy:eth changed",
        "strategy ema-cross-BTC-USD deployed",
        "strategy eth deployed",
      ]
    `);
    expect(told(take(armings))).toEqual(['retrace.yaml:arm:global true']);
    expect(desk.parts.gates.global.living.value).toBe('OPEN');
    expect(desk.parts.accounts.byId.get('main')!.gate.living.value).toBe('OPEN');
    expect(desk.parts.strategies.byId.get('eth')!.parameters).toMatchObject({ k: 1.5, short: false, entry: 20 });
    expect(desk.parts.strategies.byId.get('ema-cross-BTC-USD')!.subscriptions[0]).toMatchObject({
      source: 'synthetic',
      timeframeUs: 5_000_000,
    });
  });

  test('limits are in the desk’s own numbers, quantities in each instrument’s lots, rounded down', () => {
    const limits = inputsOf(PAPER).genesis.flatMap((body) =>
      body.type === 'LimitsChanged'
        ? [
            `${body.scope} ${body.of}: ${Object.entries(body.limits)
              .flatMap(([key, of]) => (of === null ? [] : [`${key} ${of}`]))
              .join(', ')}`,
          ]
        : [],
    );
    expect(limits).toMatchInlineSnapshot(`
      [
        "global *: collarPermille 50, ordersPerSecond 10, duplicateUs 1000000, staleUs 5000000",
        "account main: maxOrderNotional 2000000, hardDailyLoss 500000",
        "instrument BTC-USD: collarPermille 25, maxPositionLots 200",
        "instrument ETH-USD: maxPositionLots 500",
        "strategy eth: maxOrderLots 20, softDailyLoss 10050",
      ]
    `);
  });

  test('an outside account begins with nothing, unarmed, on the venue’s own terms', () => {
    const { genesis, armings } = inputsOf(LOCAL);
    expect(armings).toEqual([]);
    expect(genesis[0]).toMatchInlineSnapshot(`
      {
        "account": {
          "calendar": "ALWAYS",
          "cash": 0n,
          "currency": "USD",
          "currencyScale": 2,
          "id": "main",
          "mode": "LIVE",
          "outside": {
            "cashTolerance": 5n,
            "orphans": "cancel",
            "sendWindowUs": 1000000,
          },
          "pure": null,
          "venue": "local",
        },
        "type": "AccountOpened",
      }
    `);
    const { decisions, desk } = deskWith(genesis);
    expect(told(decisions).at(-1)).toBe('strategy ema-cross-BTC-USD deployed');
    expect(desk.parts.accounts.byId.get('main')!.gate.living.value).not.toBe('OPEN');
  });

  test('at an outside venue paper arms global and account', () => {
    expect(inputsOf(LOCAL.replace('mode: live', 'mode: paper')).armings.map((body) => (body as { key: string }).key)).toEqual([
      'retrace.yaml:arm:global',
      'retrace.yaml:arm:account',
    ]);
  });

  test('what the venue says differently, or does not trade, is told with both', () => {
    const other = LOCAL.replace('instruments: [BTC-USD]', 'instruments: [{ symbol: BTC-USD, tick: 0.5, lot: 0.00010 }, DOGE-USD]');
    expect(faultsOf(() => instrumentsOf(read(other)))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:40: instruments[1].tick: is 0.5, and the venue says 0.1: take the key out: the venue decides",
        "retrace.yaml:4:61: instruments[2].symbol: DOGE-USD is not traded at the venue: it lists BTC-USD, ETH-USD",
      ]
    `);
    const euro = LOCAL.replace('venue: local', 'venue: local, currency: EUR');
    expect(faultsOf(() => instrumentsOf(read(euro)))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:15: instruments[1].symbol: BTC-USD is paid in USD with 2 digits, the account in EUR with 2: change account.currency and account.currencyScale, or take it out",
      ]
    `);
  });

  test('less than a lot, and more lots than the ceiling, are refused', () => {
    const small = PAPER.replace('maxPosition: 0.5', 'maxPosition: 0.0005');
    expect(faultsOf(() => inputsOf(small))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:92: strategies[1].set.lots: 10 lots of BTC-USD are more than limits.account.maxPosition allows, 0.0005, which is 5 lots: every opening order would be refused: lower the lots or raise the limit",
        "retrace.yaml:7:52: limits.account.maxPosition: 0.0005 is less than one lot of ETH-USD, which is 0.001: raise it, or set it for each instrument",
      ]
    `);
    const fat = PAPER.replace('maxPosition: 0.5', 'maxOrder: 1000000');
    expect(faultsOf(() => inputsOf(fat))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:11:14: limits.instruments.BTC-USD.maxOrder: is 10000000000 here, above 1000000000, the most this program allows: lower it; no configuration raises a ceiling",
      ]
    `);
  });

  test('the manifest holds the configuration as plain data, without paths and key names', () => {
    const { config } = read(LOCAL.replace('venue: local', 'venue: local, keyEnv: EXCHANGE_KEY'));
    const manifest = runManifest(config, { version: '1.0.0', hash: 'aa' });
    expect(encodePlain(manifest).length).toBeGreaterThan(100);
    expect(JSON.stringify(manifest)).not.toMatch(/keyFile|keyEnv|EXCHANGE_KEY|\/home/);
    expect(configHash(config)).toBe(configHash(read(LOCAL).config));
    expect(configHash(config)).not.toBe(configHash(read(LOCAL.replace('2%', '3%')).config));
  });
});

test('lots in a quantity are whole and never more', () => {
  expect(lotsAtMost('0.3', '0.1')).toBe(3);
  expect(lotsAtMost('0.35', '0.1')).toBe(3);
  expect(lotsAtMost('7', '10')).toBe(0);
  expect(lotsAtMost('0.00009', '0.0001')).toBe(0);
});

describe('what can never lead to an order', () => {
  const limitsOf = (edit: (text: string) => string, text = PAPER) => faultsOf(() => inputsOf(edit(text)));

  test('is told with both numbers: lots beyond a limit, averages the wrong way round', () => {
    expect(limitsOf((text) => text.replace('lots: 10', 'lots: 300'))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:92: strategies[1].set.lots: 300 lots of BTC-USD are more than limits.instruments.BTC-USD.maxPosition allows, 0.02005, which is 200 lots: every opening order would be refused: lower the lots or raise the limit",
      ]
    `);
    expect(limitsOf((text) => text.replace('short: false', 'lots: 21'))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:5:74: strategies[2].set.lots: 21 lots of ETH-USD are more than limits.strategies.eth.maxOrder allows, 0.02, which is 20 lots: every opening order would be refused: lower the lots or raise the limit",
      ]
    `);
    expect(limitsOf((text) => text.replace('fast: 5', 'fast: 20'))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:73: strategies[1].set.fast: fast is 20 and slow is 20: the fast average must be of fewer candles than the slow one: write a fast below slow",
      ]
    `);
    expect(limitsOf((text) => text.replace('fast: 5, slow: 20', 'fast: 40'))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:73: strategies[1].set.fast: fast is 40 and slow is 26: the fast average must be of fewer candles than the slow one: write a fast below slow",
      ]
    `);
    expect(limitsOf((text) => text.replace('maxPosition: 0.02005', 'maxPosition: 0.00005'))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:11:29: limits.instruments.BTC-USD.maxPosition: 0.00005 is less than one lot of BTC-USD, which is 0.0001: raise it, or set it for each instrument",
      ]
    `);
    expect(limitsOf((text) => text.replace('lots: 10', 'lots: 200'))).toEqual([]);
  });
});

describe('an edited configuration', () => {
  const changed = (before: string, after: string) => {
    const first = read(before);
    const { genesis } = runInputs(first, instrumentsOf(first));
    const running = deskWith(genesis);
    const config = read(after);
    const standing = standingOf(running.desk, first.config.desk, runManifest(first.config, { version: '1', hash: 'x' }));
    return { changes: changesBetween(standing, config, instrumentsOf(config)), ...running, standing };
  };
  const said = (changes: readonly InputBody[]) =>
    changes.map((body) => {
      if (body.type === 'LimitsChanged')
        return `limits ${body.scope} ${body.of}: ${
          Object.entries(body.limits)
            .flatMap(([key, of]) => (of === null ? [] : [`${key} ${of}`]))
            .join(', ') || 'none'
        }`;
      if (body.type === 'StrategyDeployed') return `deploy ${body.strategy}`;
      if (body.type === 'InstrumentDefined') return `define ${body.instrument.id} v${body.instrument.version}`;
      if (body.type === 'CommandGiven') return `${body.command.do} ${(body.command as { strategy?: string }).strategy}`;
      return body.type;
    });

  test.each([PAPER, LOCAL])('that is the same changes nothing', (text) => expect(changed(text, text).changes).toEqual([]));

  test.each([PAPER, LOCAL])('for a desk that has nothing yet is all of the genesis', (text) => {
    const config = read(text);
    const instruments = instrumentsOf(config);
    const nothing = { desk: config.config.desk, accounts: [], instruments: [], limits: [], strategies: [], held: [], recorded: null };
    const byText = (bodies: readonly InputBody[]) => bodies.map((body) => Buffer.from(encodePlain(body as never)).toString('hex')).sort();
    expect(byText(changesBetween(nothing, config, instruments))).toEqual(byText(runInputs(config, instruments).genesis));
  });

  test('may change limits, fees, add and remove strategies; a desk takes it', () => {
    const after = PAPER.replace('hardDailyLoss: 5000', 'hardDailyLoss: 4000')
      .replace('limits:', '  - { name: breakout, instrument: BTC-USD }\nlimits:')
      .replace(/ {2}- \{ name: ema-cross.*\n/, '')
      .replace(', collar: 2.5%', '')
      .replace('instruments: [', 'account: { takerFee: 2bp }\ninstruments: [');
    const { changes, take } = changed(PAPER, after);
    expect(said(changes)).toMatchInlineSnapshot(`
      [
        "AccountOpened",
        "Stop ema-cross-BTC-USD",
        "limits account main: maxOrderNotional 2000000, hardDailyLoss 400000",
        "limits instrument BTC-USD: maxPositionLots 200",
        "deploy breakout-BTC-USD",
      ]
    `);
    expect(told(take(changes))).toMatchInlineSnapshot(`
      [
        "account main redefined",
        "retrace.yaml:stop:ema-cross-BTC-USD true",
        "limits account:main changed",
        "limits instrument:BTC-USD changed",
        "strategy breakout-BTC-USD deployed",
      ]
    `);
  });

  test('a limit taken out is taken off', () => {
    const { changes } = changed(
      PAPER,
      PAPER.replace('    BTC-USD: { maxPosition: 0.02005, collar: 2.5% }\n', '').replace(' maxPosition: 0.5,', ''),
    );
    expect(said(changes)).toMatchInlineSnapshot(`
      [
        "limits instrument BTC-USD: none",
        "limits instrument ETH-USD: none",
      ]
    `);
  });

  test('may add an instrument of a real feed, and change what is outside', () => {
    const after = LOCAL.replace('[BTC-USD]', '[BTC-USD, ETH-USD]')
      .replace('sendWindow: 1s', 'sendWindow: 3s')
      .replace('orphans', 'url: "http://localhost:9", orphans');
    expect(said(changed(LOCAL, after).changes)).toEqual([
      'AccountOpened',
      'define ETH-USD v1',
      'limits instrument ETH-USD: maxPositionLots 100',
    ]);
    expect(said(changed(LOCAL, `${LOCAL}feed: { silent: 9s }\n`).changes)).toEqual(['define BTC-USD v2']);
  });

  test('may not change what a journal is about: all of it is told, with --new', () => {
    const after = `desk: other
mode: live
account: { id: second, currency: EUR, currencyScale: 3, venue: local }
instruments: [BTC-USD]
limits:
  account: { maxOrderValue: 5000, maxPosition: 0.1, hardDailyLoss: 500, collar: 2% }
`;
    const told = TOLD.map((one) => ({ ...one, currency: 'EUR', currencyScale: 3 }));
    const { standing } = changed(PAPER, PAPER);
    const config = read(after);
    expect(faultsOf(() => changesBetween(standing, config, runInstruments(config, told)))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:1:7: desk: is other, and this journal was begun with trial: put it back, or begin another journal with --new",
        "retrace.yaml:2:7: mode: is live, and this journal was begun with paper: put it back, or begin another journal with --new",
        "retrace.yaml:3:16: account.id: is second, and this journal was begun with main: put it back, or begin another journal with --new",
        "retrace.yaml:3:34: account.currency: is EUR, and this journal was begun with USD: put it back, or begin another journal with --new",
        "retrace.yaml:3:54: account.currencyScale: is 3, and this journal was begun with 2: put it back, or begin another journal with --new",
        "retrace.yaml:3:64: account.venue: is local, and this journal was begun with paper: put it back, or begin another journal with --new",
        "retrace.yaml: feed.source: is local, and this journal was begun with synthetic: put it back, or begin another journal with --new",
      ]
    `);
  });

  test('may not change a strategy under its id; a stopped one stays stopped', () => {
    const edits = PAPER.replace('fast: 5', 'fast: 6').replace('name: breakout', 'name: ema-cross').replace('k: 1.5, ', '');
    expect(faultsOf(() => changed(PAPER, edits))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:4:73: strategies[1].set.fast: is 6, and 5 so far: give it another id, which stops ema-cross-BTC-USD, or begin another journal with --new",
        "retrace.yaml:5:22: strategies[2].name: is ema-cross, and breakout so far: give it another id, which stops eth, or begin another journal with --new",
      ]
    `);
    const without = PAPER.replace(/ {2}- \{ name: ema-cross.*\n/, '');
    const { changes, take, desk, standing } = changed(PAPER, without);
    take(changes);
    const again = standingOf(desk, standing.desk, null);
    expect(changesBetween(again, read(without), instrumentsOf(read(without)))).toEqual([]);
    // it is in the file again, and stays stopped; under another id it begins anew
    expect(changesBetween(again, read(PAPER), instrumentsOf(read(PAPER)))).toEqual([]);
    const anew = PAPER.replace('- { name: ema-cross', '- { id: second, name: ema-cross');
    expect(changesBetween(again, read(anew), instrumentsOf(read(anew)))).toMatchObject([{ type: 'StrategyDeployed', strategy: 'second' }]);
  });

  test('may not change a synthetic market that is under way', () => {
    const edits = PAPER.replace('[BTC-USD, ETH-USD]', '[{ symbol: BTC-USD, tick: 0.5 }, ETH-USD, SOL-USD]').replace(
      'limits:',
      'feed: { seed: 8, faults: calm }\nlimits:',
    );
    expect(faultsOf(() => changed(PAPER, edits))).toMatchInlineSnapshot(`
      [
        "retrace.yaml:2:40: instruments[1].tick: is 0.5, and 0.1 so far: put it back, or begin another journal with --new",
        "retrace.yaml:2:56: instruments[3]: SOL-USD is new, and a synthetic market that is under way stays as it is: put it back, or begin another journal with --new",
        "retrace.yaml:6:15: feed.seed: is 8, and this journal was begun with 7: put it back, or begin another journal with --new",
        "retrace.yaml:6:26: feed.faults: is calm, and this journal was begun with demo: put it back, or begin another journal with --new",
      ]
    `);
  });
});
