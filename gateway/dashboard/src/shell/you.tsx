/** Who sits here, until when, and how the page looks to them. */
import { LogOut, UserRound } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { LOOKS, type Look, PALETTES, type Palette, setLook, setPalette, useLook } from '../look.ts';
import { useSecond } from '../second.ts';
import { signOut, useWho } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/field.tsx';
import { LOCAL_ZONE, setZone, span, useZone, ZONES } from '../zone.ts';

const LOOK_NAMES: Record<Look, string> = { system: 'as the system has it', dark: 'dark', light: 'light' };
const PALETTE_NAMES: Record<Palette, string> = { standard: 'green and red', blind: 'blue and orange (colour-blind safe)' };

export function You() {
  const who = useWho();
  const sheet = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const element = sheet.current;
    const toggled = (event: Event) => setOpen((event as ToggleEvent).newState === 'open');
    element?.addEventListener('toggle', toggled);
    return () => element?.removeEventListener('toggle', toggled);
  }, []);
  return (
    <>
      <button
        type="button"
        popoverTarget="you"
        aria-expanded={open}
        aria-controls="you"
        className="flex h-8 items-center gap-1.5 rounded-[5px] px-2 text-dim hover:bg-raised hover:text-ink"
      >
        <UserRound aria-hidden className="size-4" />
        <span className="max-md:sr-only">{who.demo ? 'demo' : who.user}</span>
      </button>
      <div
        id="you"
        ref={sheet}
        popover="auto"
        role="dialog"
        aria-label="You and this page"
        className="fixed top-12 right-2 left-auto m-0 w-72 rounded-lg border border-edge bg-panel p-3 text-ink shadow-2xl"
      >
        {open ? <Sheet /> : null}
      </div>
    </>
  );
}

function Sheet() {
  const who = useWho();
  const now = useSecond();
  const { look, palette } = useLook();
  const zone = useZone();
  return (
    <div className="flex flex-col gap-3">
      <div>
        <p className="font-semibold">{who.demo ? 'The demonstration' : who.user}</p>
        <p className="text-xs text-dim">
          {who.role ?? 'nobody'}
          {who.until === null ? '' : `; signed in for ${span(Math.max(0, who.until / 1_000 - now))} more at most`}
        </p>
      </div>
      <Choice
        label="Times in"
        value={zone}
        onChange={(event) => setZone(event.target.value)}
        hint="Point at any time to see it in UTC, to the microsecond."
      >
        {ZONES.map((one) => (
          <option key={one} value={one}>
            {one === LOCAL_ZONE && one !== 'UTC' ? `${one} (here)` : one}
          </option>
        ))}
      </Choice>
      <Choice label="Page" value={look} onChange={(event) => setLook(event.target.value as Look)}>
        {LOOKS.map((one) => (
          <option key={one} value={one}>
            {LOOK_NAMES[one]}
          </option>
        ))}
      </Choice>
      <Choice label="Gain and loss" value={palette} onChange={(event) => setPalette(event.target.value as Palette)}>
        {PALETTES.map((one) => (
          <option key={one} value={one}>
            {PALETTE_NAMES[one]}
          </option>
        ))}
      </Choice>
      <Button onClick={() => void signOut()}>
        <LogOut aria-hidden className="size-3.5" /> Sign out
      </Button>
      <p className="text-2xs text-faint">Retrace {who.version}</p>
    </div>
  );
}
