// Asked for what is not there, or about what cannot be read: which it is, what there is instead, and nothing raw.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { build, documentOf, Homes, ROOT, retrace, start } from './run.ts';

const homes = new Homes();
const home = homes.make();
let journal = '';
let last = 0;

beforeAll(async () => {
  await build();
  const ran = documentOf(await retrace(['demo', '--ticks', '20000', '--json'], home));
  journal = ran['journal'] as string;
  last = ran['seq'] as number;
});
afterAll(() => homes.remove());

const NOBODY = 65_534;
/** As a user to whom the rights of files mean something. */
function asSomebody(args: readonly string[], where: string) {
  const somebody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  return spawnSync(process.execPath, [join(ROOT, 'dist', 'retrace.mjs'), ...args], {
    ...{ cwd: where, encoding: 'utf8', env: { PATH: process.env['PATH'], TZ: 'UTC', RETRACE_HOME: where }, ...somebody },
  });
}

describe('doctor and journal ls go on with the others', () => {
  test.skipIf(process.platform === 'win32')('a journal, a segment and a folder that may not be read', () => {
    const here = homes.make();
    const journals = join(here, 'journals');
    for (const name of ['good', 'shut', 'shut-inside']) cpSync(journal, join(journals, name), { recursive: true });
    for (const path of [here, journals]) chmodSync(path, 0o777);
    chmodSync(join(journals, 'shut'), 0o000);
    const inside = join(journals, 'shut-inside', readdirSync(join(journals, 'shut-inside'))[0]!);
    chmodSync(inside, 0o000);
    const list = asSomebody(['journal', 'ls'], here);
    expect(list.status, list.stderr).toBe(1);
    expect(list.stdout).toMatch(/journals\/good +demo +demo-7/);
    expect(list.stdout).toContain('journals/shut may not be read by this user');
    expect(list.stdout).toContain('journals/shut-inside may not be read by this user');
    const doctor = asSomebody(['doctor'], here);
    expect(doctor.status).toBe(1);
    expect(doctor.stdout).toContain('bad   journal      journals/shut may not be read by this user');
    expect(doctor.stdout).toContain(`shut-inside/${readdirSync(join(journals, 'good'))[0]} may not be read by this user`);
    expect(doctor.stdout).toContain('clock');
    const document = JSON.parse(asSomebody(['journal', 'ls', '--json'], here).stdout) as {
      journals: object[];
      unreadable: { path: string }[];
    };
    expect(document.journals).toHaveLength(1);
    expect(document.unreadable.map(({ path }) => path)).toEqual([join(journals, 'shut'), join(journals, 'shut-inside')]);
    const verify = asSomebody(['verify', 'journals/shut-inside', '--json'], here);
    expect(JSON.parse(verify.stdout)).toMatchObject({ ok: false, obstacle: { kind: 'unreadable' } });
    for (const { stdout, stderr } of [list, doctor, verify]) expect(stdout + stderr).not.toContain('bug in retrace');
    const named = asSomebody(['state', 'journals/shut'], here);
    expect(named.status).toBe(3);
    expect(named.stderr).toContain('journals/shut may not be read by this user');
    chmodSync(journals, 0o000);
    const shut = asSomebody(['journal', 'ls'], here);
    expect(shut.status).toBe(1);
    expect(shut.stdout).toContain('journals may not be read by this user');
    expect(asSomebody(['doctor'], here).stdout).toContain('journals may not be read by this user');
    chmodSync(journals, 0o777);
    chmodSync(join(journals, 'shut'), 0o777);
  });

  test('a file where a folder should be, and a folder where a segment should be', async () => {
    const here = homes.make();
    const journals = join(here, 'journals');
    mkdirSync(join(journals, 'odd', '0000000000000001-000000.seg'), { recursive: true });
    cpSync(journal, join(journals, 'good'), { recursive: true });
    const [list, doctor] = await Promise.all([retrace(['journal', 'ls'], here), retrace(['doctor'], here)]);
    expect([list.code, doctor.code]).toEqual([1, 1]);
    expect(list.stdout).toMatch(/journals\/good +demo/);
    expect(list.stdout).toContain('journals/odd holds a folder where a segment should be');
    expect(doctor.stdout).toContain('0000000000000001-000000.seg is a folder where a segment should be');
    rmSync(journals, { recursive: true });
    writeFileSync(journals, '');
    const [file, about, status] = await Promise.all([
      retrace(['journal', 'ls'], here),
      retrace(['doctor'], here),
      retrace(['status'], here),
    ]);
    expect([file.code, about.code, status.code]).toEqual([1, 1, 3]);
    for (const { stdout } of [file, about]) expect(stdout).toContain('journals is a file where a folder should be');
    expect(status.stderr).not.toContain('ENOTDIR');
  });
});

