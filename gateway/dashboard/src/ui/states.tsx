/** What stands where there is nothing to show: not told yet, none there, or it went wrong, with what to do. */
import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '../api.ts';
import type { Picture } from '../live/store.ts';
import { Button } from './button.tsx';

export function Loading({ lines = 3, what = 'Loading' }: Readonly<{ lines?: number; what?: string }>) {
  return (
    <div role="status" aria-label={what} className="flex flex-col gap-2 p-3">
      {Array.from({ length: lines }, (_, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without content
        <div key={n} className="waits h-3 rounded-sm" style={{ width: `${92 - ((n * 23) % 45)}%` }} />
      ))}
    </div>
  );
}

export function Empty({ icon: Icon, title, children }: Readonly<{ icon?: LucideIcon; title: string; children?: ReactNode }>) {
  return (
    <div className="flex flex-col items-center justify-center gap-1 px-4 py-6 text-center">
      {Icon === undefined ? null : <Icon aria-hidden className="mb-1 size-5 text-faint" strokeWidth={1.5} />}
      <p className="text-dim">{title}</p>
      {children === undefined ? null : <p className="max-w-[46ch] text-xs text-faint">{children}</p>}
    </div>
  );
}

export function Failed({ error, again }: Readonly<{ error: unknown; again?: () => void }>) {
  const problem = error instanceof Problem ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div role="alert" className="flex gap-2 rounded-[5px] border border-stop/40 bg-stop/8 p-3">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-stop" />
      <div className="min-w-0">
        <p className="font-medium">{problem?.title ?? 'This went wrong'}</p>
        <p className="break-words text-dim">{message}</p>
        {problem?.fields.map(({ field, detail, remedy }) => (
          <p key={field + detail} className="text-xs text-dim">
            <code className="figure">{field}</code>: {detail}
            {remedy === null ? '' : `; ${remedy}`}
          </p>
        ))}
        {problem?.remedy == null ? null : <p className="mt-1 text-xs text-ink">What to do: {problem.remedy}</p>}
        {again === undefined ? null : (
          <Button small className="mt-2" onClick={again}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

/** The rows of a topic, once there are any; until then, why not. */
export function Rows<Row>({
  of,
  empty,
  lines = 3,
  children,
}: Readonly<{ of: Picture<Row>; empty: ReactNode; lines?: number; children: (rows: Picture<Row>['rows']) => ReactNode }>) {
  if (of.refused !== null) return <p className="p-3 text-dim">{of.refused}</p>;
  if (!of.known) return <Loading lines={lines} />;
  return of.rows.length === 0 ? empty : children(of.rows);
}
