// One desk an account on one machine: two folders with the same key, as two terminals would have them.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, documentOf, Homes, type Running, retrace, start, until } from './run.ts';

const homes = new Homes();
const running: Running[] = [];
beforeAll(async () => {
  await build();
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  homes.remove();
});

const begun = (args: readonly string[], home: string, env: Record<string, string> = {}): Running => {
  const one = start(args, home, env);
  running.push(one);
  return one;
};

test('a second home with the same key is refused with the process and folder of the first; killed, it makes way', {
  timeout: 120_000,
}, async () => {
  const [one, two] = [realpathSync(homes.make()), realpathSync(homes.make())];
  for (const home of [one, two]) expect((await retrace(['init', '--venue', 'local', '--desk', 'trial'], home)).code).toBe(0);
  const exchange = begun(['exchange', '--port', '0', '--seed', '11'], one);
  await until(() => exchange.stderr().includes('next, in another terminal'), 'the exchange', 30_000);
  const url = /listens at (http:\/\/[\d.]+:\d+)/.exec(exchange.stderr())![1]!;
  for (const home of [one, two]) {
    const path = join(home, 'retrace.yaml');
    const own = readFileSync(path, 'utf8')
      .replaceAll('http://127.0.0.1:7801', url)
      .replace(/keyFile: .*/, `keyFile: ${join(one, 'exchange', 'keys.json')}`);
    expect(own).toContain(`keyFile: ${one}`);
    writeFileSync(path, own);
  }
  const answers = async (home: string) => {
    for (const end = Date.now() + 40_000; (await retrace(['status', '--json'], home)).code === 3; )
      if (Date.now() > end) throw new Error(`the desk in ${home} never answered`);
  };
  const first = begun(['run', '--json'], one);
  await answers(one);
  const elsewhere = { TMPDIR: realpathSync(homes.make()) };
  const late = begun(['run', '--json'], two, elsewhere);
  await until(() => late.child.exitCode !== null, 'the second desk to be refused');
  const refused = await late.ended;
  expect(refused.code, refused.stderr).toBe(1);
  expect(JSON.stringify(documentOf(refused)['error'])).toContain('AccountTaken');
  for (const part of [
    `process ${first.child.pid} trades this account`,
    `home ${one}`,
    join(one, 'journals', 'trial'),
    `kill ${first.child.pid}`,
  ])
    expect(refused.stderr).toContain(part);
  expect(refused.stderr).not.toContain('does not answer');
  first.child.kill('SIGKILL');
  await first.ended;
  const second = begun(['run', '--json'], two, elsewhere);
  await answers(two);
  second.child.kill('SIGTERM');
  expect((await second.ended).code).toBe(0);
});
