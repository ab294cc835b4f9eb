// Whatever is told to the ledger, in whatever order and however often, each trial counts once.
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Trial, TrialLedger } from './trials.ts';

const root = mkdtempSync(join(tmpdir(), 'trials-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const fresh = (): string => join(root, `l${++made}`);
const trial = (id: number): Trial => ({ id: `t${id}`, sharpe: id % 3 === 0 ? null : id / 7, by: 'sweep' });

test('each trial counts once, also for another process', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(12), { maxLength: 6 }), { maxLength: 6 }), (told) => {
      const folder = fresh();
      const ledger = new TrialLedger(folder);
      const tried = { strategy: 's', tapes: ['one'] };
      let added = 0;
      for (const ids of told) added += ledger.add(tried, ids.map(trial));
      const distinct = new Set(told.flat());
      const sharpes = [...distinct].flatMap((id) => trial(id).sharpe ?? []);
      const count = { count: distinct.size, sharpes: sharpes.length < 2 ? null : sharpes.sort((a, b) => a - b) }; // whoever was first
      expect(added).toBe(distinct.size);
      expect(ledger.count(tried)).toEqual(count);
      expect(new TrialLedger(folder).count(tried)).toEqual(count);
    }),
    { numRuns: 40 },
  );
});

test('strategies and tapes are counted apart; tapes together when they are asked for together', () => {
  const ledger = new TrialLedger(fresh());
  ledger.add({ strategy: 'a', tapes: ['x'] }, [trial(1), trial(2)]);
  ledger.add({ strategy: 'a', tapes: ['x', 'y'] }, [trial(2), trial(4)]);
  ledger.add({ strategy: 'b', tapes: ['x'] }, [trial(1)]);
  const count = (strategy: string, ...tapes: string[]) => ledger.count({ strategy, tapes }).count;
  expect([count('a', 'x'), count('a', 'y'), count('a', 'x', 'y'), count('b', 'x'), count('b', 'y')]).toEqual([3, 2, 3, 1, 0]);
});

test('a line that was cut off is lost alone', () => {
  const folder = fresh();
  const tried = { strategy: 'a', tapes: ['x'] };
  new TrialLedger(folder).add(tried, [trial(1), trial(2)]);
  const [file] = readdirSync(join(folder, 'a'));
  appendFileSync(join(folder, 'a', file!), '{"id":"t9","sha');
  new TrialLedger(folder).add(tried, [trial(4)]);
  expect(new TrialLedger(folder).count(tried)).toEqual({ count: 3, sharpes: [1 / 7, 2 / 7, 4 / 7] });
});
