/** One demo from its settings to its result: which journal it goes on with, the run, a clean end, and what came out. */
import { resolve } from 'node:path';
import type { Decision } from '#engine/decisions.ts';
import { openControl } from '#infra/control/server.ts';
import { FileReader } from '#infra/files/read.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import type { Halt } from '#streams/sequencer.ts';
import { type Answer, Refused, say } from '../answer.ts';
import { type FoundStrategy, keepStrategy } from '../research/kept-strategies.ts';
import { grouped } from '../screen/desk-screen.ts';
import { showFor } from '../screen/show.ts';
import { equityText } from '../screen/watch.ts';
import { thisBuild } from './build.ts';
import { type DemoDesk, openDemo } from './demo-desk.ts';
import { DEMO_STANDARD, type DemoSettings, demoDeskId, settingsIn } from './demo-settings.ts';
import { CommandAnswers, deskControl } from './desk-control.ts';
import { deskHome, isJournal, journalsFolder, newestOf, unusedOf } from './desk-home.ts';
import { nodeDigest } from './digest.ts';
import { type DeskGateway, openDeskGateway, Watch } from './gateway/desk-gateway.ts';
import { AT_HOME, gatewayLines, openOrSay } from './gateway/listening.ts';
import { openInBrowser } from './gateway/open-browser.ts';
import { elsewhereLines, elsewhereOf } from './journal-range.ts';
import { manifestOf, shortPath } from './journal-reader.ts';
import { afterStall, type KafkaPlace, kafkaPlace, kafkaPlaceAt } from './kafka-place.ts';
import { onStop } from './signals.ts';

export type DemoAsked = Readonly<{
  asked: Partial<DemoSettings>;
  /** Those that were asked for. */
  strategies: readonly FoundStrategy[];
  ticks: number | null;
  speed: number;
  journal: string | null;
  anew: boolean;
  json: boolean;
  /** Whether it may be watched, and where; null: at the first port that is free. */
  dashboard: boolean;
  /** In a browser, as soon as it is there. */
  opens: boolean;
  port: number | null;
}>;

export async function playDemo(demo: DemoAsked): Promise<Answer> {
  const { ticks, speed, json } = demo;
  const show = showFor(json);
  const answers = new CommandAnswers();
  const watch = new Watch();
  const hear = (decision: Decision): void => {
    show.observer(decision);
    answers.hear(decision);
    watch.decided(decision);
  };
  for (const strategy of demo.strategies) keepStrategy(strategy); // before a journal names it
  const { folder, desk, settings } = await openAsked(demo, hear);
  const { live } = desk;
  const { opened } = live.journal;
  const place = shortPath(folder);
  const before = live.run.counts.ticks;
  if (opened.tail !== null)
    say(`A torn end of ${opened.tail.bytes} bytes was kept aside in ${shortPath(opened.tail.keptAt)}: ${opened.tail.why}.`);
  if (desk.opened.recovered > 0)
    say(`${desk.opened.recovered} decisions that a crash kept from the journal were derived again and written.`);
  const finished = ticks !== null && before >= ticks;
  if (finished) say(`${place} is finished: it holds ${grouped(String(before))} ticks. This is its result; --new begins another.`);
  else if (before > 0) say(`Going on with ${place} behind ${grouped(String(before))} ticks.`);

  let stopped = '';
  const off = onStop((signal) => {
    stopped = signal;
    show.note('stopping …');
    desk.sequencer.stop();
  });
  const watched = speed !== Number.POSITIVE_INFINITY;
  const closing: (() => Promise<void>)[] = [];
  const gateway = watched && !finished ? await openDemoDoors(demo, desk, folder, answers, watch, closing) : null;
  const started = performance.now();
  show.begin({
    run: live.run,
    journal: live.journal,
    place,
    title: `Retrace demo · seed ${settings.seed} · ${speed === Number.POSITIVE_INFINITY ? 'as fast as possible' : `${speed}× real time`} · paper`,
    keys: `${gateway === null ? '' : `Dashboard: ${gateway.origin} · `}Ctrl-C stops and keeps everything; the same command goes on.`,
    watched,
  });
  try {
    if (!finished && stopped === '') await desk.play(speed, ticks ?? Number.POSITIVE_INFINITY);
  } finally {
    for (const close of closing.reverse()) await close();
    show.end();
  }
  await leaveIfHalted(desk, place);
  const ran = live.run.counts.ticks - before;
  const tookMs = Math.max(1, Math.round(performance.now() - started));
  await live.close();
  off();
  return answerOf(desk, { folder, settings, ran, tookMs, finished: ticks !== null && live.run.counts.ticks >= ticks, resumed: before > 0 });
}

