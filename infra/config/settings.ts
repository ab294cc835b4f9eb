/** Every setting that comes from the environment: its name, what it may be, its default. All faults are told at once; secrets never shown. */
import { z } from 'zod';

export type SettingSpec = Readonly<{
  name: string;
  env: string;
  about: string;
  /** What holds when the variable is not set, as text. */
  standard: string;
  secret: boolean;
  schema: z.ZodType<string>;
}>;

const path = z.string().regex(/\S/, 'is empty: name a path, or leave it unset');
const anything = z.string();
const yes = z.enum(['true', 'false', '1', '0', '']);

export const SETTINGS: readonly SettingSpec[] = [
  {
    name: 'home',
    env: 'RETRACE_HOME',
    about: 'where journals, tapes and runs are kept',
    standard: '.retrace',
    secret: false,
    schema: path,
  },
  {
    name: 'config',
    env: 'RETRACE_CONFIG',
    about: 'the configuration that `retrace run` and `retrace config` read',
    standard: 'retrace.yaml',
    secret: false,
    schema: path,
  },
  { name: 'noColour', env: 'NO_COLOR', about: 'any value switches colours off', standard: '', secret: false, schema: anything },
  {
    name: 'buildMachine',
    env: 'CI',
    about: 'true: a missing service is a failure, not a skip',
    standard: 'false',
    secret: false,
    schema: anything,
  },
  { name: 'node24', env: 'RETRACE_NODE24', about: '1: `npm test` runs the Node 24 check too', standard: '0', secret: false, schema: yes },
];

export type Setting = Readonly<{ name: string; env: string; value: string; from: string; about: string }>;

/** Settings that are no settings: every fault, one a line. */
export class BadSettings extends Error {
  override name = 'BadSettings';
}

export function settingsFrom(env: Readonly<Record<string, string | undefined>>, specs: readonly SettingSpec[] = SETTINGS): Setting[] {
  const faults: string[] = [];
  const settings = specs.map(({ name, env: variable, about, standard, secret, schema }) => {
    const set = env[variable];
    if (set === undefined) return { name, env: variable, value: standard, from: 'default', about };
    const checked = schema.safeParse(set);
    if (!checked.success) faults.push(`${variable}: ${checked.error.issues.map(({ message }) => message).join(', ')}`);
    return { name, env: variable, value: secret ? '(hidden)' : set, from: `environment ${variable}`, about };
  });
  if (faults.length > 0) throw new BadSettings(faults.join('\n'));
  return settings;
}

/** Variables that look like ours and are not: a misspelt setting is told, not ignored. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>, others: readonly string[]): string[] {
  const known = new Set([...SETTINGS.map(({ env: variable }) => variable), ...others]);
  return Object.keys(env)
    .filter((variable) => variable.startsWith('RETRACE_') && !known.has(variable))
    .sort();
}
