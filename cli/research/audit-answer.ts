/** What an audit found: a row a question, the failed ones with why they are asked. */
import { type Answer, Refused } from '../answer.ts';
import { coloursFor } from '../screen/terminal.ts';
import type { Audited } from './audit-session.ts';

export function auditAnswer(done: Audited | null): Answer {
  if (done === null) throw new Refused(1, ['stopped: no verdict'], 'npx retrace audit --help');
  const { entry, rows, plays } = done;
  const { green, red, dim, bold } = coloursFor(process.stdout);
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const [failed, silent] = [count('failed'), count('silent')];
  const width = Math.max(...rows.map(({ check }) => check.length));
  const marks = { passed: green('passed'), failed: red('failed'), silent: dim('silent') };
  return {
    ok: failed === 0,
    fields: { run: entry.id, passed: count('passed'), failed, silent, plays, checks: rows },
    text: [
      bold(
        `${entry.id}: ${failed === 0 ? 'nothing failed' : `${failed} of ${rows.length} failed`}${silent === 0 ? '' : `, ${silent} say nothing`}`,
      ),
      ...rows.flatMap(({ check, verdict, said, why }) => [
        `  ${marks[verdict]}  ${check.padEnd(width)}  ${said}`,
        ...(verdict === 'failed' ? [dim(`          ${''.padEnd(width)}  why it is asked: ${why}`)] : []),
      ]),
      `next: npx retrace ${failed === 0 ? 'report' : 'explain'} ${entry.id}${failed === 0 ? '' : ` ${String(rows.find(({ numbers }) => numbers['address'] !== undefined)?.numbers['address'] ?? entry.ticks)}`}`,
    ],
  };
}
