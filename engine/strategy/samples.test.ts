import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { strategyVersions, versionsTable } from '../../scripts/versions.mjs';
import { sha256 } from '../values.ts';
import { catalogue, SAMPLES, versionOf } from './samples.ts';

describe('the catalogue', () => {
  test('the table of versions is current: node scripts/versions.mjs writes it', () => {
    expect(readFileSync(new URL('./versions.ts', import.meta.url), 'utf8')).toBe(versionsTable());
  });

  test('every bundled strategy has a version of its own, and every version a strategy', () => {
    expect(SAMPLES.map(({ name }) => name).sort()).toEqual(Object.keys(strategyVersions()).sort());
    expect(new Set(SAMPLES.map(versionOf)).size).toBe(SAMPLES.length);
  });

  test('finds the current version by name and hash, and refuses anything else', () => {
    for (const sample of SAMPLES) {
      expect(catalogue(sample.name, versionOf(sample))).toBe(sample);
      expect(catalogue(sample.name, sha256('0'.repeat(64)))).toBeNull();
    }
    expect(catalogue('nobody', versionOf(SAMPLES[0]!))).toBeNull();
  });
});
