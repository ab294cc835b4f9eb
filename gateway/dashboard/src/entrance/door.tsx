/** The sheet that the ways in are written on. */
import type { ReactNode } from 'react';
import { Mark } from '../ui/mark.tsx';

export function Door({ title, about, children }: Readonly<{ title: string; about: ReactNode; children: ReactNode }>) {
  return (
    <main className="flex h-full items-center justify-center overflow-auto p-4">
      <div className="w-full max-w-sm rounded-xl border border-line bg-panel p-6">
        <Mark className="mb-3 size-8 text-accent" />
        <h1 className="text-lg font-semibold">{title}</h1>
        <p className="mt-1 mb-4 text-dim">{about}</p>
        {children}
      </div>
    </main>
  );
}
