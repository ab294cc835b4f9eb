import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { readVenueKey } from './key-file.ts';
import { Secret } from './secret.ts';

const MARKER = 'marker-3f9a1c77d2e84b06';
const folder = mkdtempSync(join(tmpdir(), 'retrace-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const readFile = (keyFile: string) => readVenueKey({ keyFile, keyEnv: null }, {});
const faultOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing was thrown';
  } catch (error) {
    expect(inspect(error)).not.toContain(MARKER);
    return `${(error as Error).name}: ${(error as Error).message.replaceAll(folder, '…')}`;
  }
};

describe('a secret', () => {
  const secret = new Secret(MARKER);

  test('is given to who asks for it by name', () => expect(secret.reveal()).toBe(MARKER));

  test('is [secret] to everything that prints', () => {
    const holder = { secret, list: [secret], map: new Map([['a', secret]]) };
    const printed = [
      String(secret),
      `${secret}`,
      '' + (secret as unknown as string),
      JSON.stringify(holder),
      inspect(holder, { depth: 9, showHidden: true }),
      format('%s %o %j %O', secret, secret, secret, secret),
      inspect(new Error('x', { cause: secret })),
      inspect({ ...secret }),
      Object.keys(secret).join(),
      JSON.stringify(structuredClone({ ...secret })),
    ].join('\n');
    expect(printed).not.toContain(MARKER);
    expect(printed.match(/\[secret\]/g)!.length).toBeGreaterThanOrEqual(10);
  });
});

describe('a key file', () => {
  test('of its owner alone is read; the admin token stays behind', () => {
    const { key, secret, ...rest } = readFile(
      written('good.json', JSON.stringify({ key: 'a-key-of-ours', secret: MARKER, admin: MARKER })),
    );
    expect(key.reveal()).toBe('a-key-of-ours');
    expect(secret.reveal()).toBe(MARKER);
    expect(rest).toEqual({});
  });

  test.skipIf(process.platform === 'win32').each([0o644, 0o640, 0o604, 0o660, 0o601, 0o777])(
    'of mode %o is refused, with the command that mends it',
    (mode) => {
      const path = written('open.json', JSON.stringify({ key: MARKER, secret: MARKER }), mode);
      expect(faultOf(() => readFile(path))).toBe(
        `KeyFileExposed: …/open.json can be read by others (mode ${mode.toString(8)}): chmod 600 ${path.replace(folder, '…')}`,
      );
    },
  );

  test('on Windows its mode says nothing', () => {
    const path = written('windows.json', JSON.stringify({ key: MARKER, secret: MARKER }), 0o666);
    expect(readVenueKey({ keyFile: path, keyEnv: null }, {}, 'win32').key.reveal()).toBe(MARKER);
  });

  test('that cannot be one is told apart, without what is in it', () => {
    const long = JSON.stringify({ key: MARKER, secret: MARKER, more: 'x'.repeat(70_000) });
    expect([
      faultOf(() => readFile(join(folder, 'missing.json'))),
      faultOf(() => readFile(folder)),
      faultOf(() => readFile(written('empty.json', ' \n'))),
      faultOf(() => readFile(written('text.json', `key = ${MARKER}`))),
      faultOf(() => readFile(written('list.json', `["${MARKER}"]`))),
      faultOf(() => readFile(written('half.json', JSON.stringify({ key: MARKER })))),
      faultOf(() => readFile(written('wrong.json', JSON.stringify({ key: 5, secret: { MARKER } })))),
      faultOf(() => readFile(written('short.json', JSON.stringify({ key: 'x', secret: MARKER })))),
      faultOf(() => readFile(written('long.json', long))),
    ]).toMatchInlineSnapshot(`
      [
        "KeyUnreadable: …/missing.json is not there: \`npx retrace exchange\` makes it at its first start, or set account.keyFile",
        "KeyUnreadable: … is no file: name the file itself",
        "KeyUnreadable: …/empty.json is empty: it should hold {"key": …, "secret": …}",
        "KeyUnreadable: …/text.json is not JSON: it should hold {"key": …, "secret": …}",
        "KeyUnreadable: …/list.json is not JSON: it should hold {"key": …, "secret": …}",
        "KeyUnreadable: …/half.json lacks secret: texts of at least 8 characters",
        "KeyUnreadable: …/wrong.json lacks key and secret: texts of at least 8 characters",
        "KeyUnreadable: …/short.json lacks key: texts of at least 8 characters",
        "KeyUnreadable: …/long.json is 70078 bytes long: it is no key file",
      ]
    `);
  });
});

describe('a variable', () => {
  const readEnv = (env: Record<string, string>) => readVenueKey({ keyFile: null, keyEnv: 'EXCHANGE_KEY' }, env);

  test('may hold the same', () => {
    expect(readEnv({ EXCHANGE_KEY: JSON.stringify({ key: 'a-key-of-ours', secret: MARKER }) }).secret.reveal()).toBe(MARKER);
  });

  test('that is not set or holds something else is told', () => {
    expect([
      faultOf(() => readEnv({})),
      faultOf(() => readEnv({ EXCHANGE_KEY: MARKER })),
      faultOf(() => readEnv({ EXCHANGE_KEY: ' ' })),
    ]).toMatchInlineSnapshot(`
      [
        "KeyUnreadable: the variable that account.keyEnv names is not set: export it, with the JSON of a key file in it",
        "KeyUnreadable: the variable that account.keyEnv names is not JSON: it should hold {"key": …, "secret": …}",
        "KeyUnreadable: the variable that account.keyEnv names is empty: it should hold {"key": …, "secret": …}",
      ]
    `);
    expect(faultOf(() => readVenueKey({ keyFile: null, keyEnv: null }, {}))).toMatchInlineSnapshot(
      `"KeyUnreadable: there is no key: name its file with account.keyFile"`,
    );
  });
});
