/** A question that must be answered first: the browser's own dialog, which keeps the keyboard in it and Escape as the way out. */
import { type ReactNode, useEffect, useId, useRef } from 'react';

type Props = Readonly<{ title: string; close: () => void; tone?: 'plain' | 'danger'; wide?: boolean; children: ReactNode }>;

/** Open as long as it is drawn. What has `data-begin` gets the keyboard. */
export function Dialog({ title, close, tone = 'plain', wide = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>('[data-first]')?.focus();
    // else the browser takes the first that can have it, which may be a box that only holds others
    dialog.current?.querySelector<HTMLElement>('[data-begin]')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; the click is on what lies behind
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={({ target }) => {
        if (target === dialog.current) close();
      }}
      className={`max-h-[min(90dvh,44rem)] w-[calc(100vw-2rem)] overflow-visible rounded-xl border outline-none bg-panel p-0 text-ink shadow-2xl ${wide ? 'max-w-2xl' : 'max-w-md'} ${tone === 'danger' ? 'border-danger' : 'border-edge'}`}
    >
      <div className="flex max-h-[min(90dvh,44rem)] flex-col overflow-hidden rounded-xl">
        <h2 id={id} className={`px-4 pt-3.5 pb-1 text-base font-semibold ${tone === 'danger' ? 'text-stop' : ''}`}>
          {title}
        </h2>
        <div className="min-h-0 overflow-y-auto px-4 pt-1 pb-4">{children}</div>
      </div>
    </dialog>
  );
}
