// The front door as a person and as a program meet it: help, documents, exit codes, faults told all at once.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, documentOf, Homes, retrace } from './run.ts';

const homes = new Homes();
const home = homes.make();
const HEX = /^[0-9a-f]{64}$/;
const ESCAPE = '\x1b';
let journal = '';

beforeAll(async () => {
  await build();
  const ran = await retrace(['demo', '--ticks', '30000', '--json'], home);
  expect(ran.code, ran.stderr).toBe(0);
  journal = documentOf(ran)['journal'] as string;
});
afterAll(() => homes.remove());

describe('help', () => {
  const commands = [
    'demo',
    'replay',
    'verify',
    'explain',
    'state',
    'journal ls',
    'journal show',
    'journal check',
    'journal archive',
    'journal restore',
    'doctor',
    'config',
    'bench',
  ];
  test('every command has one, with an example', async () => {
    const ran = await Promise.all(commands.map((command) => retrace([...command.split(' '), '--help'], home)));
    ran.forEach(({ code, stdout }, index) => {
      expect(code, commands[index]).toBe(0);
      expect(stdout).toContain('Examples:');
      expect(stdout).toContain(`npx retrace ${commands[index]}`);
      expect(stdout).toContain('--json');
    });
    const { stdout } = await retrace(['--help'], home);
    for (const command of commands) expect(stdout).toContain(command.split(' ')[0]);
    expect(stdout).toContain('Exit codes');
  });

  test('a command nobody knows is told, with the one that was meant', async () => {
    const { code, stderr } = await retrace(['verfy'], home);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean verify?');
  });
});

describe('documents', () => {
  test('demo', async () => {
    const ran = await retrace(['demo', '--ticks', '30000', '--json', '--new'], home);
    const document = documentOf(ran);
    expect(Object.keys(document).slice(0, 3)).toEqual(['ok', 'command', 'version']);
    expect(document).toMatchObject({ ok: true, command: 'demo', version: '0.1.0', ticks: 30_000, seed: 7, finished: true, resumed: false });
    for (const name of ['runHash', 'stateHash', 'chain']) expect(document[name]).toMatch(HEX);
    for (const name of ['seq', 'decisions', 'orders', 'fills']) expect(document[name]).toBeTypeOf('number');
    expect(document['equity']).toMatch(/^-?\d+\.\d{2}$/);
    expect(readdirSync(document['journal'] as string).some((name) => name.endsWith('.seg'))).toBe(true);
  });

  test('the same settings give the same run in another folder; another seed another', async () => {
    const [there, other] = await Promise.all([
      retrace(['demo', '--ticks', '30000', '--json', '--journal', 'here'], home),
      retrace(['demo', '--ticks', '30000', '--json', '--seed', '8'], home),
    ]);
    const first = documentOf(await retrace(['demo', '--ticks', '30000', '--json', '--journal', journal], home));
    expect(first).toMatchObject({ resumed: true, finished: true });
    expect(documentOf(there)).toMatchObject({ runHash: first['runHash'], stateHash: first['stateHash'], journal: join(home, 'here') });
    expect(documentOf(other)['runHash']).not.toBe(first['runHash']);
  });

  test('verify, replay, state, explain, journal', async () => {
    const run = documentOf(await retrace(['demo', '--ticks', '30000', '--json', '--journal', journal], home));
    const [verify, replay, state, explain, list, check, show] = (
      await Promise.all(
        [
          ['verify', journal],
          ['replay', journal],
          ['state', journal],
          ['explain', journal, '00:01'],
          ['journal', 'ls'],
          ['journal', 'check', journal],
          ['journal', 'show', journal],
        ].map((args) => retrace([...args, '--json'], home)),
      )
    ).map((ran) => {
      expect(ran.code, ran.stderr).toBe(0);
      return documentOf(ran);
    });
    expect(verify!).toMatchObject({
      ok: true,
      command: 'verify',
      mismatches: 0,
      firstDivergence: null,
      runHash: run['runHash'],
      decisions: run['decisions'],
    });
    expect(verify!['chain']).toMatch(HEX);
    for (const name of ['runHash', 'stateHash', 'seq', 'ticks', 'decisions', 'orders', 'fills', 'equity'])
      expect(replay![name]).toEqual(run[name]);
    expect(state).toMatchObject({ command: 'state', stateHash: run['stateHash'], runHash: run['runHash'], seq: run['seq'] });
    expect(explain).toMatchObject({ command: 'explain', subject: '00:01' });
    expect(explain!['sentence']).toBeTypeOf('string');
    expect((explain!['chain'] as object[])[0]).toMatchObject({
      address: expect.any(String),
      type: expect.any(String),
      what: expect.any(String),
      numbers: expect.any(Object),
    });
    expect((list!['journals'] as object[])[0]).toEqual(
      expect.objectContaining({ path: journal, kind: 'demo', desk: 'demo-7', segments: 1, seq: run['seq'], clean: true }),
    );
    expect(check).toMatchObject({ ok: true, command: 'journal check', seq: run['seq'] });
    expect(show).toMatchObject({ manifest: { run: 'demo', seed: 7 } });
  });

  test('doctor and config', async () => {
    const [doctor, config] = await Promise.all([retrace(['doctor', '--json'], home), retrace(['config', '--json'], home)]);
    expect(documentOf(doctor)).toMatchObject({ ok: true, command: 'doctor' });
    expect(documentOf(config)['settings']).toContainEqual(
      expect.objectContaining({ name: 'home', value: home, from: 'environment RETRACE_HOME' }),
    );
  });
});

