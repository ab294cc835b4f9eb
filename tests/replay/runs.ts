/**
 * The journals that every later version must still verify: what is in each, and how it was recorded. A folder that is there is never
 * recorded again; a new version adds folders of its own.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SYNTHETIC_START } from '#engine/market/synthetic.ts';
import { STORMY } from '#engine/market/synthetic-faults.ts';
import { sampleByName, catalogue as samples, versionOf } from '#engine/strategy/samples.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { SECOND_US } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { smallMarket } from '#tests/markets.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { randomSteps } from './random-desk.ts';
import { commanded, DESK, defined, deployed, nodeDigest, opened, recordJournal, START, type Step } from './recorder.ts';

/** The bundled strategies of every recorded version, and the two of the tests. */
export const runsCatalogue: StrategyCatalogue = (name, version) => samples(name, version) ?? testCatalogue(name, version);

export type RecordedRun = Readonly<{ name: string; about: string; clean: boolean; steps: () => Step[] }>;

export const RUNS: readonly RecordedRun[] = [
  {
    name: 'v0.1-bundled',
    about: 'ema-cross and breakout on five-second candles of a calm market, seed 101, 3,000 ticks; ends without a clean stop',
    clean: false,
    steps: () => bundled(101, 3000),
  },
  {
    name: 'v0.1-orders',
    about: 'random orders of every type on two accounts, faults, limits and commands, seed 102, 1,000 ticks; ends without a clean stop',
    clean: false,
    steps: () => randomSteps({ seed: 102, ticks: 1000, cuts: [500, 80, 7], paceUs: 120_000 }),
  },
  {
    name: 'v0.1-segments',
    about: 'three segments with their checkpoints and a clean stop, a stormy market nobody trades in, seed 103, 600 ticks',
    clean: true,
    steps: () => stormy(103, 600),
  },
];

function bundled(seed: number, ticks: number): Step[] {
  const market = smallMarket(seed, {
    ticks,
    instruments: 1,
    cuts: [2000, 900],
    spec: { faults: { ...STORMY, ...NO_FAULTS }, paceUs: 60_000 },
  });
  const [instrument] = market.instruments;
  const on = [{ instrument: instrument.id, timeframeUs: 5 * SECOND_US }];
  const deploy = (id: string, name: string, parameters: Readonly<Record<string, number>>): Step =>
    deployed(START, { id, account: 'paper', name, version: versionOf(sampleByName(name)!), parameters, on });
  return [
    opened(START, 'paper'),
    defined(START, instrument),
    commanded(START, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    deploy('cross', 'ema-cross', { fast: 3, slow: 7, lots: 5 }),
    deploy('break', 'breakout', { entry: 6, exit: 3, atr: 4, lots: 3 }),
    ...market.items,
  ];
}

const NO_FAULTS = { silence: { everyUs: 0, forUs: 0 }, mute: { everyUs: 0, forUs: 0 }, lag: { everyUs: 0, forUs: 0 }, gap: 0, absurd: 0 };

function stormy(seed: number, ticks: number): Step[] {
  const market = smallMarket(seed, { ticks, instruments: 2, sources: ['one', 'two'], cuts: [60, 5], spec: { faults: STORMY } });
  const steps: Step[] = [...market.instruments.map((instrument) => defined(START, instrument)), opened(START, 'paper'), ...market.items];
  for (const part of [2, 1]) steps.splice(Math.floor((part * steps.length) / 3), 0, { kind: 'segment' });
  return steps;
}

/** Writes one run through the files journal. The folder must not exist. */
export async function recordRun(folder: string, run: RecordedRun): Promise<void> {
  if (existsSync(folder)) throw new Error(`${folder} is there: a recorded run is never recorded again`);
  const { frames } = recordJournal(run.steps(), { catalogue: runsCatalogue, clean: run.clean, cursors: false }); // small
  const journal = await openFileJournal({ folder, desk: DESK, digest: nodeDigest, at: SYNTHETIC_START, owner: run.name });
  let first = true;
  for (const frame of frames) {
    if (frame.kind === 'claim') continue; // the journal makes its own, and its segments
    if (frame.kind === 'segment') {
      if (!first) journal.startSegment(SYNTHETIC_START);
      first = false;
    } else journal.append({ ...frame, epoch: journal.opened.epoch });
  }
  await journal.durable();
  await journal.close();
  rmSync(join(folder, 'lock'), { force: true });
}

export const bytesIn = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
