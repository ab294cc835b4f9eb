/** Which file a run is configured by: --config, else RETRACE_CONFIG, else retrace.yaml of the current folder; and what is in it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ReadConfig, readRunFile } from '#infra/config/run-config.ts';
import type { Override } from '#infra/config/run-layers.ts';
import { UNLOOKED } from '#infra/config/run-strategies.ts';
import { settingsFrom } from '#infra/config/settings.ts';
import { deskHome } from './desk-home.ts';
import { shortPath } from './journal-reader.ts';

type Env = Readonly<Record<string, string | undefined>>;
export type RunFile = Readonly<{ path: string; shown: string; from: string; exists: boolean }>;

export function runFile(flag: string | null, env: Env = process.env): RunFile {
  const setting = settingsFrom(env).find(({ name }) => name === 'config')!;
  const path = resolve(flag ?? setting.value);
  return { path, shown: shortPath(path), from: flag === null ? setting.from : 'flag --config', exists: existsSync(path) };
}

/** Without its strategies, for who must be answered whatever they are. Throws BadRunConfig with every other fault; `flags` lie over all else. */
export function readRun(flag: string | null, flags: readonly Override[] = [], env: Env = process.env): ReadConfig {
  const { path, shown } = runFile(flag, env);
  return readRunFile(path, { file: shown, home: deskHome(env).path, env, flags, strategies: UNLOOKED });
}
