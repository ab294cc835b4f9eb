/**
 * W11: how long a desk is away. A journal of ten million ticks with checkpoints, left by a process that did not close it, and an account at
 * an exchange in another process: from the start of the desk's process until all is derived again, and until the account is reconciled and
 * open. The state must be the one the dead desk had, and both ledgers equal.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisBuild } from '#cli/compose/build.ts';
import { DEMO_STANDARD, demoInputs, demoMarket } from '#cli/compose/demo-settings.ts';
import { openRunningDesk } from '#cli/compose/running-desk.ts';
import { SyntheticMarket } from '#engine/market/synthetic.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { DeskId, Sha256, TimeUs } from '#engine/values.ts';
import { bounded, type PulledSource } from '#streams/pulled.ts';
import { finish, median, percentile, type Row, seconds, sized, tell } from './harness.ts';
import { ACCOUNT, genesis, handsAnd, INSTRUMENT, W5Desk } from './w5-desk.ts';
import { EXCHANGE_ROLE, nowUs, serveExchange, type Venue, VenueProcess } from './w5-venue.ts';

const TICKS = sized(300_000, 10_000_000);
const ORDERS = sized(50, 2_000);
const ROUNDS = sized(1, 3);
const BAR_S = 30;
const AIM_S = 5;
const RESTART_ROLE = '--restart';
/** A demo's four instruments tick a hundred times a second together; and a quiet hour before now. */
const US_A_TICK = 10_000;
const QUIET_US = 3_600e6;
const FRAME_NUMBERS = 32_768;
const ORDERS_AT_ONCE = 50;

/** What a desk holds, to be compared across a restart. */
type Held = Readonly<{ orders: number; lots: number; cash: string }>;
type Restarted = Readonly<{ derivedAt: number; openAt: number; held: Held }>;

if (process.argv.includes(EXCHANGE_ROLE)) await serveExchange();
else if (process.argv.includes(RESTART_ROLE)) await restart();
else await measure();

async function measure(): Promise<void> {
  const rows: Row[] = [];
  const cached = join(tmpdir(), `retrace-w11-${TICKS}`);
  const { held, bytes } = await journalIn(cached);
  const derived: number[] = [];
  const open: number[] = [];
  let equal = true;
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'retrace-w11-run-'));
    cpSync(cached, folder, { recursive: true });
    const venue = await VenueProcess.start(join(folder, 'exchange'));
    try {
      const begin = nowUs();
      const back = await restarted(folder, venue.venue);
      derived.push((back.derivedAt - begin) / 1e6);
      open.push((back.openAt - begin) / 1e6);
      const truth = await venue.truth();
      const agrees = truth.lots === back.held.lots && truth.cash === back.held.cash;
      equal &&= agrees && JSON.stringify(back.held) === JSON.stringify(held);
      if (!equal) tell(`NOT EQUAL: ${JSON.stringify({ before: held, after: back.held, there: { lots: truth.lots, cash: truth.cash } })}`);
      tell(`derived in ${derived.at(-1)!.toFixed(2)} s, open in ${open.at(-1)!.toFixed(2)} s`);
    } finally {
      await venue.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const slowest = percentile(
    [...open].sort((a, b) => a - b),
    1,
  );
  const line = (name: string, value: number, unit: string, ratio: number | null = null, against: string | null = null, same = false) =>
    rows.push({ name, value, unit, ratio, against, equal: same ? equal : null });
  line('journal', bytes / 1e6, 'MB');
  line('process start to everything derived', median(derived), 's', median(derived) / AIM_S, 'the aim of 5 s', true);
  line('process start to reconciled and OPEN', median(open), 's', median(open) / AIM_S, 'the aim of 5 s', true);
  line('…the slowest', slowest, 's', slowest / BAR_S, 'the bar of 30 s');
  finish('w11', rows);
}

