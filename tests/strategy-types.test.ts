// What an editor is told of retrace/strategy is what the sources say.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { strategyTypes, TYPES } from '../scripts/strategy-types.mjs';

test('types/strategy.d.ts is what scripts/strategy-types.mjs writes', () => {
  expect(readFileSync(TYPES, 'utf8'), 'run: node scripts/strategy-types.mjs').toBe(strategyTypes());
});
