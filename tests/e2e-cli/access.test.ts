// The guide on who may, command by command, as it stands; and what the commands refuse, with the way out.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandsOf } from '../tidy-rules.ts';
import { build, documentOf, Homes, type Ran, ROOT, retracePiped } from './run.ts';

const homes = new Homes();
beforeAll(build);
afterAll(() => homes.remove());

const PASSWORD = 'four blue horses run';

const retrace = (args: readonly string[], home: string, piped = `${PASSWORD}\n`): Promise<Ran> => retracePiped(args, home, piped);

test('the guide can be followed from its first command to its last', async () => {
  const home = homes.make();
  const commands = commandsOf(readFileSync(join(ROOT, 'docs', 'access.md'), 'utf8'));
  expect(commands.length).toBeGreaterThanOrEqual(12);
  let token = '';
  const said: string[] = [];
  for (const { command } of commands) {
    const [program, name, ...args] = command.replace('<id>', token).split(' ');
    expect([program, name]).toEqual(['npx', 'retrace']);
    const ran = await retrace(args, home);
    expect(`${command}: ${ran.code} ${ran.stderr}`).toBe(`${command}: 0 `);
    expect(ran.stdout).toContain('next: npx retrace');
    token = /^rt_([0-9a-f]{12})_/m.exec(ran.stdout)?.[1] ?? token;
    said.push(ran.stdout);
  }
  const tokens = documentOf(await retrace(['token', 'ls', '--json'], home))['tokens'] as {
    label: string;
    scope: string;
    live: boolean;
    revoked: unknown;
  }[];
  expect(tokens.map(({ label, scope, live, revoked }) => [label, scope, live, revoked === null])).toEqual([
    ['grafana', 'read', false, true],
    ['bot', 'trade', false, true],
    ['live-bot', 'trade', true, false],
  ]);
  const folder = join(home, 'access');
  const kept = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const secrets = said.flatMap((text) => [...text.matchAll(/rt_[0-9a-f]{12}_([\w-]{43})/g)].map((found) => found[1]!));
  expect(secrets).toHaveLength(3);
  for (const secret of [...secrets, PASSWORD]) expect(kept).not.toContain(secret);
  if (process.platform !== 'win32') for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

describe('what is refused, with its way out', () => {
  const refusals: readonly (readonly [string[], string, number, string])[] = [
    [['user', 'add', 'a b'], PASSWORD, 2, 'is no name of a user'],
    [['user', 'add', 'eve'], 'short', 2, 'fewer than 12 characters'],
    [['user', 'add', 'eve'], '', 2, 'none was typed and none was piped in'],
    [['user', 'add', 'root'], PASSWORD, 2, 'is there already'],
    [['user', 'add', 'eve', '--role', 'owner'], PASSWORD, 2, 'is no role'],
    [['user', 'add'], PASSWORD, 2, '<name>: is missing'],
    [['user', 'role', 'root', 'viewer'], '', 2, 'the last admin'],
    [['user', 'disable', 'root'], '', 2, 'the last admin'],
    [['user', 'password', 'nobody'], PASSWORD, 2, 'is nobody here'],
    [['user', 'ls', '--passwords'], '', 2, 'no such flag'],
    [['token', 'new', 'x'], '', 2, '--user: is missing'],
    [['token', 'new', 'x', '--user', 'nobody'], '', 2, 'is nobody here'],
    [['token', 'new', 'x', '--user', 'root', '--scope', 'all'], '', 2, 'is not one of read, trade, admin'],
    [['token', 'new', 'x', '--user', 'root', '--days', '0'], '', 2, 'is not a whole number from 1'],
    [['token', 'new', 'x', '--user', 'root', '--days', '5', '--endless'], '', 2, 'leave one of them out'],
    [['token', 'new', 'x', '--user', 'root', '--live-by', 'root'], PASSWORD, 2, 'a token that reads cannot trade'],
    [
      ['token', 'new', 'x', '--user', 'root', '--scope', 'trade', '--live-by', 'root'],
      'a wrong password',
      1,
      'the password is not that of root',
    ],
    [['token', 'revoke', 'nonsense'], '', 2, 'is no token here'],
  ];
  let home = '';
  beforeAll(async () => {
    home = homes.make();
    expect((await retrace(['user', 'add', 'root'], home)).code).toBe(0);
  });
  test.each(refusals)('%j', async (args, piped, code, why) => {
    const before = readFileSync(join(home, 'access', 'access.json'), 'utf8');
    const ran = await retrace(args, home, piped === '' ? '' : `${piped}\n`);
    expect(`${ran.code} ${ran.stderr}`).toContain(`${code} retrace ${args[0]} ${args[1]}: `);
    expect(ran.stderr).toContain(why);
    expect(ran.stderr).toContain('\nnext: ');
    if (piped !== '') expect(ran.stderr).not.toContain(piped);
    expect(readFileSync(join(home, 'access', 'access.json'), 'utf8')).toBe(before);
  });

  test.skipIf(process.platform === 'win32')('a file that others can read', async () => {
    const { chmodSync } = await import('node:fs');
    const path = join(home, 'access', 'access.json');
    chmodSync(path, 0o644);
    const ran = await retrace(['user', 'ls'], home);
    chmodSync(path, 0o600);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('chmod 600')]);
  });
});

test('as a document it holds the token once and no hash', async () => {
  const home = homes.make();
  await retrace(['user', 'add', 'root'], home);
  const made = documentOf(await retrace(['token', 'new', 'x', '--user', 'root', '--json'], home));
  expect(made).toMatchObject({ ok: true, command: 'token new', user: 'root', scope: 'read', live: false });
  expect(made['token']).toMatch(/^rt_[0-9a-f]{12}_[\w-]{43}$/);
  for (const args of [
    ['token', 'ls', '--json'],
    ['user', 'ls', '--json'],
  ]) {
    const { stdout } = await retrace(args, home);
    expect(stdout).not.toContain((made['token'] as string).slice(16));
    expect(stdout).not.toMatch(/argon2|fingerprint|"hash"/);
  }
});

test('six at once all get their token', async () => {
  const home = homes.make();
  await retrace(['user', 'add', 'root'], home);
  const ran = await Promise.all(Array.from({ length: 6 }, (_, at) => retrace(['token', 'new', `t${at}`, '--user', 'root'], home)));
  expect(ran.map(({ code }) => code)).toEqual(ran.map(() => 0));
  const { tokens } = documentOf(await retrace(['token', 'ls', '--json'], home)) as unknown as { tokens: unknown[] };
  expect(tokens).toHaveLength(6);
});
