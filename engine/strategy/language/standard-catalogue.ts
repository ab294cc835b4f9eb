/** The indicators that documents may name: all of engine/indicators. */
import { INDICATORS, indicatorNamed } from '../../indicators/entries.ts';
import type { Catalogue } from './check.ts';

export const STANDARD_CATALOGUE: Catalogue = { find: indicatorNamed, names: INDICATORS.map(({ name }) => name) };