/** Another process on that folder; it ends as it can, without a word. */
function restarted(folder: string, venue: Venue): Promise<Restarted> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1]!, RESTART_ROLE, folder, JSON.stringify(venue)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the desk ended with code ${code}`)));
    child.once('message', (message) => {
      child.removeAllListeners('exit');
      child.once('exit', () => resolve(message as Restarted));
      child.kill('SIGKILL');
    });
  });
}

async function restart(): Promise<void> {
  const [folder, venue] = process.argv.slice(process.argv.indexOf(RESTART_ROLE) + 1) as [string, string];
  let derivedAt = 0;
  const desk = await W5Desk.open({
    folder: join(folder, 'desk'),
    venue: JSON.parse(venue) as Venue,
    orders: 0,
    derived: () => {
      derivedAt = nowUs();
    },
  });
  process.send!({ derivedAt, openAt: nowUs(), held: heldBy(desk) } satisfies Restarted);
}

function heldBy(desk: W5Desk): Held {
  const { orders, accounts } = desk.parts;
  return {
    // the demo's own retire by the clock
    orders: [...orders.all.values()].filter(({ account }) => account.spec.id === ACCOUNT).length,
    lots: accounts.ledger.accountPosition(ACCOUNT, INSTRUMENT),
    cash: String(accounts.ledger.cashOf(ACCOUNT, 'USD')),
  };
}

/** Made once for each build: desk and exchange as two killed processes leave them. */
async function journalIn(folder: string): Promise<{ held: Held; bytes: number }> {
  const note = join(folder, 'made.json');
  const build = thisBuild().hash;
  const made = existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as { build: string; held: Held; bytes: number }) : null;
  if (made?.build === build) return made;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const desk = join(folder, 'desk');
  const took = await seconds(() => played(desk));
  tell(`${TICKS} ticks played into ${desk} in ${took.toFixed(1)} s`);
  const venue = await VenueProcess.start(join(folder, 'exchange'));
  try {
    await venue.quote();
    const trading = await W5Desk.open({ folder: desk, venue: venue.venue, orders: ORDERS });
    for (let n = 0; n < ORDERS; ) {
      for (let k = 0; k < ORDERS_AT_ONCE && n < ORDERS; k += 1) trading.order(n++);
      await trading.filled(n, 10_000);
    }
    const held = heldBy(trading);
    await trading.leave();
    const bytes = readdirSync(desk).reduce((sum, name) => sum + statSync(join(desk, name)).size, 0);
    const content = { build, held, bytes };
    writeFileSync(note, JSON.stringify(content));
    return content;
  } finally {
    await venue.close();
  }
}

/** The demo's desk and market, ended an hour ago; beside it the account at the exchange, not connected yet. */
async function played(folder: string): Promise<void> {
  const startUs = (Math.floor((Date.now() * 1000 - QUIET_US - TICKS * US_A_TICK) / 60e6) * 60e6) as TimeUs;
  const market = new SyntheticMarket({ ...demoMarket(DEMO_STANDARD), startUs });
  const desk = await openRunningDesk({
    folder,
    desk: 'w5' as DeskId,
    catalogue: handsAnd(catalogue),
    manifest: { bench: 'w11' },
    config: '0'.repeat(64) as Sha256,
    flags: [],
    genesis: [...demoInputs(DEMO_STANDARD), ...genesis],
    entries: () => [],
    time: 'data',
    startAt: startUs,
    accounts: [],
    latch: { isKilled: () => false },
    watch: { register: () => {}, settled: () => {} },
    observer: null,
    onHalt: ({ error }) => {
      throw error;
    },
  });
  const all = bounded(market, TICKS);
  const source: PulledSource = {
    paced: false,
    cursor: () => all.cursor(),
    next: (most, until) => all.next(Math.min(most, desk.live.room), until),
  };
  await desk.sequencer.run(source, FRAME_NUMBERS);
  await desk.live.journal.durable();
  await desk.live.journal.close(); // as a crash leaves it: without the checkpoint of a clean end
}
