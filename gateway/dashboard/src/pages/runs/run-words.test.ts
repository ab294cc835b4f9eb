// What is told of a run in words: nothing that is not there becomes a number, and a command that is not whole says what it lacks.
import { expect, test } from 'vitest';
import { commandsOf, percentText, plainText, setText, spanText } from './run-words.ts';

test('figures that do not exist stay none', () => {
  expect([percentText(null), percentText(undefined), plainText(null)]).toEqual([null, null, null]);
  expect([percentText(0), percentText(-0.1234), plainText(1.005, 1), setText({ fast: 5, short: true })]).toEqual([
    '0.00 %',
    '-12.34 %',
    '1.0',
    'fast=5 short=true',
  ]);
  expect(spanText({ from: '2022-01-01T00:00:00Z', to: '2022-02-01T00:00:00Z' })).toBe('2022-01-01 to 2022-02-01');
});

test('a branch has no command of its own; one that lacks what files said, says so', () => {
  const again = { command: 'npx retrace backtest ema-cross --tape a', missing: ['--funding'] };
  const [first] = commandsOf({ run: 'r', kind: 'backtest', again });
  expect([first!.command, first!.note]).toEqual([again.command, expect.stringContaining('--funding')]);
  expect(commandsOf({ run: 'r', kind: 'backtest', again: { ...again, missing: [] } })[0]!.note).toBeNull();
  expect(commandsOf({ run: 'r', kind: 'fork', again: null }).every(({ command }) => !command.includes('backtest'))).toBe(true);
});
