// What is typed into the dialog of a branch is what the gateway takes, or a fault that says what is missing.
import { expect, test } from 'vitest';
import { replayForkAsked } from '#gateway/contracts/replays.ts';
import { type ChangeRow, changeOf } from './fork-change.ts';

const NOBODY = { of: '', account: '' };
const rows = (...typed: [ChangeRow['kind'], string, string][]): ChangeRow[] =>
  typed.map(([kind, name, value], id) => ({ id, kind, name, value }));

test('all that a branch can change is taken at once, and the gateway takes it', () => {
  const made = changeOf(
    rows(
      ['parameter', 'slow', '30'],
      ['parameter', 'loud', 'true'],
      ['parameter', 'side', 'long'],
      ['limit', 'maxPositionLots', 'none'],
      ['fee', '', '10'],
      ['maker fee', '', '-0.5'],
      ['latency', '', 'seeded:20ms..200ms:7'],
      ['strategy', '', 'breakout'],
      ['leave out', '', '12 - 15'],
      ['leave out', '', '20'],
    ),
    { of: 'paper', account: 'paper' },
  );
  if ('fault' in made) throw new Error(made.fault);
  expect(made.change).toEqual({
    ...{ set: { slow: 30, loud: true, side: 'long' }, limits: { maxPositionLots: 'none' }, fee: '10', makerFee: '-0.5' },
    ...{ latency: 'seeded:20ms..200ms:7', strategy: 'breakout', of: 'paper', account: 'paper' },
    drop: [
      [12, 15],
      [20, 20],
    ],
  });
  expect(replayForkAsked.parse({ change: made.change })).toEqual({ change: made.change });
});

test('what is missing is named, and a branch that changes nothing is none', () => {
  expect(changeOf([], NOBODY)).toHaveProperty('fault');
  expect(changeOf(rows(['parameter', '', '']), NOBODY)).toEqual({ fault: 'nothing is another yet: say what the branch changes' });
  expect(changeOf(rows(['parameter', 'slow', '']), NOBODY)).toEqual({ fault: 'parameter slow: what should it be?' });
  expect(changeOf(rows(['parameter', '', '30']), NOBODY)).toEqual({ fault: 'parameter: which one?' });
  expect(changeOf(rows(['leave out', '', 'x']), NOBODY)).toEqual({ fault: 'leave out: numbers such as 1200-1260' });
});
