/** What each guard of a run cost or saved, and how that reads. Plays the run once for every guard that refused something; keeps nothing. */
import { minorText } from '#engine/decimal.ts';
import { changeText, plain } from '#engine/run/figures.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import type { AccountId } from '#engine/values.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { accountsIn } from '#replay/fork.ts';
import { GATE_VALUE_ASSUMES, type GateValue, gateValues, guardText, RefusalTally } from '#replay/gate-value.ts';
import { recordedIn } from '#replay/journal-play.ts';
import { Refused } from '../answer.ts';
import type { NamedReader } from '../compose/kafka-place.ts';
import { isBranch, readerOf, toldIn } from './fork-kept.ts';
import { accountMeant, playRecorded } from './journal-result.ts';

export type Valued = Readonly<{ reader: NamedReader; id: string; account: string | null }>;

export const valuedRun = ({ id, settings }: RunEntry): Valued => ({
  ...{ id, reader: readerOf(id), account: isBranch(settings) ? settings.account : null },
});

/** `result`: the run itself, as its report has it. */
export async function gateValuesOf({ reader, id, account: named }: Valued, result: RunResult): Promise<readonly GateValue[]> {
  const recorded = await recordedIn(reader.frames());
  const account: AccountId = accountMeant(recorded, named, `npx retrace report ${id}`);
  if (accountsIn(recorded.inputs).some(({ pure }) => pure === null))
    throw new Refused(
      2,
      [`${id} was answered by an outside venue: nobody knows what it would have answered to orders that were refused`],
      `npx retrace fork ${id} --inside`,
    );
  const tally = new RefusalTally(account);
  const told = toldIn(recorded);
  const own = (await playRecorded(reader.frames(), recorded, account, { name: id, observer: tally.hear }, told))!.result;
  if (own.runHash !== result.runHash) throw new Refused(1, [`${id} does not come out as it was recorded`], `npx retrace verify ${id}`);
  return gateValues(tally, { equity: lastEquity(own), fills: own.fills.length }, async (lift) => {
    const played = await playRecorded(reader.frames(), recorded, account, { name: id, ...lift }, told.map(lift.input));
    return { equity: lastEquity(played!.result), fills: played!.result.fills.length };
  });
}

export const gateValuesPlain = (values: readonly GateValue[], { currencyScale }: RunResult) =>
  values.map(({ value, ...row }) => ({ ...row, value: value === null ? null : minorText(value, currencyScale) }));

export function gateValueLines(values: readonly GateValue[], result: RunResult, dim: (text: string) => string): readonly string[] {
  if (values.length === 0) return ['What the gate was worth: it refused nothing.'];
  const line = (guard: string, refused: string, fills: string, value: string) =>
    `${guard.padEnd(18)}${refused.padStart(10)}${fills.padStart(14)}${value.padStart(20)}`;
  return [
    `What the gate was worth, ${result.currency}`,
    dim(line('', 'refused', 'fills without', 'value')),
    ...values.map(({ guard, refused, moreFills, value }) =>
      line(
        guardText(guard),
        plain(refused, 0),
        moreFills === null ? '–' : `${moreFills > 0 ? '+' : ''}${plain(moreFills, 0)}`,
        value === null ? 'cannot be lifted' : changeText(value, result),
      ),
    ),
    ...GATE_VALUE_ASSUMES.map((text) => dim(`· ${text}`)),
  ];
}
