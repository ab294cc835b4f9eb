/** A button: what it is for is its look, and why it cannot be pressed is said. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';

const LOOKS = {
  plain: 'border border-line bg-raised text-ink hover:border-edge',
  main: 'border border-transparent bg-accent text-ground font-medium hover:brightness-110',
  danger: 'border border-transparent bg-danger text-danger-ink font-semibold hover:brightness-110',
  quiet: 'border border-transparent text-dim hover:bg-raised hover:text-ink',
} as const;

type Props = ButtonHTMLAttributes<HTMLButtonElement> &
  Readonly<{
    look?: keyof typeof LOOKS;
    small?: boolean /** Why not; it can still be reached and read. */;
    blocked?: string | null;
    children: ReactNode;
  }>;

export function Button({ look = 'plain', small = false, blocked = null, className = '', onClick, title, ...rest }: Props) {
  const size = small ? 'h-6 px-2 text-xs gap-1' : 'h-8 px-3 text-sm gap-1.5';
  return (
    <button
      type="button"
      {...rest}
      title={blocked ?? title}
      aria-disabled={blocked !== null || undefined}
      onClick={blocked === null ? onClick : (event) => event.preventDefault()}
      className={`inline-flex shrink-0 items-center justify-center rounded-[5px] whitespace-nowrap transition-colors select-none disabled:cursor-default disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 ${size} ${LOOKS[look]} ${className}`}
    />
  );
}
