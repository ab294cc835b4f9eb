// The file itself: torn ends are cut, damage inside is told and nothing opened, pages are whole, an old ledger stays beside the new.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { LedgerEntry } from './exchange-state.ts';
import { LedgerCorrupt, TruthLedger } from './truth-ledger.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-truth-'));
  made.push(folder);
  return folder;
}
function opened(folder: string): { ledger: TruthLedger; entries: LedgerEntry[] } {
  const entries: LedgerEntry[] = [];
  return { ledger: new TruthLedger(folder, (entry) => entries.push(entry)), entries };
}
/** Lines of uneven lengths, with letters of more than one byte. */
function write(ledger: TruthLedger, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const n = ledger.append('note', 1_000 + index, `"text":${JSON.stringify('é'.repeat(index % 37))}`);
    if (n % 7 === 0) ledger.flush();
  }
  ledger.flush();
}

test('what was written is read back, and goes on', () => {
  const folder = newFolder();
  const first = opened(folder);
  expect(first.ledger.empty).toBe(true);
  write(first.ledger, 10);
  first.ledger.close();
  const second = opened(folder);
  expect(second.entries.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(second.ledger.next()).toBe(11);
  write(second.ledger, 1);
  second.ledger.close();
  expect(opened(folder).entries).toHaveLength(11);
});

test('cut at any byte, the whole lines are kept and the rest is gone', () => {
  const folder = newFolder();
  const { ledger } = opened(folder);
  write(ledger, 30);
  ledger.close();
  const whole = readFileSync(ledger.path);
  fc.assert(
    fc.property(fc.nat(whole.length), (length) => {
      writeFileSync(ledger.path, whole);
      truncateSync(ledger.path, length);
      const kept = whole.subarray(0, length).lastIndexOf(10) + 1;
      const again = opened(folder);
      expect(again.ledger.torn).toBe(length - kept);
      expect(again.entries).toHaveLength(whole.subarray(0, kept).toString().split('\n').length - 1);
      write(again.ledger, 2);
      again.ledger.close();
      expect(opened(folder).entries).toHaveLength(again.entries.length + 2);
    }),
    { numRuns: 60 },
  );
});

test('a last line of zeroes, as a power cut leaves it, is torn too', () => {
  const folder = newFolder();
  const { ledger } = opened(folder);
  write(ledger, 3);
  ledger.close();
  appendFileSync(ledger.path, `${'\0'.repeat(50)}\n`);
  const again = opened(folder);
  expect([again.entries.length, again.ledger.torn]).toEqual([3, 51]);
});

test('damage before the end is told by its line, and nothing is opened or changed', () => {
  const folder = newFolder();
  const { ledger } = opened(folder);
  write(ledger, 20);
  ledger.close();
  const lines = readFileSync(ledger.path, 'utf8').split('\n');
  for (const damaged of [lines.with(4, 'not JSON'), lines.toSpliced(4, 1), lines.with(4, 'null'), lines.with(4, lines[3]!)]) {
    writeFileSync(ledger.path, damaged.join('\n'));
    expect(() => opened(folder)).toThrow(LedgerCorrupt);
    expect(() => opened(folder)).toThrow('line 5');
    expect(readFileSync(ledger.path, 'utf8')).toBe(damaged.join('\n'));
  }
});

test('pages hold every entry once, from any place', () => {
  const folder = newFolder();
  const { ledger } = opened(folder);
  write(ledger, 2_600);
  const check = (from: TruthLedger) => {
    for (const start of [0, 1, 255, 256, 257, 999, 1_000, 2_599, 2_600, 9_999]) {
      const seen: number[] = [];
      for (let after: number | null = start; after !== null; ) {
        const page = from.page(after);
        expect(page.lines.length).toBeLessThanOrEqual(1_000);
        seen.push(...page.lines.map((line) => (JSON.parse(line) as LedgerEntry).n));
        after = page.next;
      }
      expect(seen).toEqual(Array.from({ length: Math.max(0, 2_600 - start) }, (_, index) => start + 1 + index));
    }
  };
  check(ledger);
  ledger.close();
  check(opened(folder).ledger);
});

test('a new ledger leaves the old ones beside it', () => {
  const folder = newFolder();
  const { ledger } = opened(folder);
  for (let round = 0; round < 3; round += 1) {
    write(ledger, round + 1);
    ledger.renew();
  }
  expect(ledger.next()).toBe(1);
  ledger.close();
  expect(readdirSync(folder).sort()).toEqual(['ledger.1.ndjson', 'ledger.2.ndjson', 'ledger.3.ndjson', 'ledger.ndjson']);
  expect(readFileSync(join(folder, 'ledger.2.ndjson'), 'utf8').trim().split('\n')).toHaveLength(2);
  const again = opened(folder).ledger;
  write(again, 1);
  again.renew();
  expect(readdirSync(folder)).toContain('ledger.4.ndjson');
});