/** Commands of other terminals, and whoever watches. */
async function openDemoDoors(
  { dashboard, opens, port }: DemoAsked,
  { live, sequencer }: DemoDesk,
  folder: string,
  answers: CommandAnswers,
  watch: Watch,
  closing: (() => Promise<void>)[],
): Promise<DeskGateway | null> {
  const home = deskHome().path;
  const { desk } = live.journal.opened;
  const stop = () => sequencer.stop();
  const handler = deskControl({ live, sequencer, answers, folder, time: 'data', stop, watch: watch.attach });
  const control = await openControl({ home, desk, handler, about: { build: thisBuild().hash, journal: folder, breaker: null } });
  closing.push(() => control.close());
  if (!dashboard) return null;
  const listen = port === null ? AT_HOME : { ...AT_HOME, port };
  const log = (level: string, what: string): void => {
    if (level !== 'info') say(what);
  };
  const opening = openDeskGateway(watch, { home, desk, live, control: handler, time: 'data', demo: true, listen, sockets: 'auto', log });
  const gateway = await openOrSay(opening, say);
  if (gateway === null) return null;
  closing.push(() => gateway.close());
  for (const line of gatewayLines(gateway)) say(line);
  if (opens) openInBrowser(gateway.origin);
  return gateway;
}

/** A halt is no result: it says why, where, and leaves the journal as it is. */
async function leaveIfHalted({ live, halted }: DemoDesk, place: string): Promise<void> {
  const halt = halted();
  if (halt === null) return;
  const refused = haltRefusal(halt, live.run, place);
  await live.journal.close().catch(() => {}); // its disk may be what failed
  throw refused;
}

export function haltRefusal({ why, error }: Halt, { desk }: DeskRun, place: string): Refused {
  const address = desk.parts.core.nextAddress();
  if (error.name === 'JournalStalled' || error.name === 'JournalOwned')
    return new Refused(3, [`trading halted at number ${desk.seq}: ${error.message}`], afterStall(error, place), {
      address,
      why: 'journal',
    });
  return new Refused(
    4,
    [`the desk stopped itself at ${address}: ${error.name}: ${error.message}`, `all before it is in ${place}`],
    `npx retrace verify ${place}`,
    {
      address,
      why,
    },
  );
}

type Result = Readonly<{ folder: string; settings: DemoSettings; ran: number; tookMs: number; finished: boolean; resumed: boolean }>;

function answerOf({ live }: DemoDesk, { folder, settings, ran, tookMs, finished, resumed }: Result): Answer {
  const { run } = live;
  const { ticks, decisions, orders, fills, refusals } = run.counts;
  const runHash = run.runHash();
  const stateHash = run.stateHash();
  const equity = equityText(run);
  const place = shortPath(folder);
  const n = (value: number) => grouped(String(value));
  return {
    ok: true,
    fields: {
      journal: isKafkaAddress(folder) ? folder : resolve(folder),
      runHash,
      stateHash,
      seq: run.desk.seq,
      ticks,
      decisions,
      orders,
      fills,
      refusals,
      equity,
      currency: 'USD',
      desk: live.journal.opened.desk,
      seed: settings.seed,
      strategies: settings.strategies,
      chain: live.journal.head,
      finished,
      resumed,
      ran: { ticks: ran, ms: tookMs, ticksPerSecond: Math.round((ran * 1000) / tookMs) },
    },
    text: [
      '',
      `${n(ticks)} ticks, ${n(decisions)} decisions, ${n(orders)} orders, ${n(fills)} fills, ${n(refusals)} refused; equity ${grouped(equity)} USD`,
      ...(ran > 0 ? [`${n(ran)} ticks in ${(tookMs / 1000).toFixed(1)} s, ${n(Math.round((ran * 1000) / tookMs))} a second`] : []),
      `run   ${runHash}`,
      `state ${stateHash}`,
      `next: npx retrace verify ${place}`,
    ],
  };
}

// which journal

