/**
 * W2: bars through the desk that users run, beside the plain loop: (a) few orders, some 1,400 in a million bars; (b) an order on each bar.
 * Every fill and the equity must be those of the loop.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finish, inTurn, median, medianRatio, type Row, sized, tell } from './harness.ts';
import { fillsOf, playOne, type SaidFill, settingsOf } from './w2-desk.ts';
import { minutesBlock, plainBars, type Rule, tapeOf, w1Minutes } from './w2-market.ts';

const BARS = sized(3_000, 100_000);
const ROUNDS = sized(1, 5);
const RULES: Readonly<Record<string, Rule>> = { 'a, EMA 300/650': { fast: 300, slow: 650 }, 'b, an order on each bar': 'turn' };

const folder = mkdtempSync(join(tmpdir(), 'retrace-w2-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.env['RETRACE_HOME'] = folder;
mkdirSync(join(folder, 'tapes'));

const minutes = w1Minutes(42, BARS);
const tape = tapeOf(join(folder, 'tapes', 'w2'), minutesBlock(minutes));
const rows: Row[] = [];
for (const [name, rule] of Object.entries(RULES)) {
  const expected: SaidFill[] = [];
  const plain = plainBars(minutes, rule, (bar, lots, price) => expected.push({ bar, lots, price }));
  const settings = await settingsOf(rule, tape, join(import.meta.dirname, '..'));
  const { run, result } = await playOne(settings, tape);
  const { accounts } = run.desk.parts;
  const equal =
    result.bars === plain.bars &&
    Number(accounts.equity(accounts.all[0]!.book)) === Math.round(plain.equity * 100) &&
    JSON.stringify(fillsOf(result, minutes.time[0]!, 'bars')) === JSON.stringify(expected);
  tell(`${name}: ${result.bars} bars, ${result.fills.length} fills, ${equal ? 'equal' : `NOT those of the loop (${plain.fills})`}`);
  const times = await inTurn(ROUNDS, { plain: () => plainBars(minutes, rule), desk: () => playOne(settings, tape) });
  rows.push({
    ...{ name: `desk, ${name}`, value: BARS / median(times['desk']!) / 1e3, unit: 'k bars/s' },
    ...{ ratio: medianRatio(times['desk']!, times['plain']!), against: 'plain loop over bars', equal },
  });
}
finish('w2', rows);
