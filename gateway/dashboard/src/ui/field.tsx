/** A line to type in or choose from, under its name, with what was wrong with it. */
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';

export const BOX = 'h-8 w-full rounded-[5px] border border-edge bg-ground px-2 text-sm text-ink placeholder:text-faint';

type Around = Readonly<{ label: string; hint?: ReactNode; fault?: string | null }>;

export function Field({ label, hint, fault = null, className = '', ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Labelled id={id} {...{ label, hint, fault }}>
      <input
        id={id}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-more`}
        spellCheck={false}
        {...rest}
        className={`${BOX} ${className}`}
      />
    </Labelled>
  );
}

export function Choice({ label, hint, fault = null, className = '', children, ...rest }: Around & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Labelled id={id} {...{ label, hint, fault }}>
      <select id={id} aria-describedby={`${id}-more`} {...rest} className={`${BOX} ${className}`}>
        {children}
      </select>
    </Labelled>
  );
}

function Labelled({ id, label, hint, fault, children }: Around & Readonly<{ id: string; children: ReactNode }>) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-dim">
        {label}
      </label>
      {children}
      <div id={`${id}-more`} className="text-xs empty:hidden">
        {fault == null ? null : <p className="text-stop">{fault}</p>}
        {hint == null ? null : <div className="text-faint">{hint}</div>}
      </div>
    </div>
  );
}
