/**
 * W7's desk behind its gateway, in a process of its own: the one that `retrace run` opens, its journal on the disk, fed with ticks at a
 * fixed rate by the wall's clock, whatever it is busy with. It says how much processor it took.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandAnswers, deskControl } from '#cli/compose/desk-control.ts';
import { openDeskGateway, Watch } from '#cli/compose/gateway/desk-gateway.ts';
import { AT_HOME } from '#cli/compose/gateway/listening.ts';
import { openRunningDesk } from '#cli/compose/running-desk.ts';
import { type Block, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { AccountId, DeskId, InstrumentId, Minor, Sha256, SourceId } from '#engine/values.ts';
import type { DriverName } from '#gateway/transport/server.ts';
import type { InputBody } from '#streams/feed.ts';

export const SERVER_ROLE = 'w7-server';
export type ServerAsked = Readonly<{ driver: DriverName; symbols: number; rate: number }>;
export type ServerReady = Readonly<{ origin: string; symbols: readonly string[] }>;
export type ServerTook = Readonly<{ cpuMs: number; wallMs: number; ticks: number; rssBytes: number; loopP99Ms: number }>;

/** A price tells when its tick arrived: whoever sees it, wherever, knows how old it is (a day and more: it begins anew). */
const priceAt = (ms: number): number => 100_000_000 + (Math.floor(ms) % 100_000_000);

const SOURCE = 'bench' as SourceId;
const STEP_MS = 2;
export const symbolsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `S${String(n).padStart(3, '0')}-USD`);

const instrumentOf = (id: string): Instrument => ({
  id: id as InstrumentId,
  ...{ version: 1, tick: '0.01', lot: '0.001', multiplier: '1', currency: 'USD', currencyScale: 2, calendar: 'ALWAYS' },
  feeds: [
    {
      source: SOURCE,
      ...{ latenessUs: 0, graceUs: 0, silentUs: null, muteUs: null, lagUs: null, lagDownUs: null, absurdPermille: null },
      ...{ settleUs: 0, faultsToDown: 5, fillFlat: false },
    },
  ],
});

const genesis = (symbols: readonly string[]): InputBody[] => [
  {
    type: 'AccountOpened',
    account: {
      ...{ id: 'paper' as AccountId, mode: 'PAPER', venue: 'pure', calendar: 'ALWAYS', currency: 'USD', currencyScale: 2 },
      cash: 10_000_000n as Minor,
      pure: { latencyUs: 0, makerFee: 0, takerFee: 0, rejectAboveLots: null, fills: 'lots' },
    },
  },
  ...symbols.map((id): InputBody => ({ type: 'InstrumentDefined', instrument: instrumentOf(id) })),
];

export async function serve(): Promise<void> {
  process.on('disconnect', () => process.exit());
  const asked = await new Promise<ServerAsked>((resolve) => process.once('message', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'retrace-w7-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const symbols = symbolsOf(asked.symbols);
  const answers = new CommandAnswers();
  const watch = new Watch();
  const running = await openRunningDesk({
    folder: join(folder, 'journal'),
    desk: 'w7' as DeskId,
    catalogue,
    manifest: { bench: 'w7' },
    config: '0'.repeat(64) as Sha256,
    flags: [],
    genesis: genesis(symbols),
    entries: () => [],
    accounts: [],
    latch: { isKilled: () => false },
    watch: { register: () => {}, settled: () => {} },
    observer: (decision) => watch.decided(decision),
    onHalt: ({ error }) => {
      throw error;
    },
  });
  const { live, sequencer } = running;
  const control = deskControl({ live, sequencer, answers, folder, time: 'wall', stop: () => {} });
  const gateway = await openDeskGateway(watch, {
    ...{ home: folder, desk: 'w7', live, control, time: 'wall', demo: true, sockets: asked.driver, mostSockets: 20_000 },
    listen: { ...AT_HOME, port: 0 },
    log: (_, what) => void process.stderr.write(`  ${what}\n`),
  });
  const told: number[] = [];
  let last = performance.now();
  const loop = setInterval(() => {
    const now = performance.now();
    told.push(Math.max(0, now - last - STEP_MS));
    last = now;
  }, STEP_MS);
  const flow = new Flow(symbols, asked.rate, (blocks) => sequencer.take({ kind: 'market', ...blocks }));
  process.send!({ origin: gateway.origin, symbols } satisfies ServerReady);
  let began = { cpu: process.cpuUsage(), wall: performance.now(), ticks: 0 };
  process.on('message', async (said) => {
    if (said === 'begin') {
      told.length = 0;
      began = { cpu: process.cpuUsage(), wall: performance.now(), ticks: flow.ticks };
      return void process.send!('begun');
    }
    const { user, system } = process.cpuUsage(began.cpu);
    const sorted = told.toSorted((a, b) => a - b);
    process.send!({
      ...{ cpuMs: (user + system) / 1_000, wallMs: performance.now() - began.wall, ticks: flow.ticks - began.ticks },
      ...{ rssBytes: process.memoryUsage.rss(), loopP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0 },
    } satisfies ServerTook);
    if (said !== 'end') return;
    flow.stop();
    clearInterval(loop);
    await gateway.close();
    await running.close();
    process.exit();
  });
}

/** So many ticks a second, spread over the instruments in turn: each trade beside the quote it was made at. */
class Flow {
  ticks = 0;
  readonly #symbols: readonly string[];
  readonly #timer: NodeJS.Timeout;

  constructor(symbols: readonly string[], rate: number, take: (chunk: { blocks: Block[]; lane: Uint16Array }) => void) {
    this.#symbols = symbols;
    const begun = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) * rate) / 1_000);
      while (this.ticks + 2 <= due) {
        const blocks = this.#blocks(Math.min(due - this.ticks, 2 * symbols.length));
        take({
          blocks,
          lane: blocks.length === 1 ? NO_LANE : Uint16Array.from(blocks.flatMap((block, n) => new Array<number>(block.count).fill(n))),
        });
      }
    }, STEP_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #blocks(count: number): Block[] {
    const at = Math.floor((performance.timeOrigin + performance.now()) * 1_000);
    const price = priceAt(at / 1_000);
    const one = (value: number) => Float64Array.of(value);
    const blocks: Block[] = [];
    for (let n = 0; n + 2 <= count; n += 2, this.ticks += 2) {
      const turn = this.ticks >> 1;
      const instrument = this.#symbols[turn % this.#symbols.length] as InstrumentId;
      const about = {
        instrument,
        source: SOURCE,
        timeframeUs: 0,
        count: 1,
        at: one(at),
        venueTime: one(at),
        venueSeq: NO_SEQ,
        flags: Uint8Array.of(0),
      };
      blocks.push({ ...about, kind: 'quote', values: [one(price), one(1_000 + (turn % 97)), one(price + 1), one(900)] });
      blocks.push({ ...about, kind: 'trade', values: [one(price), one(1 + (turn % 50))] });
    }
    return blocks;
  }
}
