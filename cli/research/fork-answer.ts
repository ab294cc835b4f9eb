/** What a finished branch says: where it parts from its baseline and why, how far apart they go, and the money beside it. */
import { DEEDS, type Difference } from '#replay/decision-differences.ts';
import { comparisonJson, renderComparison } from '#replay/report/compare-terminal.ts';
import type { Link } from '#replay/words.ts';
import { type Answer, Refused } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import { coloursFor } from '../screen/terminal.ts';
import type { Forked, Told } from './fork-parted.ts';

const FIELDS_SHOWN = 6;
const CHAIN_SHOWN = 8;

export function forkAnswer(done: Forked | null): Answer {
  if (done === null) throw new Refused(1, ['stopped; nothing of it was kept'], 'npx retrace fork --help');
  const { parent, entry, change, differences, first, firstDeed, comparison, result } = done;
  const { same, moved, changed, onlyBaseline, onlyBranch, types } = differences;
  const { bold, dim, green, red } = coloursFor(process.stdout);
  const n = (value: number) => grouped(String(value));
  const apart = changed + onlyBaseline + onlyBranch;
  const movedText = moved === 0 ? '' : `, ${n(moved)} of them in another place under their number`;
  const lines: string[] = [];
  if (differences.first === null) lines.push(`No decision differs: all ${n(same + moved)} are the same in both${movedText}.`);
  else {
    lines.push(...parting(bold('The first difference'), differences.first, first!, dim));
    if (firstDeed !== null) lines.push('', ...parting(bold('The first thing done differently'), differences.firstDeed!, firstDeed, dim));
    if (differences.firstDeed === null) lines.push('', `Nothing is done differently: no ${DEEDS.join(', ')} differs.`);
    const most = types.slice(0, 4).map(({ type, count }) => `${n(count)} ${type}`);
    lines.push(
      '',
      `${n(apart)} decisions differ: ${n(changed)} are others, ${n(onlyBaseline)} only in the baseline, ${n(onlyBranch)} only in the branch (${most.join(', ')}); ${n(same + moved)} are the same${movedText}.`,
    );
  }
  const toldAs = (difference: Difference | null, told: Told | null) =>
    difference === null ? null : { address: difference.address, fields: fieldsNamed(difference), ...told };
  return {
    ok: true,
    fields: {
      run: entry.id,
      parent: parent.id,
      change,
      runHash: entry.runHash,
      sameDecisions: same,
      movedDecisions: moved,
      differentDecisions: { all: apart, changed, onlyBaseline, onlyBranch, types },
      first: toldAs(differences.first, first),
      firstDeed: toldAs(differences.firstDeed, firstDeed ?? first),
      equity: { baseline: parent.equity, branch: entry.equity, currency: entry.currency },
      comparison: JSON.parse(comparisonJson(comparison, result)) as unknown,
    },
    text: [
      ...lines,
      '',
      renderComparison(comparison, result, { bold, dim, green, red }).trimEnd(),
      '',
      `equity ${grouped(parent.equity)} → ${grouped(entry.equity)} ${entry.currency}`,
      `run ${entry.id}`,
      `next: npx retrace verify ${entry.id}`,
    ],
  };
}

function parting(title: string, difference: Difference, told: Told, dim: (text: string) => string): string[] {
  const causes = (links: readonly Link[]): string[] => [
    ...links.slice(1, 1 + CHAIN_SHOWN).map(({ address, what }) => dim(`    ← ${address.padEnd(12)} ${what}`)),
    ...(links.length > 1 + CHAIN_SHOWN ? [dim(`    ← and ${links.length - 1 - CHAIN_SHOWN} more`)] : []),
  ];
  const head = (name: string, links: readonly Link[]): string => `  ${name.padEnd(8)}  ${links[0]?.what ?? 'decides nothing there'}`;
  const [before, behind] = [causes(told.baseline), causes(told.branch)];
  // mostly the same things led to both
  const sides =
    before.join() === behind.join()
      ? [head('baseline', told.baseline), head('branch', told.branch), ...behind]
      : [head('baseline', told.baseline), ...before, head('branch', told.branch), ...behind];
  const [was, is] = [told.baseline[0]?.what, told.branch[0]?.what];
  // a sentence may leave out the very field in which they differ
  const fields = was === is ? fieldsNamed(difference) : [];
  return [
    `${title}: ${difference.address} at ${(told.baseline[0] ?? told.branch[0])?.at ?? 'an unknown time'}`,
    ...sides,
    ...fields.slice(0, FIELDS_SHOWN).map(({ name, baseline, branch }) => `  ${name}: ${baseline ?? 'nothing'} → ${branch ?? 'nothing'}`),
    ...(fields.length > FIELDS_SHOWN ? [`  and ${fields.length - FIELDS_SHOWN} more fields`] : []),
  ];
}

const fieldsNamed = ({ fields }: Difference) => fields.map(({ name, expected, actual }) => ({ name, baseline: expected, branch: actual }));
