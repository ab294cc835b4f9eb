/** How the first figures of a run read in a list, and the commands that bring it back at a terminal. */
import type { RestRun, RestRunDetail } from '#gateway/contracts/rest-runs.ts';

type Value = string | number | boolean;

export const setText = (parameters: Readonly<Record<string, Value>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** As a command takes them. */
export const setFlags = (parameters: Readonly<Record<string, Value>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `--set ${name}=${value}`)
    .join(' ');

/** `12.34 %`; null: there is no such figure. */
export const percentText = (value: number | null | undefined): string | null => (value == null ? null : `${(value * 100).toFixed(2)} %`);
export const plainText = (value: number | null | undefined, digits = 2): string | null => (value == null ? null : value.toFixed(digits));

export const spanText = ({ from, to }: Pick<RestRun, 'from' | 'to'>): string => `${from.slice(0, 10)} to ${to.slice(0, 10)}`;

export type Told = Readonly<{ what: string; command: string; note: string | null }>;

/** At the machine the desk runs on. */
export function commandsOf({ run, kind, again }: Pick<RestRunDetail, 'run' | 'kind' | 'again'>): readonly Told[] {
  const more: Told[] = [
    { what: 'Read its report', command: `npx retrace report ${run}`, note: null },
    { what: 'Derive it again and compare every decision', command: `npx retrace verify ${run}`, note: null },
    { what: 'Put it on trial', command: `npx retrace audit ${run}`, note: null },
  ];
  if (again === null || kind !== 'backtest') return more;
  const { command, missing } = again;
  const note =
    missing.length === 0 ? null : `without ${missing.join(', ')}: what these were given came from files, and stands in the settings`;
  return [{ what: 'Make it again', command, note }, ...more];
}
