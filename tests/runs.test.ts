// Every journal in tests/runs, recorded by this version or an older one, is derived again. `RETRACE_RECORD=1` records those still missing.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileReader } from '#infra/files/read.ts';
import { verify } from '#replay/verify.ts';
import { nodeDigest } from './replay/recorder.ts';
import { bytesIn, RUNS, recordRun, runsCatalogue } from './replay/runs.ts';

const HERE = join(dirname(fileURLToPath(import.meta.url)), 'runs');
const MOST_BYTES = 200 * 1024;

if (process.env['RETRACE_RECORD'] === '1') {
  mkdirSync(HERE, { recursive: true });
  for (const run of RUNS) if (!existsSync(join(HERE, run.name))) await recordRun(join(HERE, run.name), run);
}

const kept = existsSync(HERE)
  ? readdirSync(HERE, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  : [];

async function holds(folder: string): Promise<void> {
  const { ok, firstDivergence, obstacle, from, tail, decisions, unrecorded } = await verify(
    new FileReader({ folder, digest: nodeDigest }),
    {
      digest: nodeDigest,
      catalogue: runsCatalogue,
    },
  );
  expect({ firstDivergence, obstacle, tail, from, unrecorded }).toEqual({
    firstDivergence: null,
    obstacle: null,
    tail: null,
    from: null,
    unrecorded: 0,
  });
  expect(ok).toBe(true);
  expect(decisions).toBeGreaterThan(80);
  expect(bytesIn(folder)).toBeLessThanOrEqual(MOST_BYTES);
}

describe('the kept runs', () => {
  test('are there', () => expect(kept.length).toBeGreaterThanOrEqual(3));
  test.each(kept)('%s still verifies', (name) => holds(join(HERE, name)));
});

describe('the recipes', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'retrace-runs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(RUNS)('$name', async (run) => {
    await recordRun(join(folder, run.name), run);
    await holds(join(folder, run.name));
    await expect(recordRun(join(folder, run.name), run)).rejects.toThrow('never recorded again');
  });
});