async function openAsked(
  demo: DemoAsked,
  hear: (decision: Decision) => void,
): Promise<Readonly<{ folder: string; desk: DemoDesk; settings: DemoSettings }>> {
  const { asked, ticks, anew } = demo;
  const inKafka = placeInKafka(demo);
  if (inKafka !== null) return openInKafka(demo, inKafka, hear);
  if (demo.journal !== null) {
    const named = resolve(demo.journal);
    const folder = anew ? unusedOf(named) : named;
    if (folder !== named) say(`Beginning a new journal in ${shortPath(folder)}.`);
    const settings = await settingsFor(folder, asked);
    return { folder, settings, desk: await openDemo(folder, settings, hear) };
  }
  const settings: DemoSettings = { ...DEMO_STANDARD, ...asked };
  const base = resolve(journalsFolder(deskHome()), demoDeskId(settings));
  const folder = anew ? unusedOf(base) : newestOf(base);
  const begin = async (why: string) => {
    const next = unusedOf(base);
    say(`${why} Beginning a new journal in ${shortPath(next)}.`);
    return { folder: next, settings, desk: await openDemo(next, settings, hear) };
  };
  try {
    const desk = await openDemo(folder, settings, hear);
    const { live } = desk;
    if (ticks === null || live.run.counts.ticks <= ticks) return { folder, settings, desk };
    const holds = live.run.counts.ticks;
    await live.close();
    return begin(`${shortPath(folder)} is already past ${grouped(String(ticks))} ticks (it holds ${grouped(String(holds))}).`);
  } catch (error) {
    // its bundled strategies or the state's form have changed since: the old journal stays, and is no reason not to start
    const { name, message } = error as Error;
    if (name === 'UnknownStrategy') return begin(`${shortPath(folder)} was recorded with other versions of the strategies.`);
    if (name === 'BadCheckpoint' && message.startsWith('state schema'))
      return begin(`${shortPath(folder)} was recorded by another version of retrace.`);
    throw error;
  }
}

/** A demo's money is paper: one broker will do for it, and it says so. */
const PAPER = { singleBroker: true } as const;

function placeInKafka({ journal, asked }: DemoAsked): KafkaPlace | null {
  if (journal !== null) return isKafkaAddress(journal) ? kafkaPlaceAt(journal, PAPER) : null;
  return kafkaPlace(demoDeskId({ ...DEMO_STANDARD, ...asked }), PAPER);
}

/** A desk has one journal in a topic: what is begun anew is begun in another topic. */
async function openInKafka(
  { asked, ticks, anew }: DemoAsked,
  { settings: kafka, desk: name, address }: KafkaPlace,
  hear: (decision: Decision) => void,
): Promise<Readonly<{ folder: string; desk: DemoDesk; settings: DemoSettings }>> {
  const settings: DemoSettings = { ...DEMO_STANDARD, ...asked };
  const elsewhere = `KAFKA_TOPIC=${kafka.topic}-2 npx retrace demo …`;
  if (anew) throw new Refused(2, [`--new: a topic holds a desk once, and ${address} stays as it is`], elsewhere);
  const due = demoDeskId(settings);
  if (name !== due)
    throw new Refused(
      2,
      [`${address}: with these flags the desk is ${due}, not ${name}`],
      `name the desk ${due}, or give the flags of ${name}`,
    );
  const desk = await openDemo(address, settings, hear, { kafka, warn: (line) => say(`Warning: ${line}.`) });
  const { live } = desk;
  const holds = live.run.counts.ticks;
  if (ticks === null || holds <= ticks) return { folder: address, settings, desk };
  await live.close();
  throw new Refused(2, [`${address} is already past ${grouped(String(ticks))} ticks (it holds ${grouped(String(holds))})`], elsewhere);
}

/** Only versions may be absent. */
const told = (value: unknown): string => (value === undefined ? 'those of this build' : JSON.stringify(value));

/** What a named journal was begun with; flags that say otherwise are refused, all at once. */
async function settingsFor(folder: string, asked: Partial<DemoSettings>): Promise<DemoSettings> {
  if (!isJournal(folder)) return { ...DEMO_STANDARD, ...asked };
  const reader = new FileReader({ folder, digest: nodeDigest });
  const recorded = await manifestOf(reader);
  if (recorded === null) {
    const elsewhere = await elsewhereOf({ path: folder, reader, single: false });
    if (elsewhere === null) return { ...DEMO_STANDARD, ...asked };
    const place = shortPath(folder);
    throw new Refused(
      2,
      [`what ${place} was begun with stands in its first segment, which is not here`, ...elsewhereLines(elsewhere, place)],
      'npx retrace journal ls',
    );
  }
  const settings = settingsIn(recorded);
  if (settings === null)
    throw new Refused(2, [`${shortPath(folder)} is the journal of another kind of run, not of a demo`], 'npx retrace journal ls');
  // strategies without versions are those of this build
  const meant = asked.strategies === undefined ? asked : { ...asked, versions: asked.versions };
  const differing = Object.entries(meant).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(settings[key as keyof DemoSettings]),
  );
  if (differing.length > 0)
    throw new Refused(
      2,
      differing.map(
        ([key, value]) => `${shortPath(folder)} was begun with ${key} ${told(settings[key as keyof DemoSettings])}, not ${told(value)}`,
      ),
      `npx retrace demo --journal ${shortPath(folder)} --new …, or leave these flags out`,
    );
  return settings;
}
