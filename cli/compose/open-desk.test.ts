// A journal of many segments, opened again and again; and one that says something else than the desk.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { chainHead, decodeFrame, encodeFrame } from '#engine/journal/frame-codec.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { decodeDecisions, RecordWriter } from '#engine/journal/record-codec.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import { verify } from '#replay/verify.ts';
import { openDemo } from './demo-desk.ts';
import { DEMO_STANDARD } from './demo-settings.ts';
import { nodeDigest } from './digest.ts';
import { journalNamed } from './journal-reader.ts';

const made: string[] = [];
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'retrace-open-'));
  made.push(path);
  return path;
}
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

const bytesIn = (path: string): number => readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

async function playedTo(ticks: number, path: string, segmentBytes?: number) {
  const demo = await openDemo(path, DEMO_STANDARD, null, segmentBytes === undefined ? {} : { segmentBytes });
  await demo.play(Number.POSITIVE_INFINITY, ticks);
  expect(demo.halted()).toBeNull();
  await demo.live.close();
  return { runHash: demo.live.run.runHash(), stateHash: demo.live.run.stateHash(), counts: demo.live.run.counts };
}

describe('a journal opened again', () => {
  test('in many segments and three sittings it comes to the same, and each segment verifies alone', async () => {
    const whole = await playedTo(30_000, folder());
    const cut = folder();
    for (const ticks of [9_000, 20_001, 30_000]) {
      const reached = await playedTo(ticks, cut, 50_000);
      if (ticks === 30_000) expect(reached).toEqual(whole);
    }
    const segments = readdirSync(cut).filter((name) => name.endsWith('.seg'));
    expect(segments.length).toBeGreaterThan(3);
    for (const name of [...segments.slice(0, 3), segments.at(-1)!]) {
      const result = await verify(journalNamed(join(cut, name)).reader, { digest: nodeDigest, catalogue });
      expect(result, name).toMatchObject({ ok: true, mismatches: 0 });
    }
    expect(await verify(journalNamed(cut).reader, { digest: nodeDigest, catalogue })).toMatchObject({ ok: true, runHash: whole.runHash });
  });

  test('a state larger than the smallest segment does not make the journal much larger than one of a single segment', async () => {
    const [whole, cut] = [folder(), folder()];
    await playedTo(300_000, whole);
    await playedTo(300_000, cut, 2 ** 20);
    expect(readdirSync(cut).length).toBeGreaterThan(1);
    expect(bytesIn(cut)).toBeLessThan(1.5 * bytesIn(whole));
  });

  test('a decision that the desk does not make refuses to open, and is named', async () => {
    const path = folder();
    await playedTo(5_000, path);
    const address = forgeOneDecision(path);
    await expect(openDemo(path, DEMO_STANDARD, null)).rejects.toMatchObject({ name: 'WillNotOpen', divergence: { address } });
    await expect(openDemo(path, DEMO_STANDARD, null)).rejects.toThrow('was not opened'); // the lock was given back
  });
});

/** Changes one closed candle and chains everything behind it anew, as a careful forger would; without the checkpoint at the end. */
function forgeOneDecision(path: string): string {
  const file = join(path, readdirSync(path).find((name) => name.endsWith('.seg'))!);
  const bytes = readFileSync(file);
  const parts: Uint8Array[] = [];
  let address = '';
  let head: Uint8Array = new Uint8Array(32);
  for (let at = 0; at < bytes.length; ) {
    const found = decodeFrame(bytes, at);
    if (!found.ok) throw new Error(found.why);
    at += found.length;
    let { frame } = found;
    if (frame.kind === 'checkpoint' || frame.kind === 'closed') continue;
    if (frame.kind === 'decisions' && address === '') {
      const writer = new RecordWriter();
      for (const decision of decodeDecisions(frame.payload)) {
        const forged = decision.type === 'CandleClosed' && address === '';
        if (forged) address = `${decision.cause}.${decision.index}`;
        writer.decision(forged ? { ...decision, close: decision.close + 1 } : decision);
      }
      frame = frameOf(frame.desk, frame.epoch, frame.first, { kind: 'decisions', bytes: writer.take() });
    }
    const encoded = encodeFrame(frame, head);
    head = chainHead(nodeDigest, head, encoded);
    parts.push(encoded);
  }
  writeFileSync(file, Buffer.concat(parts));
  return address;
}
