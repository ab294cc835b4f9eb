/** What verify found, for people. */
import type { VerifyProgress, VerifyResult } from '#replay/verify.ts';
import { iso } from '#replay/words.ts';
import { grouped } from './desk-screen.ts';
import { coloursFor, isTerminal } from './terminal.ts';

const n = (value: number): string => grouped(String(value));

/** `elsewhere`: what to say of numbers that are not in the folder. */
export function verdictLines(result: VerifyResult, place: string, elsewhere: readonly string[] = []): string[] {
  const colours = coloursFor(process.stdout);
  const { ok, decisions, ticks, seq, checkpoints, firstDivergence, obstacle, runHash, chain, tail, unrecorded, skippedFrames, from } =
    result;
  const about = `${n(ticks)} ticks, ${n(decisions)} decisions, ${n(checkpoints)} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'} compared, up to number ${n(seq)}`;
  const lines: string[] = [];
  if (ok && from === seq)
    lines.push(`Nothing to compare. ${place}: behind the checkpoint at ${n(from)}, which is believed, stands no input.`);
  else if (ok)
    lines.push(
      `${colours.green(tail === null ? 'The same.' : 'The same, up to a damaged end.')} ${place}: ${about}${from === null ? '' : `, from number ${n(from + 1)} on; the checkpoint before it is believed`}.`,
    );
  lines.push(...elsewhere.map((line) => `  ${line}`));
  if (firstDivergence !== null) {
    const { address, cause, fields, place: where, chain: causes } = firstDivergence;
    lines.push(
      `${colours.red('Not the same.')} ${place}: the first difference is at ${address}.`,
      `  ${cause}`,
      `  found in ${where}; ${n(result.mismatches)} in all`,
    );
    const width = Math.max(5, ...fields.map(({ name }) => name.length));
    if (fields.length > 0) lines.push('', `  ${'field'.padEnd(width)}  journal → desk`);
    for (const { name, expected, actual } of fields)
      lines.push(`  ${name.padEnd(width)}  ${expected ?? '(nothing)'} → ${actual ?? '(nothing)'}`);
    if (causes.length > 0) lines.push('', '  what led there:');
    for (const link of causes) lines.push(`    ${link.address.padEnd(14)} ${link.what}`);
  }
  if (obstacle !== null)
    lines.push(`${colours.red('It cannot be verified to its end.')} ${place}, ${about}.`, `  ${obstacle.place}: ${obstacle.message}`);
  if (tail !== null)
    lines.push(
      `  The last bytes are no whole frame (${tail.why} at ${tail.place}): cut off by a crash, or altered: from here the two cannot be told apart. What stands before it, up to number ${n(seq)} at ${iso(result.at)}, is above.`,
    );
  if (unrecorded > 0)
    lines.push(`  ${n(unrecorded)} decisions of the last inputs are not in the journal: a crash came between. Opening it writes them.`);
  if (skippedFrames > 0) lines.push(`  ${n(skippedFrames)} frames of a process that had lost the journal were passed over.`);
  lines.push(`run   ${runHash}`, `chain ${chain}`);
  const next = firstDivergence === null ? `npx retrace journal show ${place}` : `npx retrace explain ${place} ${firstDivergence.address}`;
  return [...lines, `next: ${next}`];
}

/** A line on stderr that renews itself in a terminal, or one every few seconds. */
export function progressLine(json: boolean): Readonly<{ tell: (progress: VerifyProgress) => void; end: () => void }> {
  const { say, end } = renewingLine(json);
  return {
    tell: ({ ticks, decisions, at }) => say(() => `${n(ticks)} ticks, ${n(decisions)} decisions compared, ${iso(at).slice(0, 19)}Z`),
    end,
  };
}

/** For long work: asked for its words only when it is time to say them. */
export function renewingLine(json: boolean): Readonly<{ say: (line: () => string) => void; end: () => void }> {
  const live = isTerminal(process.stderr) && !json;
  let saidAt = performance.now();
  let said = false;
  return {
    say(line) {
      const now = performance.now();
      if (now - saidAt < (live ? 200 : 5_000)) return;
      saidAt = now;
      said = true;
      process.stderr.write(live ? `\r${line()}\x1b[K` : `${line()}\n`);
    },
    end() {
      if (live && said) process.stderr.write('\r\x1b[K');
    },
  };
}