describe('exit codes', () => {
  test('2: every fault of the flags at once, and the flag that was meant', async () => {
    const { code, stderr, stdout } = await retrace(
      ['demo', '--ticks', 'many', '--sped', '3', '--faults', 'awful', '--strategy', 'nobody', '--fee', '-1', '--set', 'fast'],
      home,
    );
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const said of [
      '--ticks many',
      '--sped: no such flag; did you mean --speed?',
      '--faults awful',
      '--strategy nobody',
      '--fee -1',
      '--set fast',
    ])
      expect(stderr).toContain(said);
    expect(stderr).toContain('next: npx retrace demo --help');
  });

  test('2: a parameter out of its bounds, a journal that is not there, an argument that is missing; a document all the same', async () => {
    const [bounds, missing, none] = await Promise.all([
      retrace(['demo', '--strategy', 'ema-cross', '--set', 'fast=0', '--set', 'pace=3', '--json'], home),
      retrace(['verify', '--json'], home),
      retrace(['verify', 'nowhere', '--json'], home),
    ]);
    expect([bounds.code, missing.code, none.code]).toEqual([2, 2, 2]);
    expect(documentOf(bounds)).toMatchObject({
      ok: false,
      command: 'demo',
      error: { messages: expect.arrayContaining([expect.stringContaining('pace'), expect.stringContaining('fast')]) },
    });
    expect(documentOf(missing)).toMatchObject({ ok: false, error: { messages: ['<journal>: is missing'] } });
    expect(JSON.stringify(documentOf(none))).toContain('no journal lies there');
  });

  test('2: a named journal that was begun with other settings says with which', async () => {
    const { code, stderr } = await retrace(['demo', '--journal', journal, '--seed', '9', '--instruments', '2', '--ticks', '40000'], home);
    expect(code).toBe(2);
    expect(stderr).toMatch(/begun with seed 7, not 9/);
    expect(stderr).toMatch(/begun with instruments 4, not 2/);
  });

  test('1: a journal whose bytes were changed is not verified, and the place is named', async () => {
    const folder = join(homes.make(), 'changed');
    cpSync(journal, folder, { recursive: true });
    const name = readdirSync(folder).find((file) => file.endsWith('.seg'))!;
    const bytes = readFileSync(join(folder, name));
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(join(folder, name), bytes);
    const [verify, check] = await Promise.all([retrace(['verify', folder, '--json'], home), retrace(['journal', 'check', folder], home)]);
    expect(verify.code).toBe(1);
    expect(documentOf(verify)).toMatchObject({ ok: false, obstacle: { kind: 'corrupt' } });
    expect(check.code).toBe(1);
    expect(check.stdout).toContain(name);
  });

  test('1: nothing to explain', async () => {
    const { code, stdout } = await retrace(['explain', journal, '29999999.1'], home);
    expect(code).toBe(1);
    expect(stdout).toContain('no decision');
  });
});

describe('pipes', () => {
  test('no colour, no repainting, and the last line says what to do next', async () => {
    const ran = await Promise.all([
      retrace(['demo', '--ticks', '30000', '--journal', journal], home, { TERM: 'xterm-256color' }),
      retrace(['demo', '--ticks', '1000', '--seed', '11'], home, { TERM: 'xterm-256color' }),
      retrace(['state', journal], home),
      retrace(['verify', journal], home),
    ]);
    for (const { stdout, stderr } of ran) {
      expect(stdout + stderr).not.toContain(ESCAPE);
      expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^next: npx retrace /);
    }
  });
});
