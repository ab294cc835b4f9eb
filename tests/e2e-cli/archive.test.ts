// The drill of docs/journal.md, with real processes: a desk trades on while its older segments go into an archive, the archiver is killed at any
// moment, the folder is lost, and what comes back from the archive and the newest part is the whole run, hash for hash.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDemo } from '#cli/compose/demo-desk.ts';
import { DEMO_STANDARD, type DemoSettings, demoDeskId } from '#cli/compose/demo-settings.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import { randomStream } from '#engine/random.ts';
import { readManifest } from '#infra/files/archive-manifest.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { openStored } from '#infra/files/packed.ts';
import { checkSegment } from '#infra/files/segment-check.ts';
import { segmentsIn } from '#infra/files/segments.ts';
import { build, documentOf, Homes, retrace, start } from './run.ts';

const TICKS = 12_000;
/** So many turns of the desk make a segment. */
const TURNS = 3;
const KILLS = 8;
const SEED = Number(process.env['RETRACE_KILL_SEED'] ?? 1);
const SPEED = 1e6; // frames of a watched run
/** A desk that trades from the first minute on. */
const SETTINGS: DemoSettings = { ...DEMO_STANDARD, strategies: ['ema-cross'], set: { fast: 2, slow: 5 }, timeframeUs: 1_000_000 };
const FLAGS = ['--strategy', 'ema-cross', '--set', 'fast=2', '--set', 'slow=5', '--timeframe', '1s'];
const DESK = demoDeskId(SETTINGS);
const homes = new Homes();
let twin = { seq: 0, runHash: '', stateHash: '' };
/** A journal of many segments that is never touched, and how many numbers it holds. */
let original = '';
let numbers = 0;

async function played(folder: string, ticks: number, meanwhile: () => unknown = () => {}) {
  const demo = await openDemo(folder, SETTINGS, null);
  let turns = 0;
  demo.live.journal.wantsNewSegment = () => ++turns % TURNS === 0; // its state is larger than so short a journal: by size it would be one segment
  const playing = demo.play(SPEED, ticks);
  await meanwhile();
  await playing;
  expect(demo.halted()).toBeNull();
  await demo.live.close();
  return { seq: demo.live.run.desk.seq, runHash: demo.live.run.runHash(), stateHash: demo.live.run.stateHash() };
}

beforeAll(async () => {
  await build();
  const whole = await openDemo(join(homes.make(), 'twin'), SETTINGS, null);
  await whole.play(Number.POSITIVE_INFINITY, TICKS);
  await whole.live.close();
  twin = { seq: whole.live.run.desk.seq, runHash: whole.live.run.runHash(), stateHash: whole.live.run.stateHash() };
  original = join(homes.make(), 'original');
  expect(await played(original, TICKS)).toEqual(twin);
  numbers = twin.seq;
  expect(segments(original).length).toBeGreaterThan(6);
});
afterAll(() => homes.remove());

const segments = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort();

/** Numbers that are whole in the journal, or whole in a file that the archive's manifest names. */
async function inAVerifiedPlace(folder: string, archive: string): Promise<string> {
  const found = new Set<number>();
  const add = ({ first, last }: { first: number; last: number }) => {
    for (let number = first; number <= last; number++) found.add(number);
  };
  for (const segment of await segmentsIn(nodeDisk, folder)) {
    const file = await nodeDisk.open(segment.path, 'read');
    add(await checkSegment(file, segment, null, nodeDigest).finally(() => file.close()));
  }
  for (const { name, index, first, file, bytes, sha256 } of (await readManifest(nodeDisk, archive))?.segments ?? []) {
    const path = join(archive, file.name);
    const stored = await openStored(nodeDisk, path, file.name, bytes);
    const content = await checkSegment(stored, { name, path, index, first }, null, nodeDigest).finally(() => stored.close());
    expect(content.sha256).toBe(sha256);
    add(content);
  }
  for (let number = 1; number <= found.size; number++) if (!found.has(number)) return `number ${number} is nowhere`;
  return `1 to ${found.size}`;
}

