/** Where one can go: at the left, and on a phone at the bottom. */
import { Link } from '@tanstack/react-router';
import type { PageSpec } from '../pages.ts';

export function Nav({ pages, here: open }: Readonly<{ pages: readonly PageSpec[]; here: string | null }>) {
  return (
    <nav
      aria-label="Pages"
      className="flex shrink-0 gap-0.5 border-line bg-panel max-sm:overflow-x-auto max-sm:border-t max-sm:px-1 sm:w-14 sm:flex-col sm:overflow-y-auto sm:border-r sm:py-2 xl:w-40 xl:px-2"
    >
      {pages.map(({ path: to, title, key, icon: Icon }) => {
        const here = to === open;
        return (
          <Link
            key={to}
            to={to as '/'}
            aria-current={here ? 'page' : undefined}
            title={`${title} (G ${key.toUpperCase()})`}
            className={`flex items-center rounded-[5px] max-xl:flex-col max-xl:justify-center max-xl:gap-0.5 max-xl:py-1.5 max-sm:min-w-15 max-sm:px-1 sm:max-xl:mx-1 xl:h-8 xl:gap-2.5 xl:px-2.5 ${here ? 'bg-raised text-ink' : 'text-dim hover:bg-raised/60 hover:text-ink'}`}
          >
            <Icon aria-hidden className={`size-4 shrink-0 ${here ? 'text-accent' : ''}`} strokeWidth={1.75} />
            <span className="text-2xs xl:text-sm">{title}</span>
          </Link>
        );
      })}
    </nav>
  );
}
