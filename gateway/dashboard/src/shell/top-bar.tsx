/** What is true at a glance on every page: which desk, which mode, whether it is heard, its time, its gate, its disk; and the kill switch. */
import { OctagonX, Search } from 'lucide-react';
import type { Who } from '../session.ts';
import { Keys } from '../ui/keys.tsx';
import { keysText } from './actions.ts';
import { GateGlance } from './gate-glance.tsx';
import { DiskGlance, LineGlance, TimeGlance } from './glances.tsx';
import { You } from './you.tsx';

export function TopBar({ mode, kill, find }: Readonly<{ mode: Who['mode']; kill: () => void; find: () => void }>) {
  return (
    <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel pr-2 max-sm:pb-1">
      <span
        className="flex h-11 items-center self-stretch bg-mode px-3 text-sm font-bold tracking-wider text-mode-ink"
        title={mode === null ? 'no mode was told yet' : `this desk is ${mode}`}
      >
        {mode ?? '…'}
      </span>
      <LineGlance />
      <GateGlance />
      <TimeGlance />
      <DiskGlance />
      <div className="ml-auto flex items-center gap-1.5">
        <button
          type="button"
          onClick={find}
          className="flex h-8 items-center gap-2 rounded-[5px] border border-line bg-ground px-2 text-dim hover:border-edge hover:text-ink"
        >
          <Search aria-hidden className="size-3.5" />
          <span className="max-lg:sr-only">Find</span>
          <span className="max-lg:hidden">
            <Keys of={keysText('Mod+k')} />
          </span>
        </button>
        <You />
        <button
          type="button"
          onClick={kill}
          title="Stop everything: cancel all orders and let no new one leave (Shift K)"
          className="flex h-8 items-center gap-1.5 rounded-[5px] bg-danger px-3 text-sm font-bold text-danger-ink hover:brightness-110"
        >
          <OctagonX aria-hidden className="size-4" />
          Kill
        </button>
      </div>
    </header>
  );
}
