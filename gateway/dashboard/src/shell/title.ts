/** The tab in the browser: page, mode and desk as words, and the mode's colour as its picture. */
import { useEffect } from 'react';
import { useLook } from '../look.ts';
import type { Who } from '../session.ts';

type Mode = Who['mode'];

export function useTitle({ page, mode, desk }: Readonly<{ page: string; mode: Mode; desk: string | null }>): void {
  const { dark, palette } = useLook();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a look has other colours
  useEffect(() => {
    document.title = [mode, page, desk].filter((part) => part !== null).join(' · ');
    if (mode === null) delete document.documentElement.dataset['mode'];
    else document.documentElement.dataset['mode'] = mode;
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link !== null) link.href = icon(mode);
  }, [page, mode, desk, dark, palette]);
}

/** The letter tells what the colour alone would not. */
function icon(mode: Mode): string {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 32;
  const draw = canvas.getContext('2d');
  if (draw === null) return 'data:,';
  const style = getComputedStyle(document.documentElement);
  draw.fillStyle = style.getPropertyValue(mode === null ? '--edge' : '--mode').trim() || '#888';
  draw.beginPath();
  draw.roundRect(0, 0, 32, 32, 7);
  draw.fill();
  draw.fillStyle = style.getPropertyValue('--mode-ink').trim() || '#000';
  draw.font = 'bold 22px sans-serif';
  draw.textAlign = 'center';
  draw.textBaseline = 'middle';
  draw.fillText(mode?.[0] ?? '·', 16, 17.5);
  return canvas.toDataURL('image/png');
}
