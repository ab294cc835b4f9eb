/** Why nothing happened: who was awake, what each last saw, which gates and feeds stood in the way, and when the next thing happened. */
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { lowerBound } from '#engine/market/blocks.ts';
import { UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { Explanation } from './explain.ts';
import type { Bounds, Moment } from './moment.ts';
import { type DeskPicture, type PictureStrategy, pictureOf } from './picture.ts';
import { type ReplayOptions, runToTime } from './run-to.ts';
import { readStory, type Story } from './story.ts';
import { tell } from './tell.ts';
import { gateName } from './tell-clauses.ts';
import { tellCondition } from './tell-conditions.ts';
import { capital, clock, iso, type Link, list, plural, span } from './words.ts';

type Woke = Extract<Decision, { type: 'StrategyWoke' }>;
const THINGS: readonly Decision['type'][] = ['OrderApproved', 'OrderRefused', 'OrderFilled'];

/** What a reading found around the moment. */
type Found = {
  readonly wakes: Map<string, Woke>;
  /** Strategies whose last wake was the last of their warm-up: what they wanted then did not count. */
  readonly warmedLast: Set<string>;
  readonly things: Decision[];
  next: Decision | null;
  readonly ticks: Map<string, number>;
};

export async function explainMoment(
  reader: JournalReader,
  subject: string,
  { from, to }: Moment,
  bounds: Bounds,
  options: ReplayOptions,
): Promise<Explanation> {
  if (to <= bounds.first || from > bounds.last) {
    const sentence = `The journal holds nothing at ${iso(from)}: it runs from ${iso(bounds.first)} to ${iso(bounds.last)}.`;
    return { ok: false, subject, sentence, chain: [], order: null };
  }
  const found: Found = { wakes: new Map(), warmedLast: new Set(), things: [], next: null, ticks: new Map() };
  const story = await look(reader, from, to, found);
  const measures = story.measures;
  const chain: Link[] = found.things.map((decision) => tell(decision, measures));
  const said: string[] = [opening(from, to, found, story)];
  try {
    const picture = pictureOf((await runToTime(reader, to - 1, options)).desk.parts, to - from > 1 ? to : from);
    for (const strategy of picture.strategies) said.push(ofStrategy(strategy, found, story));
    for (const wake of found.wakes.values()) chain.push(tell(wake, measures));
    const standing = standingOf(picture);
    chain.push(...standing);
    said.push(
      standing.length === 0
        ? to - from > 1
          ? 'At the end of it all gates were open and all feeds healthy'
          : 'All gates were open and all feeds healthy'
        : (to - from > 1 ? 'At the end of it ' : '') +
            (to - from > 1 ? list(standing.map(({ what }) => what)) : capital(list(standing.map(({ what }) => what)))),
    );
  } catch (error) {
    if (!(error instanceof UnknownStrategy)) throw error;
    for (const wake of found.wakes.values()) {
      said.push(`${wake.strategy} ${lastWake(wake, story)}`);
      chain.push(tell(wake, measures));
    }
    said.push(`Gates and feeds cannot be derived here: ${error.message}`);
  }
  said.push(ending(found, story, bounds));
  if (found.next !== null) chain.push(tell(found.next, measures));
  return { ok: true, subject, sentence: `${said.join('. ')}.`, chain, order: null };
}

async function look(reader: JournalReader, from: number, to: number, found: Found): Promise<Story> {
  return readStory(reader, {
    keep: () => false,
    seen(decision) {
      const { at } = decision;
      if (decision.type === 'StrategyWoke' && at < to) {
        found.wakes.set(decision.strategy, decision);
        found.warmedLast.delete(decision.strategy);
      }
      if (decision.type === 'StrategyMoved' && decision.why === 'Warmed' && at < to) found.warmedLast.add(decision.strategy);
      if (!THINGS.includes(decision.type)) return;
      if (at >= from && at < to) found.things.push(decision);
      else if (at >= to) found.next ??= decision;
    },
    enough(_story, payload) {
      if (payload.kind === 'market') {
        for (const { instrument, at, count } of payload.frame.blocks) {
          if (at[0] >= to || at[count - 1] < from) continue;
          found.ticks.set(instrument, (found.ticks.get(instrument) ?? 0) + lowerBound(at, to) - lowerBound(at, from));
        }
      }
      return found.next !== null;
    },
  });
}

function opening(from: number, to: number, { things, ticks }: Found, { measures }: Story): string {
  const when = to - from > 1 ? `Between ${iso(from)} and ${clock(to)}` : `At ${iso(from)}`;
  const came = [...ticks].map(([instrument, count]) => `${plural(count, 'tick')} of ${instrument}`);
  const arrived = came.length === 0 ? 'no tick arrived' : `${list(came)} arrived`;
  if (things.length === 0) return `${when} nothing was ordered, refused or filled; ${arrived}`;
  const all = things.slice(0, 3).map((decision) => `${tell(decision, measures).what} (${addressOf(decision)})`);
  const more = things.length > 3 ? ` and ${things.length - 3} more` : '';
  return `${when} something did happen: ${all.join('; ')}${more}; ${arrived}`;
}

function ofStrategy(strategy: PictureStrategy, { wakes, warmedLast }: Found, story: Story): string {
  const { strategy: id, state, seen, warmup } = strategy;
  const wake = wakes.get(id) ?? null;
  const last = wake === null ? 'had not woken yet' : lastWake(wake, story);
  switch (state) {
    case 'loading':
      return `${id} was waiting for its history`;
    case 'warming':
      return `${id} was still warming, ${seen} of ${warmup} intervals seen, so it could not act; it ${last}`;
    case 'paused':
      return `${id} was paused, so what it wanted did not count; it ${last}`;
    case 'stopped':
    case 'faulted':
      return `${id} was ${state}`;
    default:
      return `${id} was awake and ${last}${warmedLast.has(id) ? ', for that was the last interval of its warm-up' : ''}${waiting(strategy)}`;
  }
}

function waiting({ watches, alarmAt }: PictureStrategy): string {
  const parts = watches.map(
    ({ instrument, above, below }) =>
      `${instrument} ${list([...(above === null ? [] : [`at or above ${above}`]), ...(below === null ? [] : [`at or below ${below}`])])}`,
  );
  if (alarmAt !== null) parts.push(`its alarm at ${alarmAt}`);
  return parts.length === 0 ? '' : `; it waited for ${list(parts)}`;
}

function lastWake(wake: Woke, { measures, strategies }: Story): string {
  const saw = wake.conditions.map((condition) => tellCondition(condition, measures.instrumentOf(wake.strategy), measures));
  const feed = strategies.get(wake.strategy)?.subscriptions[0];
  const bars = wake.end === null || feed === undefined ? wake.why : `the ${span(feed.timeframeUs)} interval to ${clock(wake.end)}`;
  const wanted = wake.intents === 0 ? 'it wanted nothing' : `it wanted ${plural(wake.intents, 'thing')}`;
  return `last woke at ${iso(wake.at)} for ${bars} (${addressOf(wake)}): ${saw.length === 0 ? 'it stated no condition' : list(saw)}; ${wanted}`;
}

/** What was not as it should be. */
function standingOf({ gates, feeds, at, seq }: DeskPicture): Link[] {
  const shut = gates
    .filter(({ state }) => state !== 'OPEN')
    .map(({ scope, of, state, since, reasons }): Link => {
      const why = reasons.length === 0 ? '' : ` because ${list(reasons)}`;
      return { address: String(since), type: 'Gate', at, what: `${gateName(scope, of)} was ${state}${why}`, numbers: { state, since } };
    });
  const sick = feeds
    .filter(({ state }) => state !== 'HEALTHY')
    .map(({ instrument, source, state, because }): Link => {
      const what = `feed ${source} of ${instrument} was ${state}${because.length === 0 ? '' : `: ${list(because)}`}`;
      return { address: String(seq), type: 'Feed', at, what, numbers: { state } };
    });
  return [...shut, ...sick];
}

function ending({ next }: Found, { measures }: Story, { last }: Bounds): string {
  if (next === null) return `Nothing more was ordered, refused or filled until the journal ends at ${iso(last)}`;
  return `The next thing happened at ${iso(next.at)}: ${tell(next, measures).what} (${addressOf(next)})`;
}
