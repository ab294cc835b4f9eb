// What a browser must load before it shows something, packed as the gateway sends it. A limit is raised by hand or not at all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { ensureDashboardBuilt, OUT, STAMP } from '../scripts/dashboard.mjs';

type Script = Readonly<{ file: string; source: string | null; entry: boolean; loads: readonly string[] }>;
type Stamp = Readonly<{ files: readonly string[]; scripts: readonly Script[] }>;

const KB = 1_000;
const ENTRY = 180 * KB;
const STYLES = 20 * KB;
/** Of one page or part that is loaded when it is opened, beyond what is there already. */
const PAGE = 60 * KB;
/** What is known to weigh more, with its reason. */
const HEAVY: Readonly<Record<string, number>> = {
  'src/pages/replay/replay-page.tsx': 75 * KB, // its transport, its scrubber, and every pane a second time beside them
  'src/pages/strategies/document-text.tsx': 165 * KB, // the editor with its language, completion and marks, loaded when a text is opened
  'src/pages/strategies/editor/program-view.tsx': 170 * KB, // the same editor, and the grammar of TypeScript
  'src/pages/strategies/editor/difference-view.tsx': 125 * KB, // the same editor twice, and what differs
  'src/pages/chart/candle-chart.tsx': 90 * KB, // the chart library, loaded when a chart is opened
};

let stamp: Stamp;
beforeAll(async () => {
  await ensureDashboardBuilt({ say: () => {} });
  stamp = JSON.parse(readFileSync(STAMP, 'utf8')) as Stamp;
});

const packed = (file: string): number => gzipSync(readFileSync(join(OUT, file)), { level: 9 }).length;

/** A script and all it loads at once. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const next of stamp.scripts.find((script) => script.file === file)?.loads ?? []) closure(next, seen);
  return seen;
}
const sum = (files: Iterable<string>): number => [...files].reduce((total, file) => total + packed(file), 0);
const entry = (): Set<string> => new Set(stamp.scripts.filter((script) => script.entry).flatMap(({ file }) => [...closure(file)]));

test('the first page comes in less than its limit', () => {
  const weight = sum(entry());
  expect(weight).toBeGreaterThan(60 * KB); // React and the router are in it, so something was counted
  expect(weight).toBeLessThanOrEqual(ENTRY);
  expect(sum(stamp.files.filter((file) => file.endsWith('.css')))).toBeLessThanOrEqual(STYLES);
});

test('each page adds little, and what is heavy is named', () => {
  const base = entry();
  const pages = stamp.scripts.filter(({ source, entry }) => source !== null && !entry && source.startsWith('src/'));
  expect(pages.length).toBeGreaterThan(3);
  for (const { file, source } of pages) {
    const added = sum([...closure(file)].filter((one) => !base.has(one)));
    expect([source, added <= (HEAVY[source!] ?? PAGE) ? 'fits' : added]).toEqual([source, 'fits']);
  }
  for (const source of Object.keys(HEAVY)) expect(pages.map((page) => page.source)).toContain(source);
});

test('nothing stands in the page itself that its policy would refuse, and no file comes from elsewhere', () => {
  const html = readFileSync(join(OUT, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|style=/);
  expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url!).filter((url) => url !== 'data:,')).toSatisfy(
    (urls: string[]) => urls.every((url) => url.startsWith('/assets/')),
  );
  for (const file of stamp.files.filter((name) => name.endsWith('.css')))
    expect(readFileSync(join(OUT, file), 'utf8')).not.toMatch(/url\((?!["']?\/assets\/)[^)]*\)|@import/);
});