test('the drill: archived while the desk trades and between its runs, the folder lost, everything back', { timeout: 180_000 }, async () => {
  const home = homes.make();
  const folder = join(home, 'journals', 'demo-7');
  const archive = join(home, 'cold');
  await played(folder, 6_000);
  const first = documentOf(await retrace(['journal', 'archive', folder, '--to', archive, '--remove', '--json'], home));
  expect(first).toMatchObject({ ok: true, command: 'journal archive', desk: DESK, present: [] });
  expect(segments(folder)).toEqual(first['stay']);
  const { last } = first['numbers'] as { last: number };

  // what is left verifies from its first checkpoint on, says where the rest is, and a desk goes on with it
  const part = await retrace(['verify', folder], home);
  expect(part.code, part.stderr).toBe(0);
  expect(part.stdout).toMatch(new RegExp(`Nothing to compare|from number ${grouped(last + 1)} on`));
  expect(part.stdout).toContain(
    `Numbers 1 to ${grouped(last)} are archived in cold; npx retrace journal restore cold --to journals/demo-7 brings them back.`,
  );

  // in another process, while the desk trades
  let during = { code: null as number | null, stderr: 'never ran' };
  const { seq } = await played(folder, 9_000, async () => {
    during = await retrace(['journal', 'archive', folder, '--to', archive, '--remove', '--compress'], home);
  });
  expect(during.code, during.stderr).toBe(0);
  expect(await inAVerifiedPlace(folder, archive)).toBe(`1 to ${seq}`);
  await played(folder, TICKS);
  const lastly = await retrace(['journal', 'archive', folder, '--to', archive, '--remove'], home);
  expect(lastly.code, lastly.stderr).toBe(0);
  expect(lastly.stdout).toMatch(/next: npx retrace verify \S+\n$/);

  // the newest part is saved, the folder is lost
  const saved = join(home, 'saved');
  mkdirSync(saved);
  for (const name of segments(folder)) copyFileSync(join(folder, name), join(saved, name));
  rmSync(folder, { recursive: true });
  const again = join(home, 'again');
  const restored = documentOf(await retrace(['journal', 'restore', archive, '--to', again, '--json'], home));
  expect(restored).toMatchObject({ ok: true, begins: true, joined: false, present: [] });
  for (const name of segments(saved)) copyFileSync(join(saved, name), join(again, name));

  const verified = documentOf(await retrace(['verify', again, '--json'], home));
  expect(verified).toMatchObject({ ok: true, mismatches: 0, from: null, elsewhere: null, runHash: twin.runHash, clean: true });
  const [state, check, explained] = await Promise.all([
    retrace(['state', again, '--json'], home),
    retrace(['journal', 'check', again, '--json'], home),
    retrace(['explain', again, '00:00:30', '--json'], home),
  ]);
  expect(documentOf(state)).toMatchObject({ ok: true, runHash: twin.runHash, stateHash: twin.stateHash });
  expect(documentOf(check)).toMatchObject({ ok: true, first: 1, seq: numbers });
  expect(documentOf(explained)).toMatchObject({ ok: true, elsewhere: null });
  // and it trades on
  const longer = await played(again, TICKS + 5_000);
  expect(documentOf(await retrace(['demo', ...FLAGS, '--ticks', String(TICKS + 5_000), '--json'], homes.make()))).toMatchObject(longer);
});