test('beyond the range is refused, naming numbers and times', async () => {
  const beyond = String(last + 1);
  const asked = [
    ['verify', journal, '--from', beyond],
    ['state', journal, '--at', beyond],
    ['state', journal, '--at', '23:00'],
    ['state', journal, '--at', '2025-12-31T10:00:00Z'],
    ['journal', 'show', journal, '--from', beyond],
    ['replay', journal, '--from', beyond],
    ['replay', journal, '--to', beyond],
    ['replay', journal, '--from', '2000', '--to', '1999'],
    ['replay', journal, '--from', '00:00:30', '--to', '00:00:10'],
    ['replay', journal, '--from', '23:00'],
  ];
  const ran = await Promise.all(asked.map((args) => retrace([...args, '--json'], home)));
  ran.forEach((each, index) => {
    const what = asked[index]!.join(' ');
    expect(each.code, what).toBe(2);
    const document = documentOf(each) as unknown as { error: { messages: string[] }; range: object };
    expect(document.error.messages[0], what).toMatch(
      /^--(from|at|to) .*: \S+ holds numbers 1 to [\d,]+, from 2026-01-05T00:00:00Z to 2026-01-05T/,
    );
    expect(document.range, what).toMatchObject({ first: 1, last });
  });
  const [end, none] = await Promise.all([
    retrace(['state', journal, '--at', String(last), '--json'], home),
    retrace(['journal', 'show', journal, '--from', String(last)], home),
  ]);
  expect(documentOf(end)).toMatchObject({ ok: true, seq: last });
  expect(none.code).toBe(0);
});

test('damage says which numbers and times it hits', async () => {
  const folder = join(homes.make(), 'hit');
  cpSync(journal, folder, { recursive: true });
  const path = join(folder, readdirSync(folder)[0]!);
  const bytes = readFileSync(path);
  // the second market frame, and the numbers around it
  const markets: { offset: number; first: number; last: number; length: number }[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const found = decodeFrame(bytes, offset);
    if (!found.ok) break;
    const { kind, first, count } = found.frame;
    if (kind === 'market') markets.push({ offset, first, last: first + count - 1, length: found.length });
    offset += found.length;
  }
  const hit = markets[1]!;
  bytes[hit.offset + hit.length - 5]! ^= 1;
  writeFileSync(path, bytes);
  const [check, verify, state] = await Promise.all([
    retrace(['journal', 'check', folder, '--json'], home),
    retrace(['verify', folder, '--json'], home),
    retrace(['state', folder], home),
  ]);
  const numbers = hit.first === hit.last ? `hit is number ${hit.first}` : `hit are numbers ${hit.first} to ${hit.last}`;
  const told = new RegExp(
    `${path}:${hit.offset}: the payload does not fit its checksum, though a whole frame follows at \\d+; ${numbers} \\(between 2026-01-05T\\S+Z and 2026-01-05T\\S+Z\\)`,
  );
  const damage = { after: hit.first - 1, before: hit.last + 1, afterAt: expect.any(Number), beforeAt: expect.any(Number) };
  expect([check.code, verify.code, state.code]).toEqual([1, 1, 1]);
  expect(documentOf(check)).toMatchObject({ fault: expect.stringMatching(told), damage });
  expect(documentOf(verify)).toMatchObject({ obstacle: { kind: 'corrupt', message: expect.stringMatching(told), damage } });
  expect(state.stderr).toMatch(told);
  // what is cut off at the end: up to where it is whole, in numbers and time
  writeFileSync(path, readFileSync(join(journal, readdirSync(journal)[0]!)).subarray(0, hit.offset + 100));
  const [torn, tornCheck] = await Promise.all([retrace(['verify', folder], home), retrace(['journal', 'check', folder], home)]);
  const whole = String(hit.first - 1).replace(/\B(?=(\d{3})+$)/g, ',');
  expect(torn.stdout).toMatch(new RegExp(`What stands before it, up to number ${whole} at 2026-01-05T\\S+Z, is above`));
  expect(tornCheck.stdout).toContain(`What was whole ends at number ${whole}.`);
});

