/** Small journals for tests: a desk with its strategies, run over a seeded market, kept as frames that can still be changed. */
import { createHash } from 'node:crypto';
import type { Digest } from '#engine/digest.ts';
import type { AccountSpec, VenueSpec } from '#engine/execution/account.ts';
import type { Command, InputRecord, InputType } from '#engine/inputs.ts';
import type { Frame, Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { SYNTHETIC_START } from '#engine/market/synthetic.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { DAY_US, type DeskId, type Seq, type Sha256, type TimeUs } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';
import type { MarketItem } from '#tests/markets.ts';
import { RANDOM_VERSION, testCatalogue } from '#tests/reference/strategies.ts';

export const DESK = 'tests' as DeskId;
export const nodeDigest: Digest = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};

/** An input without number and time: the recorder gives both. */
export type Body = { [T in InputType]: { type: T } & Readonly<Record<string, unknown>> }[InputType];
export type Step =
  | MarketItem
  | Readonly<{ kind: 'input'; at: TimeUs; body: Body }>
  | Readonly<{ kind: 'time'; at: TimeUs }>
  | Readonly<{ kind: 'checkpoint' }>
  | Readonly<{ kind: 'segment' }>;

export type Recorded = Readonly<{ frames: Frame[]; run: DeskRun }>;
export type RecordOptions = Readonly<{ catalogue?: StrategyCatalogue; digest?: Digest; desk?: DeskId; clean?: boolean; cursors?: boolean }>;

/** Runs the steps as a live desk would and keeps every frame. Market items are numbered anew, behind what came before. */
export function recordJournal(steps: Iterable<Step>, options: RecordOptions = {}): Recorded {
  const { catalogue = testCatalogue, digest = nodeDigest, desk = DESK, clean = true, cursors = true } = options;
  const run = new DeskRun({ desk, digest, catalogue });
  const frames: Frame[] = [];
  const add = (first: number, payload: Payload) => frames.push(frameOf(desk, 1, first as Seq, payload));
  const settle = () => {
    const decided = run.takeDecisions();
    if (decided !== null) add(decided.first, { kind: 'decisions', bytes: decided.bytes });
  };
  const checkpoint = () => {
    for (const part of run.checkpoint()) add(run.desk.seq, part);
  };
  const segment = (index: number) =>
    add(run.desk.seq, {
      kind: 'segment',
      previousHead: '0'.repeat(64) as Sha256,
      index,
      day: Math.floor(Math.max(run.desk.at, SYNTHETIC_START) / DAY_US),
    });
  let segments = 1;
  segment(0);
  add(0, { kind: 'claim', owner: 'test', at: SYNTHETIC_START });
  add(0, { kind: 'genesis', manifest: { desk, build: 'test' } });
  add(0, { kind: 'opened', build: 'test', config: '0'.repeat(64) as Sha256, flags: [], at: SYNTHETIC_START });
  for (const step of steps) {
    const next = (run.desk.seq + 1) as Seq;
    switch (step.kind) {
      case 'market': {
        const frame: MarketFrame = { ...step.frame, first: next, cursor: cursors ? step.frame.cursor : null };
        add(next, { kind: 'market', frame });
        run.market(frame);
        settle();
        break;
      }
      case 'inputs': {
        const records = step.records.map((record, index) => ({ ...record, seq: (next + index) as Seq }));
        add(next, { kind: 'inputs', records, cursor: cursors ? step.cursor : null });
        for (const record of records) run.input(record);
        settle();
        break;
      }
      case 'input': {
        const record = { ...step.body, seq: next, at: step.at } as unknown as InputRecord;
        add(next, { kind: 'inputs', records: [record], cursor: null });
        run.input(record);
        settle();
        break;
      }
      case 'time':
        add(run.desk.seq, { kind: 'time', at: step.at });
        run.time(step.at);
        settle();
        break;
      case 'checkpoint':
        checkpoint();
        break;
      case 'segment':
        segment(segments++);
        checkpoint();
        break;
    }
  }
  if (clean) {
    checkpoint();
    add(run.desk.seq, { kind: 'closed', clean: true });
  }
  return { frames, run };
}

export const START = SYNTHETIC_START;
export const input = (at: number, body: Body): Step => ({ kind: 'input', at: at as TimeUs, body });

export const PURE: VenueSpec = { latencyUs: 20_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null };

export function accountSpec(id: string, pure: Partial<VenueSpec> = {}): AccountSpec {
  return {
    id: id as AccountSpec['id'],
    mode: 'PAPER',
    venue: 'pure',
    calendar: 'ALWAYS',
    currency: 'USD',
    currencyScale: 2,
    cash: 10_000_000n,
    pure: { ...PURE, ...pure },
  };
}

export const opened = (at: number, id: string, pure: Partial<VenueSpec> = {}): Step =>
  input(at, { type: 'AccountOpened', account: accountSpec(id, pure) });
export const defined = (at: number, instrument: Instrument): Step => input(at, { type: 'InstrumentDefined', instrument });
export const limited = (at: number, scope: string, of: string, limits: Partial<Limits>): Step =>
  input(at, { type: 'LimitsChanged', scope, of, limits: { ...NO_LIMITS, ...limits } });
export const commanded = (at: number, key: string, command: Command): Step =>
  input(at, { type: 'CommandGiven', key, by: 'test', sawSeq: null, command });

export type Deployment = Readonly<{
  id: string;
  account: string;
  name?: string;
  version?: Sha256;
  parameters?: Readonly<Record<string, number | boolean>>;
  on: readonly Readonly<{ instrument: string; source?: string; timeframeUs: number }>[];
}>;

export function deployed(at: number, { id, account, name = 'random', version = RANDOM_VERSION, parameters = {}, on }: Deployment): Step {
  return input(at, {
    type: 'StrategyDeployed',
    strategy: id,
    name,
    version,
    account,
    parameters,
    subscriptions: on.map(({ instrument, source = 'synthetic', timeframeUs }) => ({ instrument, source, timeframeUs })),
    history: false,
  });
}
