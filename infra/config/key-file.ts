/**
 * Reads an API key from a file only its owner can read, or from a variable. Its faults name the file or the variable, never what is in it;
 * looks before it reads, at the file it then reads.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { Secret } from './secret.ts';

/** All that trading needs; an admin token in the same file is left there. */
export type VenueKey = Readonly<{ key: Secret; secret: Secret }>;

/** Others than its owner may read it. */
export class KeyFileExposed extends Error {
  override name = 'KeyFileExposed';
}

/** There is no key to be had: not there, empty, or not what a key file holds. */
export class KeyUnreadable extends Error {
  override name = 'KeyUnreadable';
}

const MOST_BYTES = 65_536;
const OTHERS = 0o077;
const LEAST_LENGTH = 8;

/** As RunConfig.account has them: `keyEnv` where there is one, else `keyFile`. */
export function readVenueKey(
  { keyFile, keyEnv }: Readonly<{ keyFile: string | null; keyEnv: string | null }>,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): VenueKey {
  if (keyEnv !== null) {
    const text = env[keyEnv];
    if (text === undefined || text === '')
      throw new KeyUnreadable('the variable that account.keyEnv names is not set: export it, with the JSON of a key file in it');
    return keyIn(text, 'the variable that account.keyEnv names');
  }
  if (keyFile === null) throw new KeyUnreadable('there is no key: name its file with account.keyFile');
  return keyIn(textOf(keyFile, platform), keyFile);
}

function textOf(path: string, platform: NodeJS.Platform): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // a pipe is refused, not waited for
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new KeyUnreadable(`${path} is not there: \`npx retrace exchange\` makes it at its first start, or set account.keyFile`);
    throw new KeyUnreadable(`${path} cannot be read (${code}): it must be a file of yours`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new KeyUnreadable(`${path} is no file: name the file itself`);
    // Windows keeps rights elsewhere; its mode says nothing
    if (platform !== 'win32' && (stat.mode & OTHERS) !== 0)
      throw new KeyFileExposed(`${path} can be read by others (mode ${(stat.mode & 0o777).toString(8)}): chmod 600 ${quoted(path)}`);
    if (stat.size > MOST_BYTES) throw new KeyUnreadable(`${path} is ${stat.size} bytes long: it is no key file`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function keyIn(text: string, where: string): VenueKey {
  if (text.trim() === '') throw new KeyUnreadable(`${where} is empty: it should hold {"key": …, "secret": …}`);
  const parsed = parsedIn(text);
  if (parsed === null) throw new KeyUnreadable(`${where} is not JSON: it should hold {"key": …, "secret": …}`);
  const { key, secret } = parsed as Readonly<{ key?: unknown; secret?: unknown }>;
  const bad = Object.entries({ key, secret }).filter(([, part]) => typeof part !== 'string' || part.length < LEAST_LENGTH);
  if (bad.length > 0)
    throw new KeyUnreadable(`${where} lacks ${bad.map(([name]) => name).join(' and ')}: texts of at least ${LEAST_LENGTH} characters`);
  return { key: new Secret(key as string), secret: new Secret(secret as string) };
}

/** null for anything but an object; the parser's own words would repeat the text. */
function parsedIn(text: string): object | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

const quoted = (path: string): string => (/^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
