/** Light or dark, and which colours mean gain and loss; kept in this browser. */
import { useSyncExternalStore } from 'react';
import { keep, kept } from './kept.ts';

export const LOOKS = ['system', 'dark', 'light'] as const;
export type Look = (typeof LOOKS)[number];
/** `blind`: blue and orange, told apart by those who do not tell red from green. */
export const PALETTES = ['standard', 'blind'] as const;
export type Palette = (typeof PALETTES)[number];
export type Seen = Readonly<{ look: Look; palette: Palette; dark: boolean }>;

const system = window.matchMedia('(prefers-color-scheme: light)');
const listeners = new Set<() => void>();
let seen: Seen = made(
  LOOKS.find((one) => one === kept('look', 'system')) ?? 'system',
  PALETTES.find((one) => one === kept('palette', 'standard')) ?? 'standard',
);
wear();
system.addEventListener('change', () => set(seen.look, seen.palette));

function made(look: Look, palette: Palette): Seen {
  return { look, palette, dark: look === 'dark' || (look === 'system' && !system.matches) };
}

function set(look: Look, palette: Palette): void {
  seen = made(look, palette);
  keep('look', look);
  keep('palette', palette);
  wear();
  for (const call of [...listeners]) call();
}

function wear(): void {
  const { dataset } = document.documentElement;
  dataset['look'] = seen.dark ? 'dark' : 'light';
  dataset['palette'] = seen.palette;
}

export const setLook = (look: Look): void => set(look, seen.palette);
export const setPalette = (palette: Palette): void => set(seen.look, palette);
export const useLook = (): Seen =>
  useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => seen,
  );
