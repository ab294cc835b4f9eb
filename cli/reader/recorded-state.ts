/** Why, and the whole desk at a number or a moment: derived from the journal by the same desk. And what an account was worth over all of it. */
import { measure } from '#engine/portfolio/metrics/measure.ts';
import { QuestionRefused, type Questions } from '#gateway/rest/ports.ts';
import { explain } from '#replay/explain.ts';
import { recordedIn } from '#replay/journal-play.ts';
import { momentOf } from '#replay/moment.ts';
import { metricJson, moneyOf } from '#replay/report/json.ts';
import { stateAt } from '#replay/state-at.ts';
import { iso } from '#replay/words.ts';
import { nodeDigest } from '../compose/digest.ts';
import { accountMeant, playRecorded } from '../research/journal-result.ts';
import { type OpenJournal, QuestionDropped, type Stop } from './open-journal.ts';

type Asked<Name extends keyof Questions> = Questions[Name]['asked'];
type Said<Name extends keyof Questions> = Questions[Name]['said'];

/** Ends where nobody waits any more, whoever reads. */
const stopping = (journal: OpenJournal, stop: Stop) => ({
  frames: (from = 0, fromCheckpoint = false) => journal.frames(from, fromCheckpoint, stop),
  follow: () => {
    throw new Error('a question has an end');
  },
});

export async function explained(journal: OpenJournal, { what }: Asked<'explain'>, stop: Stop): Promise<Said<'explain'>> {
  const said = await explain(stopping(journal, stop), what, { digest: nodeDigest, catalogue: journal.catalogue });
  return { ...said, chain: said.chain.map((link) => ({ ...link, numbers: { ...link.numbers } })) };
}

export async function stateOf(journal: OpenJournal, { seq, at }: Asked<'state'>, stop: Stop): Promise<Said<'state'>> {
  const { first, last } = await journal.milestones();
  if (first === null || last === null) throw new QuestionRefused('the journal holds no inputs yet');
  const holds = `the journal holds numbers ${first.seq} to ${last.seq}, from ${iso(first.at)} to ${iso(last.at)}`;
  let where: { seq: number } | { at: number } = { seq: last.seq };
  if (seq !== null) {
    if (seq < first.seq - 1 || seq > last.seq) throw new QuestionRefused(`${seq} lies outside`, 'seq', holds);
    where = { seq };
  } else if (at !== null) {
    const moment = momentOf(at, { first: first.at, last: last.at, firstSeq: first.seq, seq: last.seq });
    if (moment === null)
      throw new QuestionRefused(`${JSON.stringify(at)} is no moment`, 'at', 'like 10:32, 10:32:05, 2026-01-05T10:32:00Z or µs');
    if (moment.to <= first.at || moment.from > last.at) throw new QuestionRefused(`${at} lies outside`, 'at', holds);
    where = { at: Math.max(moment.from, first.at) };
  }
  const found = await stateAt(stopping(journal, stop), where, { digest: nodeDigest, catalogue: journal.catalogue });
  const { picture } = found;
  return {
    ...{ seq: found.seq, at: found.at, stateHash: found.stateHash, runHash: found.runHash },
    picture: JSON.parse(JSON.stringify(picture)) as Said<'state'>['picture'],
  };
}

/** The journal is played from its first number: figures of a whole are of all of it. */
export async function metricsOf(
  journal: OpenJournal,
  { account }: Asked<'portfolioMetrics'>,
  stop: Stop,
): Promise<Said<'portfolioMetrics'>> {
  const recorded = await recordedIn(journal.frames(0, false, stop));
  const whose = accountMeant(recorded, account, 'name one of them');
  const played = await playRecorded(journal.frames(0, false, stop), recorded, whose, {
    ...{ name: whose, strategies: journal.catalogue, heard: () => !stop() },
  });
  if (played === null) throw new QuestionDropped('nobody waits for it');
  const { result, run } = played;
  const money = moneyOf(result);
  const measures = measure(result);
  return {
    ...{ account: whose, from: iso(result.from), to: iso(result.to), seq: run.desk.seq },
    metrics: measures.groups.flatMap((group) => group.metrics.map((metric) => metricJson(group, metric, money))),
  };
}
