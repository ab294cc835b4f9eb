/**
 * A run as one PNG: equity beside buy and hold, drawdown, and the candles of the instrument it traded most, with its trades. Drawn as SVG
 * without a browser, then made pixels with the bundled font alone, so that no machine's own fonts change the bytes.
 */
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { Theme } from './palette.ts';
import { pictureSvg } from './picture.ts';

export type PngAsked = Readonly<{
  theme: Theme;
  /** Pixels across; the picture is drawn for 1280 and scaled. */
  width: number;
}>;

export const PNG_BY_DEFAULT: PngAsked = { theme: 'light', width: 1920 };

const LEAST_WIDTH = 320;
const MOST_WIDTH = 7680;

export function renderPng(result: RunResult, measures: Measures, asked: PngAsked = PNG_BY_DEFAULT): Buffer {
  return pngOf(pictureSvg(result, measures, asked.theme), asked.width);
}

/** A picture as pixels, with the bundled font alone. */
export function pngOf(svg: string, width: number): Buffer {
  if (!Number.isInteger(width) || width < LEAST_WIDTH || width > MOST_WIDTH)
    throw new RangeError(`width: ${width} is not a whole number of pixels from ${LEAST_WIDTH} to ${MOST_WIDTH}`);
  const picture = new Resvg(svg, {
    fitTo: { mode: 'width', value: width },
    font: {
      loadSystemFonts: false,
      fontFiles: FONTS.map((name) => REQUIRE.resolve(`dejavu-fonts-ttf/ttf/${name}`)),
      defaultFontFamily: 'DejaVu Sans',
    },
  });
  return picture.render().asPng();
}

const REQUIRE = createRequire(import.meta.url);
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];
