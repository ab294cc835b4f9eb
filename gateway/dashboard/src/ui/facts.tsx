/** Names and what they are, under each other. */
import type { ReactNode } from 'react';

export const Facts = ({ children }: Readonly<{ children: ReactNode }>) => (
  <dl className="grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] px-3 py-1.5">{children}</dl>
);

export const Fact = ({ name, children }: Readonly<{ name: string; children: ReactNode }>) => (
  <div className="col-span-2 grid grid-cols-subgrid items-baseline gap-x-4 py-1">
    <dt className="text-dim">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </div>
);

/** Of sizes one glances at: `1.4 GB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [left, unit] = [bytes, 0];
  while (left >= 1_000 && unit < units.length - 1) {
    left /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}