test('a usage error with --json is a document too, wherever it is noticed', async () => {
  const asked = [
    ['verify', journal, '--from', '--json'],
    ['demo', '--json', '--ticks'],
    ['demo', '--set', '--json'],
    ['journal', '--json'],
    ['--json'],
    ['--bogus', '--json'],
    ['journal', 'bogus', '--json'],
    ['bogus', '--json'],
    ['journal', 'archive', '--json'],
  ];
  const ran = await Promise.all(asked.map((args) => retrace(args, home)));
  ran.forEach((each, index) => {
    const what = asked[index]!.join(' ');
    expect(each.code, what).toBe(2);
    const document = documentOf(each) as unknown as { ok: boolean; command: string; error: { messages: string[]; next: string } };
    expect(document.ok, what).toBe(false);
    expect(document.error.messages.length, what).toBeGreaterThan(0);
    expect(document.error.next, what).toMatch(/^npx retrace/);
    expect(each.stderr, what).toContain(document.error.messages[0]);
  });
});

test('a demo does not begin a journal in a folder of somebody else', async () => {
  const here = homes.make();
  const mine = join(here, 'mine');
  mkdirSync(mine);
  writeFileSync(join(mine, 'thesis.txt'), 'years of work');
  const run = (place: string) => retrace(['demo', '--ticks', '500', '--json', '--journal', place], here);
  const [foreign, file, inFile] = await Promise.all([run(mine), run(join(mine, 'thesis.txt')), run(join(mine, 'thesis.txt', 'x'))]);
  for (const each of [foreign, file, inFile]) {
    expect(each.code, each.stderr).toBe(2);
    expect(each.stderr).not.toMatch(/E[A-Z]{4,}:/);
  }
  expect(foreign.stderr).toContain('mine holds thesis.txt and is no journal');
  expect(file.stderr).toContain('is a file, or lies in one, where a folder should be');
  expect(readdirSync(mine)).toEqual(['thesis.txt']);
  // an empty one, and one in which a start was cut off before the first frame, are ours
  const begun = join(here, 'begun');
  mkdirSync(begun);
  writeFileSync(join(begun, 'lock'), JSON.stringify({ pid: 2 ** 22 + 7, started: 'x', host: (await import('node:os')).hostname() }));
  const ran = await run(begun);
  expect(ran.code, ran.stderr).toBe(0);
});

test('a reader who leaves at once, of stdout or stderr, is no fault: nothing is said of it', async () => {
  const asked = [
    ['--help'],
    ['journal', '--help'],
    ['run', '--help'],
    ['verify', '--help'],
    [],
    ['nonsense'],
    ['pause', 'x', '--saw', '1'],
  ];
  const here = homes.make();
  await Promise.all(
    asked.flatMap((args) =>
      (['stdout', 'stderr'] as const).map(async (closed) => {
        const { child, ended } = start(args, here);
        child[closed]!.destroy();
        const { code, stdout, stderr } = await ended;
        expect([args, stdout + stderr]).toEqual([args, expect.not.stringMatching(/EPIPE|at .*node:/)]);
        expect([0, 2], `${args.join(' ')} without ${closed}`).toContain(code);
      }),
    ),
  );
});
