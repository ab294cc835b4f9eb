/** The key file: the account's API key and secret, and the admin token. Made at the first start, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadValue } from '#engine/values.ts';

export type ExchangeKeys = Readonly<{ key: string; secret: string; admin: string }>;

const OWNER_ONLY = 0o600;

export const keyFileIn = (folder: string): string => join(folder, 'keys.json');

export function keysIn(folder: string): ExchangeKeys {
  const path = keyFileIn(folder);
  if (!existsSync(path)) {
    const made = { key: random(12), secret: random(32), admin: random(24) };
    writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
    return made;
  }
  chmodSync(path, OWNER_ONLY);
  const { key, secret, admin } = read(path);
  if (![key, secret, admin].every((part) => typeof part === 'string' && part.length >= 8))
    throw new BadValue(`${path} is no key file: it needs key, secret and admin; delete it to have new ones made`);
  return { key, secret, admin } as ExchangeKeys;
}

function read(path: string): Partial<Record<keyof ExchangeKeys, unknown>> {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) ?? {}) as Partial<Record<keyof ExchangeKeys, unknown>>;
  } catch {
    return {};
  }
}

const random = (bytes: number): string => randomBytes(bytes).toString('hex');
