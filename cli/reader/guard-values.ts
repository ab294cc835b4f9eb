/** What each guard of the gate cost or saved on the day so far: played again without it. Reads the journal and changes nothing. */
import { minorText } from '#engine/decimal.ts';
import { lastEquity, SET_OFF } from '#engine/run/result.ts';
import { QuestionRefused, type Questions } from '#gateway/rest/ports.ts';
import { accountsIn } from '#replay/fork.ts';
import { GATE_VALUE_ASSUMES, gateValues, guardText, type Lift, RefusalTally } from '#replay/gate-value.ts';
import { recordedIn } from '#replay/journal-play.ts';
import { toldIn } from '../research/fork-kept.ts';
import { accountMeant, type JournalRun, type Listening, playRecorded } from '../research/journal-result.ts';
import { type OpenJournal, QuestionDropped, type Stop } from './open-journal.ts';

type Question = Questions['guardValues'];

export async function guardValuesIn(journal: OpenJournal, { account: named }: Question['asked'], stop: Stop): Promise<Question['said']> {
  const { last } = await journal.milestones();
  if (last === null) throw new QuestionRefused('the journal holds no inputs yet');
  const day = () => journal.until(last.seq, stop);
  const recorded = await recordedIn(day());
  const account = accountMeant(recorded, named, 'name one of them');
  if (accountsIn(recorded.inputs).some(({ pure }) => pure === null))
    throw new QuestionRefused(
      'an outside venue answered on this day: nobody knows what it would have answered to orders that were refused',
      null,
      'npx retrace fork <journal> --inside plays the day against the venue inside, and its report can say',
    );
  const told = toldIn(recorded);
  const play = async (listening: Partial<Listening>, lift: Lift | null): Promise<JournalRun> => {
    const inputs = lift === null ? told : told.map(lift.input);
    const played = await playRecorded(
      day(),
      recorded,
      account,
      { name: account, strategies: journal.catalogue, heard: () => !stop(), ...listening },
      inputs,
    );
    if (played === null) throw new QuestionDropped('nobody waits for it');
    return played;
  };
  const outcomeOf = ({ result }: JournalRun) => ({
    equity: lastEquity(result),
    fills: result.fills.filter(({ order }) => order !== SET_OFF).length,
  });
  const tally = new RefusalTally(account);
  const own = await play({ observer: tally.hear }, null);
  const values = await gateValues(tally, outcomeOf(own), async (lift) => outcomeOf(await play(lift, lift)));
  const { currency, currencyScale } = own.result;
  return {
    ...{ account, currency, seq: own.run.desk.seq, assumes: [...GATE_VALUE_ASSUMES] },
    items: values.map(({ guard, refused, value, moreFills }) => ({
      ...{ guard: guardText(guard), refused, moreFills },
      value: value === null ? null : minorText(value, currencyScale),
    })),
  };
}