test(`an archiver killed up to ${KILLS} times loses nothing, and the next one goes on (seed ${SEED})`, { timeout: 180_000 }, async () => {
  const chance = randomStream(SEED, 'archiver kills');
  for (const compress of [false, true]) {
    const home = homes.make();
    const [folder, archive] = [join(home, 'journal'), join(home, 'cold')];
    cpSync(original, folder, { recursive: true });
    const args = ['journal', 'archive', folder, '--to', archive, '--remove', ...(compress ? ['--compress'] : [])];
    const seen = () => `${existsSync(archive) ? readdirSync(archive) : ''}|${readdirSync(folder)}`;
    let killed = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, ended } = start(args, home);
      const over = () => child.exitCode !== null || child.signalCode !== null;
      // after so many changes in either folder, and then perhaps a moment later
      let before = seen();
      for (let left = 1 + chance.below(4); left > 0 && !over(); ) {
        const now = seen();
        if (now !== before) left--;
        before = now;
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (let turns = chance.below(40); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      child.kill('SIGKILL');
      const { signal, code, stderr } = await ended;
      if (signal === 'SIGKILL') killed++;
      else expect(code, stderr).toBe(0);
      expect(await inAVerifiedPlace(folder, archive), `kill ${kill}`).toBe(`1 to ${numbers}`);
      if (signal !== 'SIGKILL') break;
    }
    expect(killed).toBeGreaterThan(2);
    const whole = await retrace([...args, '--json'], home);
    expect(documentOf(whole), whole.stderr).toMatchObject({ ok: true });
    expect(segments(folder)).toEqual(documentOf(whole)['stay']); // the newest, and what holds the last cursor
    expect(segments(folder).length).toBeLessThan(3);
    expect(readdirSync(archive).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await inAVerifiedPlace(folder, archive)).toBe(`1 to ${numbers}`);
    expect(documentOf(await retrace(['journal', 'restore', archive, '--to', folder, '--json'], home))).toMatchObject({
      joined: true,
      begins: true,
    });
    expect(documentOf(await retrace(['verify', folder, '--json'], home))).toMatchObject({ ok: true, runHash: twin.runHash });
  }
});

const grouped = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

