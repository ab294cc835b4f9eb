/** What every page has around its sections: the head, the style, the theme switch, and no way to the network. */
import { escaped } from './markup.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export function wholePage(title: string, header: string, sections: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    // Nothing may be fetched: the file must read the same on a plane and in ten years.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    header,
    `<main>${sections.join('\n')}</main>`,
    `<script>${SCRIPT}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** The page's name, and the switch beside it. */
export function titleLine(name: string): string {
  const button = '<button type="button" id="theme" aria-label="Switch between light and dark">◐ <span>theme</span></button>';
  return `<div class="title"><h1>${escaped(name)}</h1>${button}</div>`;
}
