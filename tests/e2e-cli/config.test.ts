// The configuration as a person meets it: init writes one that holds, config shows it and who said so, and no output holds a secret.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRunFile } from '#infra/config/run-config.ts';
import { build, documentOf, Homes, PROGRAM, retrace } from './run.ts';

const homes = new Homes();
const MARKER = 'marker5up3r53cr3tf00ba4';
beforeAll(async () => {
  await build();
});
afterAll(() => homes.remove());

const SMALL = 'desk: d\ninstruments: [BTC-USD]\n';
const withFile = (text: string): string => {
  const home = homes.make();
  writeFileSync(join(home, 'retrace.yaml'), text);
  return home;
};

describe('init', () => {
  test.each(['paper', 'local'])('for %s writes a configuration that holds, and says what comes next', async (venue) => {
    const home = homes.make();
    const ran = await retrace(['init', '--venue', venue, '--desk', 'trial', '--json'], home);
    expect(ran.code, ran.stderr).toBe(0);
    expect(documentOf(ran)).toMatchObject({ ok: true, command: 'init', venue });
    const { config } = readRunFile(join(home, 'retrace.yaml'), { file: 'retrace.yaml', home, env: {}, flags: [] });
    expect(config).toMatchObject({ desk: 'trial', account: { venue }, mode: venue === 'paper' ? 'paper' : 'live' });
    expect(config.instruments).toHaveLength(2);
    expect(config.strategies.map(({ instrument }) => instrument)).toEqual(['BTC-USD', 'ETH-USD']);
    if (venue === 'local') expect(config.account.keyFile).toBe(join(home, 'exchange', 'keys.json'));
    // as it is, the example of variables changes nothing; with the marks off it is a configuration still
    const example = readFileSync(join(home, '.env.example'), 'utf8');
    expect(example.split('\n').every((line) => line === '' || line.startsWith('#'))).toBe(true);
    const taken = example.replaceAll(/^#(?=[A-Z_]+=)/gm, '');
    expect(taken.match(/^[A-Z_]+=/gm)!.length).toBeGreaterThan(20);
    writeFileSync(join(home, '.env'), taken);
    const shell = `set -eu; set -a; . ./.env; set +a; exec "$0" "$1" config --json`;
    const asked = (program: string, ...args: string[]) =>
      spawnSync(program, args, { cwd: home, encoding: 'utf8', env: { PATH: process.env['PATH'] } });
    const bare = asked(process.execPath, PROGRAM, 'config', '--json');
    const loaded = asked('sh', '-c', shell, process.execPath, PROGRAM);
    expect([loaded.status, loaded.stderr]).toEqual([0, '']);
    const held = (stdout: string) =>
      (JSON.parse(stdout) as { run: { path: string; value: string }[] }).run.map(({ path, value }) => [path, value]);
    expect(held(loaded.stdout)).toEqual(held(bare.stdout));
  });

  test('says every unit: each number of its files stands in a line with a comment, or has its unit', async () => {
    const home = homes.make();
    await retrace(['init', '--venue', 'local'], home);
    const lines = readFileSync(join(home, 'retrace.yaml'), 'utf8').split('\n');
    const bare = lines.filter((line) => /^\s*[\w-]+: +\d+(\.\d+)?$/.test(line));
    expect(bare).toEqual([]);
  });

  test('writes over nothing but with --force', async () => {
    const home = withFile('desk: mine\n');
    writeFileSync(join(home, '.env.example'), 'MINE=1\n');
    const kept = await retrace(['init'], home);
    expect(kept.code).toBe(1);
    expect(kept.stderr).toContain('retrace.yaml is there already, and nothing was written');
    expect(kept.stderr).toContain('--force');
    expect(readFileSync(join(home, 'retrace.yaml'), 'utf8')).toBe('desk: mine\n');
    const forced = await retrace(['init', '--force'], home);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain('was written over');
    expect(readFileSync(join(home, 'retrace.yaml'), 'utf8')).toContain('desk: my-desk');
    const again = await retrace(['init'], home);
    expect([again.code, again.stdout.includes('is as it would be written')]).toEqual([0, true]);
  });

  test('leaves another .env.example alone, and makes the folder it is told', async () => {
    const home = homes.make();
    writeFileSync(join(home, '.env.example'), 'MINE=1\n');
    const ran = await retrace(['init', '--folder', 'desks/one'], home);
    expect(ran.code).toBe(0);
    expect(existsSync(join(home, 'desks', 'one', 'retrace.yaml'))).toBe(true);
    const beside = await retrace(['init'], home);
    expect([beside.code, readFileSync(join(home, '.env.example'), 'utf8')]).toEqual([0, 'MINE=1\n']);
  });

  test('for an exchange at another port, and in another folder, says how it goes on', async () => {
    const home = homes.make();
    const url = 'http://127.0.0.1:17801';
    const ran = await retrace(['init', '--venue', 'local', '--url', url, '--folder', 'desks/one'], home);
    expect(ran.stdout).toContain(
      'next: npx retrace config --config desks/one/retrace.yaml, then npx retrace run --config desks/one/retrace.yaml',
    );
    const { config } = readRunFile(join(home, 'desks', 'one', 'retrace.yaml'), { file: 'retrace.yaml', home, env: {}, flags: [] });
    expect([config.account.url, config.feed.url]).toEqual([url, url]);
    expect((await retrace(['init'], home)).stdout).toContain('next: npx retrace config, then npx retrace run\n');
    const wrong = await Promise.all(
      [
        ['--venue', 'local', '--url', 'http://far.example'],
        ['--url', url],
      ].map((args) => retrace(['init', ...args], homes.make())),
    );
    expect(wrong.map(({ code }) => code)).toEqual([2, 2]);
    expect(wrong[0]!.stderr).toContain('--url: is no address of an exchange');
    expect(wrong[1]!.stderr).toContain('means nothing without --venue local');
  });

  test('tells a wrong flag', async () => {
    const { code, stderr } = await retrace(['init', '--venue', 'kraken', '--desk', 'a b'], homes.make());
    expect(code).toBe(2);
    expect(stderr).toContain('--venue kraken: is not one of paper, local');
    expect(stderr).toContain('--desk a b');
  });
});

describe('config', () => {
  test('shows what holds of a run and who said so', async () => {
    const home = withFile(`${SMALL}log: { level: warn }\n`);
    const ran = await retrace(['config', '--json'], home, { RETRACE_LOG_LEVEL: 'error', RETRACE_MODUS: 'x' });
    expect(ran.code, ran.stderr).toBe(0);
    const { run, runFile, unknown } = documentOf(ran) as unknown as {
      run: { path: string; value: string; from: string }[];
      runFile: string;
      unknown: string[];
    };
    expect(runFile).toBe(join(home, 'retrace.yaml'));
    expect(run.find(({ path }) => path === 'desk')).toEqual({ path: 'desk', value: 'd', from: 'retrace.yaml:1:7' });
    expect(run.find(({ path }) => path === 'log.level')).toEqual({
      path: 'log.level',
      value: 'error',
      from: 'environment RETRACE_LOG_LEVEL',
    });
    expect(unknown).toEqual(['RETRACE_MODUS']);
  });

  test('without a file shows the settings; one that was named must be there', async () => {
    const home = homes.make();
    expect(documentOf(await retrace(['config', '--json'], home))).toMatchObject({ ok: true, run: null, runFile: null });
    for (const ran of [
      await retrace(['config', '--config', 'gone.yaml'], home),
      await retrace(['config'], home, { RETRACE_CONFIG: 'gone.yaml' }),
    ]) {
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain('gone.yaml: is not there');
    }
  });

  test('tells all faults at once, at their places, and leaves with 2', async () => {
    const { code, stderr } = await retrace(['config'], withFile('desk: d\ninstrument: [BTC-USD]\naccount: { latency: 20 }\n'));
    expect(code).toBe(2);
    expect(stderr).toContain('retrace.yaml:2:1: instrument: no such key: did you mean instruments?');
    expect(stderr).toContain('retrace.yaml:3:21: account.latency: "20" has no unit');
    expect(stderr).not.toContain('bug');
  });
});

test('config tells what a run would refuse, and a command typed with two letters swapped is known', async () => {
  const strategies =
    'strategies:\n  - { name: ema-cross, instrument: BTC-USD, set: { fast: 9, slow: 9, lots: 30 } }\nlimits: { account: { maxPosition: 0.002 } }\n';
  const { code, stderr } = await retrace(['config'], withFile(SMALL + strategies));
  expect(code).toBe(2);
  expect(stderr).toContain('30 lots of BTC-USD are more than limits.account.maxPosition allows, 0.002, which is 20 lots');
  expect(stderr).toContain('fast is 9 and slow is 9');
  expect((await retrace(['stauts'], homes.make())).stderr).toContain('did you mean status?');
});

describe('a secret', () => {
  test.each([
    [`${SMALL}account: { secret: ${MARKER} }\n`, {}],
    [`${SMALL}account: { apiKey: ${MARKER}\n`, {}],
    [`${SMALL}${MARKER}: ${MARKER}\n`, {}],
    [`${SMALL}account: { venue: local, keyEnv: EXCHANGE_KEY }\n`, { EXCHANGE_KEY: `{"key":"${MARKER}","secret":"${MARKER}"}` }],
    [`${SMALL}account: { venue: local }\n`, { RETRACE_ACCOUNT_KEY_FILE: MARKER }],
    [`${SMALL}account: { venue: local }\n`, { RETRACE_ACCOUNT_URL: `http://u:${MARKER}@127.0.0.1` }],
    [`${SMALL}account: { venue: local }\n`, { RETRACE_ACCOUNT_SECRET: MARKER }],
    [`${SMALL}account: { venue: local, keyFile: keys.json }\n`, {}],
  ])('is in no output of any command: %#', async (text, env: Record<string, string>) => {
    const home = withFile(text);
    mkdirSync(join(home, 'exchange'), { recursive: true });
    for (const path of [join(home, 'keys.json'), join(home, 'exchange', 'keys.json')]) {
      writeFileSync(path, JSON.stringify({ key: MARKER, secret: MARKER, admin: MARKER }));
      chmodSync(path, 0o644);
    }
    const ran = await Promise.all(
      [['config'], ['config', '--json'], ['doctor'], ['init'], ['init', '--json']].map((args) => retrace(args, home, env)),
    );
    expect(ran.map(({ stdout, stderr }) => stdout + stderr).join('\n')).not.toContain(MARKER);
    expect(ran.map(({ code }) => code)).not.toContain(4);
  });
});
