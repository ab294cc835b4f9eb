// One desk an account, whatever home each has: over real files, and against processes that live, that died, and that are not yet buried.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { nodeProcesses, type Owner } from '../files/lock.ts';
import { AccountTaken, lockAccount } from './account-lock.ts';
import { UnsafeFolder, userFolder } from './place.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-account-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const asked = (home: string, more: object = {}) => ({
  url: 'http://venue.test:7801',
  keyId: 'key-1',
  desk: 'trial',
  home,
  journal: join(home, 'journals', 'trial'),
  socket: join(home, 'run', 'trial.sock'),
  ...more,
});

test('two homes, one account: the second is refused with the process, the folder and what to do; another account is free', async () => {
  const folder = newFolder();
  const [one, two] = [newFolder(), newFolder()];
  const lock = await lockAccount(asked(one), { folder });
  const refused = await lockAccount(asked(two), { folder }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AccountTaken);
  const { message, next } = refused as AccountTaken;
  for (const part of [
    `process ${process.pid} `,
    'desk trial',
    `home ${one}`,
    join(one, 'journals', 'trial'),
    `${folder}/accounts/`,
    '/lock',
  ])
    expect(message).toContain(part);
  expect(message).toContain(`does not answer at ${join(one, 'run', 'trial.sock')}`);
  expect(next).toContain(`kill ${process.pid}`);
  await (await lockAccount(asked(two, { keyId: 'key-2' }), { folder })).release();
  await (await lockAccount(asked(two, { url: 'http://other.test' }), { folder })).release();
  await lock.release();
  await (await lockAccount(asked(two), { folder })).release();
});

test('an owner that listens is not called silent', async () => {
  const folder = newFolder();
  const home = newFolder();
  const socket = join(home, 's.sock');
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  cleanups.push(() => server.close());
  const lock = await lockAccount(asked(home, { socket }), { folder });
  const refused = (await lockAccount(asked(newFolder()), { folder }).catch((error: unknown) => error)) as AccountTaken;
  expect(refused.message).toContain(`home ${home}`);
  expect(refused.message).not.toContain('does not answer');
  await lock.release();
});

test('the locks lie where no home and no TMPDIR moves them, and are private', async () => {
  const before = userFolder();
  const was = process.env['TMPDIR'];
  process.env['TMPDIR'] = newFolder();
  try {
    expect(userFolder()).toBe(before);
  } finally {
    if (was === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = was;
  }
  if (process.platform === 'win32') return;
  const folder = join(newFolder(), 'user');
  mkdirSync(folder, { mode: 0o777 });
  const lock = await lockAccount(asked(newFolder()), { folder });
  for (const each of [folder, join(folder, 'accounts')]) expect(statSync(each).mode & 0o077, each).toBe(0);
  const [name] = readdirSync(join(folder, 'accounts'));
  expect(readFileSync(join(folder, 'accounts', name!, 'lock'), 'utf8')).not.toContain('key-1');
  await lock.release();
});

test.skipIf(process.platform === 'win32')('a place that is a link, a file or somebody else’s is refused by name', async () => {
  const there = newFolder();
  const [link, nowhere, file] = [join(there, 'link'), join(there, 'nowhere'), join(there, 'file')];
  symlinkSync(newFolder(), link);
  symlinkSync(join(there, 'gone'), nowhere);
  writeFileSync(file, '');
  for (const folder of [link, nowhere, file]) {
    const refused = lockAccount(asked(there), { folder });
    await expect(refused, folder).rejects.toThrow(UnsafeFolder);
    await expect(refused, folder).rejects.toThrow(`${folder} belongs to somebody else`);
  }
});

/** One that was killed and whose parent does not ask for it: it keeps its number until the parent ends. */
async function zombie(): Promise<Readonly<{ before: Owner; parent: ChildProcess }>> {
  const program = 'sleep 60 & echo $!; exec sleep 60';
  const parent = spawn('sh', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  cleanups.push(() => parent.kill('SIGKILL'));
  const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout!.once('data', resolve)));
  const started = startOf(pid);
  await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim() === 'sleep'); // a shell would still wait for it
  const before = { ...nodeProcesses.self(), pid, started };
  expect(nodeProcesses.alive(before)).toBe(true);
  process.kill(pid, 'SIGKILL');
  await until(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  return { before, parent };
}

const startOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
};

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('waited 5 s');
}

test.skipIf(process.platform !== 'linux')('killed and not yet reaped is dead: its lock is taken over', async () => {
  const { before } = await zombie();
  expect(() => process.kill(before.pid, 0)).not.toThrow(); // its number still takes signals
  expect(nodeProcesses.alive(before)).toBe(false);
  const folder = newFolder();
  const held = { ...nodeProcesses, self: () => before };
  await lockAccount(asked(newFolder()), { folder, processes: held });
  const lock = await lockAccount(asked(newFolder()), { folder });
  expect(lock.takenFrom?.pid).toBe(before.pid);
  await lock.release();
});
