/** The demo: a seeded synthetic market, the pure venue, a journal in files or in Kafka. Started again on a journal it goes on where that ends. */

import type { Decision } from '#engine/decisions.ts';
import { SyntheticMarket } from '#engine/market/synthetic.ts';
import { MINUTE_US, type Seq, type TimeUs } from '#engine/values.ts';
import { realClock } from '#streams/clock.ts';
import { paced } from '#streams/pace.ts';
import { bounded, boundedCursor, type PulledSource } from '#streams/pulled.ts';
import { type Halt, Sequencer } from '#streams/sequencer.ts';
import { catalogue } from '../research/kept-strategies.ts';
import { thisBuild } from './build.ts';
import { DEMO_START, type DemoSettings, demoDeskId, demoInputs, demoMarket, manifestOf, settingsHash } from './demo-settings.ts';
import type { LiveDesk } from './live-desk.ts';
import { type OpenDeskOptions, type OpenedDesk, openDesk } from './open-desk.ts';

/** A watched demo begins with so much market at once, so that strategies are warm when the first screen shows. */
export const RUN_AHEAD_US = 10 * MINUTE_US;
const MAX_PENDING_BYTES = 64 * 2 ** 20;
/** While somebody watches a frame is short: the screen paints and Ctrl-C is heard between frames. */
const WATCHED_NUMBERS = 4_096;
const UNWATCHED_NUMBERS = 32_768;

export type DemoDesk = Readonly<{
  opened: OpenedDesk;
  live: LiveDesk;
  sequencer: Sequencer;
  /** Plays until the bound, or until stop(). */
  play(speed: number, ticks: number): Promise<'end' | 'stopped' | 'halted'>;
  halted(): Halt | null;
}>;

export async function openDemo(
  folder: string,
  settings: DemoSettings,
  observer: ((decision: Decision) => void) | null,
  { segmentBytes, kafka, warn }: Pick<OpenDeskOptions, 'segmentBytes' | 'kafka' | 'warn'> = {},
): Promise<DemoDesk> {
  const build = thisBuild();
  const desk = demoDeskId(settings);
  const opened = await openDesk({
    folder,
    desk,
    catalogue,
    manifest: manifestOf(settings, build),
    config: settingsHash(settings),
    flags: [],
    observer,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(kafka === undefined ? {} : { kafka }),
    ...(warn === undefined ? {} : { warn }),
  });
  const { live } = opened;
  const { epoch } = live.journal.opened;
  let halt: Halt | null = null;
  const sequencer = new Sequencer({
    desk,
    epoch,
    seq: live.run.desk.seq,
    at: live.run.desk.seq === 0 ? DEMO_START : live.run.desk.at,
    journal: live.journal,
    port: live,
    clock: realClock,
    time: 'data',
    maxPendingBytes: MAX_PENDING_BYTES,
    onHalt: (why) => {
      halt = why;
    },
  });
  const spec = demoMarket(settings);
  return {
    opened,
    live,
    sequencer,
    halted: () => halt,
    async play(speed, ticks) {
      const genesis = genesisSource(demoInputs(settings), live.run.desk.seq);
      if (genesis !== null) await sequencer.run(genesis);
      if (halt !== null) return 'halted';
      const { cursor } = opened; // '' stands in the frame of the first inputs
      const at = cursor === null || cursor === '' ? null : boundedCursor(cursor);
      const market = at === null ? new SyntheticMarket(spec) : SyntheticMarket.resume(spec, at.inner);
      const source = cutAtCheckpoints(bounded(market, ticks, at?.told ?? 0), live);
      if (speed === Infinity) return sequencer.run(source, UNWATCHED_NUMBERS);
      const begun = live.run.desk.seq === 0 ? DEMO_START : live.run.desk.at;
      const ahead = DEMO_START + RUN_AHEAD_US;
      return sequencer.run(
        paced(source, realClock, begun, () => (live.run.desk.at < ahead ? Infinity : speed)),
        WATCHED_NUMBERS,
      );
    },
  };
}

/** The first inputs of a new journal, in one frame; a journal that holds them needs none. */
function genesisSource(bodies: ReturnType<typeof demoInputs>, seq: Seq): PulledSource | null {
  let left = bodies.slice(seq).map((body) => ({ ...body, at: DEMO_START as TimeUs }));
  if (left.length === 0) return null;
  return {
    paced: false,
    cursor: () => '',
    next() {
      if (left.length === 0) return 'end';
      const records = left;
      left = [];
      return { kind: 'inputs', records };
    },
  };
}

/** No frame crosses a checkpoint's number. */
function cutAtCheckpoints(source: PulledSource, live: LiveDesk): PulledSource {
  return {
    paced: source.paced,
    cursor: () => source.cursor(),
    next: (maxNumbers, until) => source.next(Math.min(maxNumbers, live.room), until),
  };
}
