/** The way to a run of the catalogue, by its name. */
import { Link } from '@tanstack/react-router';

export const RunLink = ({ run, className = '' }: Readonly<{ run: string; className?: string }>) => (
  <Link
    to={'/runs/$run' as '/'}
    params={{ run } as never}
    className={`break-all text-accent underline decoration-dotted underline-offset-3 hover:decoration-solid ${className}`}
  >
    {run}
  </Link>
);
