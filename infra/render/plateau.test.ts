// The map of a plateau: every score is drawn once, and the same scores make the same bytes.
import { expect, test } from 'vitest';
import { type Plateau, plateauSvg } from './plateau.ts';
import { pngOf } from './png.ts';

const plateau = (scores: Plateau['scores']): Plateau => ({
  ...{ title: 'ema-cross', note: 'sharpe', x: { name: 'fast', values: [2, 4, 6] }, y: { name: 'slow', values: [8, 16] } },
  scores,
});

test('a cell a score, none where nothing was tried', () => {
  const svg = plateauSvg(
    plateau([
      [1.25, -0.5, null],
      [0.75, 2.125, 3],
    ]),
    'light',
  );
  for (const told of ['1.25', '−0.50', '0.75', '2.13', '3.00', 'fast', 'slow', 'ema-cross']) expect(svg).toContain(`>${told}<`);
});

test.each([[[[null]]], [[[0]]], [[[-1, -1]]], [[[5]]]])('%j is drawn', (scores) => {
  const picture = { ...plateau(scores), x: { name: 'a', values: scores[0]!.map((_, i) => i) }, y: { name: 'b', values: [true] } };
  const png = pngOf(plateauSvg(picture, 'dark'), 640);
  expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  expect(pngOf(plateauSvg(picture, 'dark'), 640).equals(png)).toBe(true);
});