describe('a journal whose beginning was archived', () => {
  const home = homes.make();
  const folder = join(home, 'journals', 'demo-7');
  const archive = join(home, 'cold');
  let begins = 0;

  beforeAll(async () => {
    cpSync(original, folder, { recursive: true });
    const ran = await retrace(['journal', 'archive', 'demo-7', '--to', archive, '--keep', '3', '--remove'], home);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('3 segments are in journals/demo-7.');
    begins = Number(segments(folder)[0]!.slice(0, 16));
  });

  test('ls, show, check, verify, replay and state say from which number on, and where the rest is', async () => {
    const rest = `Numbers 1 to ${grouped(begins - 1)} are archived in cold`;
    const [list, show, check, verify, replay, state] = await Promise.all(
      [
        ['journal', 'ls'],
        ['journal', 'show', folder],
        ['journal', 'check', folder],
        ['verify', folder],
        ['replay', folder],
        ['state', folder],
      ].map((args) => retrace(args, home)),
    );
    for (const { code, stderr } of [list!, show!, check!, verify!, replay!, state!]) expect(code, stderr).toBe(0);
    expect(list!.stdout).toContain(`${grouped(begins)} to ${grouped(numbers)}`);
    expect(list!.stdout).toContain('demo'); // what it was begun with is still known
    expect(show!.stdout).toContain(`numbers ${grouped(begins)} to ${grouped(numbers)} in`);
    expect(show!.stdout).toContain('"run": "demo"');
    expect(check!.stdout).toContain(`the chain is whole`);
    expect(verify!.stdout).toMatch(new RegExp(`The same\\..* from number ${grouped(begins)} on; the checkpoint before it is believed`));
    for (const { stdout } of [show!, check!, verify!, state!]) expect(stdout).toContain(rest);
    for (const { stdout } of [verify!, replay!, state!]) expect(stdout).toContain(twin.runHash);
  });

  test('what stands before it is refused, with the range and the archive', async () => {
    const range = `holds numbers ${grouped(begins)} to ${grouped(numbers)}, from 2026-01-05T`;
    const ran = await Promise.all(
      [
        ['state', folder, '--at', '100'],
        ['state', folder, '--at', '00:00:01'],
        ['journal', 'show', folder, '--from', '100'],
        ['replay', folder, '--from', '100'],
        ['replay', folder, '--to', '00:00:01'],
      ].map((args) => retrace(args, home)),
    );
    for (const { code, stderr } of ran) {
      expect(code, stderr).toBe(2);
      expect(stderr).toContain(range);
      expect(stderr).toContain('are archived in cold');
    }
    const explained = await Promise.all(['100', '100.1'].map((what) => retrace(['explain', folder, what], home)));
    for (const { code, stdout } of explained) {
      expect(code).toBe(1);
      expect(stdout).toContain(`it holds numbers ${begins} to ${numbers}`);
      expect(stdout).toContain('are archived in cold');
    }
    const moment = await retrace(['explain', folder, '00:00:01'], home);
    expect(moment.stdout).toContain('The journal holds nothing at 2026-01-05T00:00:01Z: it runs from');
  });

  test('what became of an order that was approved before says so', async () => {
    const whole = documentOf(await retrace(['journal', 'show', original, '--from', '1', '--count', '100000', '--json'], home));
    const borders = segments(original).map((name) => Number(name.slice(0, 16)));
    const across = (whole['decisions'] as { address: string; what: string; type: string }[]).flatMap(({ address, what, type }) => {
      const approved = Number(/order (\d+)\.\d+/.exec(what)?.[1] ?? address.split('.')[0]);
      const border = borders.find((first) => approved < first && first <= Number(address.split('.')[0]));
      return ['OrderFilled', 'OrderMoved'].includes(type) && border !== undefined ? [{ address, border, approved }] : [];
    });
    expect(across.length).toBeGreaterThan(0);
    const [{ address, border, approved }] = across as [(typeof across)[number]];
    const all = join(home, 'all');
    expect((await retrace(['journal', 'archive', original, '--to', all], home)).code).toBe(0);
    expect((await retrace(['journal', 'restore', all, '--to', join(home, 'later'), '--from', String(border)], home)).code).toBe(0);
    const { stdout, code } = await retrace(['explain', join(home, 'later'), address], home);
    expect(code).toBe(0);
    expect(stdout).toContain(
      `Its order was approved at number ${approved}; the journal begins behind number ${border - 1}, what lies before was moved away.`,
    );
  });

  test('a desk goes on with it, knowing what it was begun with; one that nobody can know is refused', async () => {
    const lost = join(home, 'lost');
    cpSync(folder, lost, { recursive: true });
    rmSync(join(lost, 'archived.json'));
    const [on, refused, other] = await Promise.all([
      retrace(['demo', '--journal', folder, '--ticks', String(TICKS + 2_000), '--json'], home),
      retrace(['demo', '--journal', lost, '--ticks', '70000'], home),
      retrace(['demo', '--journal', folder, '--seed', '9', '--ticks', '70000'], home),
    ]);
    expect(documentOf(on)).toMatchObject({ ok: true, resumed: true, seed: 7 });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('stands in its first segment, which is not here');
    expect(refused.stderr).toContain('nothing says where to');
    expect(other.stderr).toMatch(/begun with seed 7, not 9/);
  });

  test('no desk writes into an archive; it reads like a journal, or says how it could', async () => {
    const packed = join(home, 'packed');
    await retrace(['journal', 'archive', original, '--to', packed, '--compress'], home);
    const [write, read, compressed] = await Promise.all([
      retrace(['demo', '--journal', archive, '--ticks', '70000'], home),
      retrace(['verify', archive], home),
      retrace(['verify', packed], home),
    ]);
    expect([write.code, read.code, compressed.code]).toEqual([2, 0, 2]);
    expect(write.stderr).toContain('is an archive, and no desk writes into it');
    expect(compressed.stderr).toContain('next: npx retrace journal restore packed --to <folder>');
  });

  test('refusals name what is wrong: the place, another desk, a hole, a number, a segment that does not verify', async () => {
    const other = join(home, 'other');
    expect((await retrace(['demo', '--ticks', '3000', '--seed', '8', '--journal', other], home)).code).toBe(0);
    const damaged = join(home, 'damaged');
    cpSync(original, damaged, { recursive: true });
    const hit = join(damaged, segments(damaged)[2]!);
    const bytes = readFileSync(hit);
    bytes[bytes.length - 200]! ^= 1;
    writeFileSync(hit, bytes);
    const ran = await Promise.all(
      [
        ['journal', 'archive', folder, '--to', join(folder, 'old')],
        ['journal', 'archive', folder, '--to', home],
        ['journal', 'archive', other, '--to', archive],
        ['journal', 'restore', archive, '--to', join(home, 'x'), '--from', String(numbers + 1)],
        ['journal', 'restore', folder, '--to', join(home, 'x')],
        ['journal', 'archive', damaged, '--to', join(home, 'y'), '--remove'],
        ['journal', 'archive', folder],
      ].map((args) => retrace([...args, '--json'], home)),
    );
    expect(ran.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 1, 2]);
    const said = ran.map((each) => (documentOf(each)['error'] as { messages: string[] }).messages.join(' '));
    expect(said[0]).toContain('lies inside the journal');
    expect(said[1]).toMatch(/holds the journal|is no archive/);
    expect(said[2]).toContain(`is the archive of desk ${DESK}, and this is the journal of desk demo-8`);
    expect(said[3]).toContain(`holds no number ${numbers + 1}: it holds numbers 1 to`);
    expect(said[4]).toContain('no archive lies there');
    expect(said[5]).toContain(hit);
    expect(said[6]).toContain('--to <folder>: is missing');
    expect(segments(damaged)).toEqual(segments(original).slice(2)); // those before the damage are verified and gone
    expect(readdirSync(join(home, 'y')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('a damaged archive leaves the target as it was, and the command that is told restores what is whole', async () => {
    const cold = join(home, 'cold-damaged');
    cpSync(archive, cold, { recursive: true });
    const { segments: stored } = (await readManifest(nodeDisk, cold))!;
    const hit = join(cold, stored[1]!.file.name);
    const bytes = readFileSync(hit);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(hit, bytes);
    const target = join(home, 'back');
    const ran = await retrace(['journal', 'restore', cold, '--to', target], home);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(hit);
    expect(ran.stderr).toContain('nothing was restored');
    expect(readdirSync(target)).toEqual([]);
    const next = /next: npx retrace (journal restore \S+ --to \S+ --from \d+) restores what is whole behind it/.exec(ran.stderr);
    expect(next, ran.stderr).not.toBe(null);
    const again = await retrace(next![1]!.split(' '), home);
    expect(again.code, again.stderr).toBe(0);
    expect(segments(target)).toEqual(stored.slice(2).map(({ name }) => name));
  });

  test('a link that leads into the journal is seen through', async () => {
    const { symlinkSync } = await import('node:fs');
    symlinkSync(folder, join(home, 'link'));
    const ran = await retrace(['journal', 'archive', folder, '--to', join(home, 'link', 'cold')], home);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('lies inside the journal');
  });

  test('a hint that is wrong or gone harms nothing', async () => {
    const moved = join(home, 'moved');
    renameSync(archive, moved);
    const gone = await retrace(['verify', folder], home);
    expect(gone.code).toBe(0);
    expect(gone.stdout).toContain('cold (nothing lies there now)');
    writeFileSync(join(folder, 'archived.json'), '{"archives":7}');
    const wrong = await retrace(['verify', folder], home);
    expect(wrong.code).toBe(0);
    expect(wrong.stdout).toContain('nothing says where to');
    renameSync(moved, archive);
  });
});
