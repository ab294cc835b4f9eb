/** The way from an address of a run to that moment of it in the replay. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** The number an address begins with. */
export const numberOf = (address: string): string => address.split('.')[0]!;

export const WatchAt = ({ run, address, children }: Readonly<{ run: string; address: string; children: ReactNode }>) => (
  <Link
    to={'/replay' as '/'}
    search={{ run, at: numberOf(address) } as never}
    title={`watch ${run} at ${address}`}
    data-address={address}
    className="text-accent underline decoration-dotted underline-offset-3 hover:decoration-solid"
  >
    {children}
  </Link>
);

/** `run` null: what it wrote is not kept. */
export function AtMoment({ run, address, iso }: Readonly<{ run: string | null; address: string; iso: string }>) {
  const text = (
    <span className="figure text-xs" title={iso}>
      {iso.slice(0, 16).replace('T', ' ')}
    </span>
  );
  return run === null ? (
    text
  ) : (
    <WatchAt run={run} address={address}>
      {text}
    </WatchAt>
  );
}
