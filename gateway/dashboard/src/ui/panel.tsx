/** A part of a page under its name. */
import { Pause } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import type { Hold } from './hold.ts';

type Props = Readonly<{
  title: string;
  count?: number | string;
  tools?: ReactNode;
  hold?: Hold;
  className?: string;
  bodyClass?: string;
  children: ReactNode;
}>;

export function Panel({ title, count, tools, hold, className = '', bodyClass = '', children }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      {...hold?.props}
      className={`flex min-h-0 min-w-0 flex-col rounded-lg border border-line bg-panel ${className}`}
    >
      <header className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-3 py-1">
        <h2 id={id} className="text-sm font-semibold">
          {title}
        </h2>
        {count === undefined ? null : <span className="figure text-xs text-faint">{count}</span>}
        {hold?.held === true ? (
          <span className="inline-flex items-center gap-1 text-2xs text-faint">
            <Pause aria-hidden className="size-3" /> held while you point at it
          </span>
        ) : null}
        <div className="ml-auto flex flex-wrap items-center gap-1">{tools}</div>
      </header>
      <div className={`min-h-0 flex-1 ${bodyClass}`}>{children}</div>
    </section>
  );
}

/** The outer shape of a page: its name for those who hear it, and its parts. */
export function Page({ title, children, className = '' }: Readonly<{ title: string; children: ReactNode; className?: string }>) {
  return (
    <div className={`flex min-h-full flex-col gap-2 p-2 ${className}`}>
      <h1 className="sr-only">{title}</h1>
      {children}
    </div>
  );
}
