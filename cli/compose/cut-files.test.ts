// Two hundred real journals, each cut or damaged at a byte of its own, opened and played to the end: all reach the uninterrupted hash.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { randomStream } from '#engine/random.ts';
import { openDemo } from './demo-desk.ts';
import { DEMO_STANDARD } from './demo-settings.ts';

const JOURNALS = 200;
const TICKS = 2_000;
const home = mkdtempSync(join(tmpdir(), 'retrace-cut-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function played(path: string) {
  const demo = await openDemo(path, DEMO_STANDARD, null);
  await demo.play(Number.POSITIVE_INFINITY, TICKS);
  expect(demo.halted()).toBeNull();
  await demo.live.close();
  return { runHash: demo.live.run.runHash(), stateHash: demo.live.run.stateHash() };
}

test(`${JOURNALS} files cut, zeroed or filled with garbage from a random byte resume to the end`, { timeout: 180_000 }, async () => {
  const original = join(home, 'original');
  const whole = await played(original);
  const [segment] = readdirSync(original).filter((name) => name.endsWith('.seg'));
  const bytes = readFileSync(join(original, segment!));
  const stream = randomStream(2026, 'cuts');
  for (let i = 0; i < JOURNALS; i++) {
    const copy = join(home, `copy-${i}`);
    cpSync(original, copy, { recursive: true });
    const at = stream.between(1, bytes.length - 1);
    const damaged = Buffer.from(bytes.subarray(0, i % 3 === 0 ? at : bytes.length));
    if (i % 3 === 1) damaged.fill(0, at);
    if (i % 3 === 2) for (let byte = at; byte < damaged.length; byte++) damaged[byte] = stream.below(256);
    writeFileSync(join(copy, segment!), damaged);
    expect(await played(copy), `journal ${i}, damaged from byte ${at}`).toEqual(whole);
    rmSync(copy, { recursive: true });
  }
});
