// What the documents show is run: the stories of docs/decisions on both desks, and the strategy of the guide through the desk.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Desk } from '#actors/desk.ts';
import type { Decision, DecisionOf } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { type Block, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { Strategy, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { type DeskId, type InstrumentId, MINUTE_US, type Seq, type SourceId, sha256, type TimeUs } from '#engine/values.ts';
import { readStories } from '#infra/config/story-file.ts';
import { toldStories } from '../cli/research/story-answers.ts';
import { readStrategyFile } from '../cli/research/strategies.ts';
import { strategy } from '../docs/examples/dip-buyer.ts';
import { ReferenceDesk } from './reference/desk.ts';
import { lineOf, type MakeDesk, nodeDigest, STORY_START, tell } from './reference/story.ts';

/** Its types come from types/strategy.d.ts, which are those of the engine under names of their own. */
const dipBuyer = strategy as unknown as Strategy;
const DOCS = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');
const read = (path: string) => readFileSync(join(DOCS, path), 'utf8');

// ── Stories ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Story = Readonly<{ name: string; lines: readonly string[]; told: readonly string[] }>;

/** Fenced blocks called `story`: facts, a line `---`, and every decision of the types that are shown. */
const stories: readonly Story[] = readdirSync(join(DOCS, 'decisions')).flatMap((file) =>
  [...read(`decisions/${file}`).matchAll(/^```story\n([\s\S]*?)\n---\n([\s\S]*?)\n```$/gm)].map(([, lines, told], index) => ({
    name: `${file} ${index + 1}`,
    lines: lines.split('\n'),
    told: told.split('\n'),
  })),
);

/** The scripted strategy takes whatever streams a story gives it. */
const anyStreams =
  (known: StrategyCatalogue): StrategyCatalogue =>
  (name, version) => {
    const strategy = known(name, version);
    return strategy === null ? null : { ...strategy, subscriptions: null };
  };

const reference: MakeDesk = (options) => new ReferenceDesk({ ...options, catalogue: anyStreams(options.catalogue) });

const production: MakeDesk = (options) => {
  const decisions: Decision[] = [];
  const desk = new Desk({ ...options, catalogue: anyStreams(options.catalogue), sink: (decision) => decisions.push(decision) });
  return {
    decisions,
    takeMarket: (frame) => desk.takeMarket(frame),
    takeInput: (record) => desk.takeInput(record),
    passTime: (at) => desk.passTime(at),
    state: () => desk.save(),
  };
};

/** The two desks build their decisions with fields in different order; the bytes have the order of the table. */
const sorted = (line: string) => line.split(/ (?=\w+=)/).sort();

describe('stories of the decisions', () => {
  test('are there', () => expect(stories.length).toBeGreaterThanOrEqual(10));

  const tellings = stories.flatMap((story) => [
    [`${story.name}, the reference`, story, reference] as const,
    [`${story.name}, the desk`, story, production] as const,
  ]);
  test.each(tellings)('%s', (_name, { lines, told }, make) => {
    const shown = new Set(told.map((line) => line.split(' ')[2]));
    const decided = tell(lines, make)
      .desk.decisions.filter(({ type, at }) => at > STORY_START && shown.has(type))
      .map(lineOf);
    expect(decided.map(sorted)).toEqual(told.map(sorted));
  });
});

// ── The strategy of docs/writing-a-strategy.md ─────────────────────────────────────────────────────────────────────────────────

const BTC = 'BTC' as InstrumentId;
const SOURCE = 'x' as SourceId;
const VERSION = sha256('d1'.repeat(32));
const START = 1_704_067_200_000_000; // 2024-01-01T00:00:00Z

const catalogue: StrategyCatalogue = (name, version) => (name === dipBuyer.name && version === VERSION ? dipBuyer : null);

const SETUP = [
  {
    type: 'InstrumentDefined',
    instrument: {
      id: BTC,
      version: 1,
      tick: '0.01',
      lot: '1',
      multiplier: '1',
      currency: 'USD',
      currencyScale: 2,
      calendar: 'ALWAYS',
      feeds: [
        {
          source: SOURCE,
          latenessUs: 0,
          graceUs: 0,
          silentUs: null,
          muteUs: null,
          lagUs: null,
          lagDownUs: null,
          absurdPermille: null,
          settleUs: 0,
          faultsToDown: 3,
          fillFlat: false,
        },
      ],
    },
  },
  {
    type: 'AccountOpened',
    account: {
      id: 'A',
      mode: 'BACKTEST',
      venue: 'pure',
      calendar: 'ALWAYS',
      currency: 'USD',
      currencyScale: 2,
      cash: 10_000_000n,
      pure: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null },
    },
  },
  { type: 'CommandGiven', key: 'arm', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
  {
    type: 'StrategyDeployed',
    strategy: 'S',
    name: 'dip-buyer',
    version: VERSION,
    account: 'A',
    parameters: { bars: 4, dip: 20, lots: 5 },
    subscriptions: [{ instrument: BTC, source: SOURCE, timeframeUs: MINUTE_US }],
    history: false,
  },
] as const;

/** One trade a minute, ten seconds into it. */
const PRICES = [10_000, 10_000, 10_000, 10_000, 9_990, 9_700, 9_710, 9_720, 9_990, 10_000, 10_000, 9_600, 9_650];

const facts: readonly ((desk: Desk) => void)[] = [
  ...SETUP.map((body, index) => (desk: Desk) => desk.takeInput({ seq: index + 1, at: START, ...body } as unknown as InputRecord)),
  ...PRICES.map((price, minute) => (desk: Desk) => {
    const at = Float64Array.of(START + minute * MINUTE_US + 10_000_000);
    const block: Block = {
      instrument: BTC,
      source: SOURCE,
      kind: 'trade',
      timeframeUs: 0,
      count: 1,
      at,
      venueTime: at,
      venueSeq: NO_SEQ,
      flags: new Uint8Array(1),
      values: [Float64Array.of(price), Float64Array.of(1)],
    };
    desk.takeMarket(marketFrame((SETUP.length + 1 + minute) as Seq, [block], NO_LANE, null));
  }),
  (desk) => desk.passTime((START + (PRICES.length + 1) * MINUTE_US) as TimeUs),
];

const options = (sink: (decision: Decision) => void) => ({ desk: 'guide' as DeskId, digest: nodeDigest, catalogue, sink });

/** With `reborn` the desk is saved and loaded into a new one after every fact. */
function played(reborn: boolean): Decision[] {
  const decisions: Decision[] = [];
  let desk = new Desk(options((decision) => decisions.push(decision)));
  for (const take of facts) {
    take(desk);
    if (!reborn) continue;
    const saved = desk.save();
    desk = new Desk(options((decision) => decisions.push(decision)));
    desk.load(saved);
  }
  return decisions;
}

describe('the strategy of the guide', () => {
  test('buys the dip and sells when it is back', () => {
    const fills = played(false).filter((decision): decision is DecisionOf<'OrderFilled'> => decision.type === 'OrderFilled');
    expect(
      fills.map(({ side, lots, price, position, realised }) => `${side} ${lots} at ${price}, holds ${position}, gained ${realised}`),
    ).toMatchInlineSnapshot(`
        [
          "buy 5 at 9710, holds 5, gained 0",
          "sell 5 at 10000, holds 0, gained 1450",
          "buy 5 at 9650, holds 5, gained 0",
        ]
      `);
  });

  test('says at every wake what it saw, also when it does nothing', () => {
    const wakes = played(false).filter((decision): decision is DecisionOf<'StrategyWoke'> => decision.type === 'StrategyWoke');
    const warm = wakes.filter(({ conditions }) => conditions.length > 0);
    expect(wakes).toHaveLength(PRICES.length);
    expect(warm).toHaveLength(PRICES.length - 3);
    expect(warm.some(({ intents }) => intents === 0)).toBe(true);
  });

  test('goes on after a restore at any number as if nothing had happened', () => {
    expect(played(true)).toEqual(played(false));
  });

  test('is quoted in the guide as it is, and so is its story', () => {
    expect(read('writing-a-strategy.md')).toContain(`\`\`\`ts\n${read('examples/dip-buyer.ts')}\`\`\``);
    expect(read('writing-a-strategy.md')).toContain(`\`\`\`yaml\n${read('examples/dip-buyer.story.yaml')}\`\`\``);
  });

  test('is a bundle that does what its story says', async () => {
    const file = join(DOCS, 'examples', 'dip-buyer.ts');
    const { found } = await readStrategyFile(file);
    const { stories: told } = readStories(read('examples/dip-buyer.story.yaml'), 'dip-buyer.story.yaml');
    expect((await toldStories(found!, told)).map(({ passed, difference }) => [passed, difference])).toEqual(told.map(() => [true, []]));
  });
});
