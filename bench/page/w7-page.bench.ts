/**
 * W7 in a browser: the Now page of a desk with a hundred instruments under a fixed rate of ticks. How old a price is when it is put on the page,
 * and when the next one takes its place; how long until the first; what the page takes of its processor and whether its memory grows.
 */
import { existsSync } from 'node:fs';
import { ask, child, gone } from '../children.ts';
import { finish, percentile, type Row, sized, tell } from '../harness.ts';
import { SERVER_ROLE, type ServerAsked, type ServerReady, type ServerTook, serve } from '../w7-server.ts';

const BAR_MS = 500;
const SYMBOLS = sized(10, 100);
const RATES = sized([1_000], [1_000, 10_000]);
/** `RETRACE_BENCH_MINUTES` for a longer look at its memory. */
const SECONDS = sized(4, Number(process.env['RETRACE_BENCH_MINUTES'] ?? 1) * 60);
const SETTLE_MS = 3_000;
const BROWSERS = [process.env['RETRACE_BROWSER'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

type Looked = Readonly<{ put: number[]; replaced: number[]; first: number | null; prices: number }>;

if (process.argv.includes(SERVER_ROLE)) await serve();
else {
  const rows: Row[] = [];
  for (const rate of RATES) rows.push(...(await looked(rate)));
  finish('w7-page', rows);
}

async function looked(rate: number): Promise<Row[]> {
  const executablePath = BROWSERS.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error('no browser is here: install chromium, or name one by RETRACE_BROWSER');
  const { chromium } = await import('playwright-core');
  const server = child(SERVER_ROLE);
  const { origin } = await ask<ServerReady>(server, { driver: 'uws', symbols: SYMBOLS, rate } satisfies ServerAsked);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1_600, height: 1_000 } });
    await page.addInitScript(notePrices);
    await page.goto(`${origin}/`);
    await page.waitForFunction((most) => document.querySelectorAll('[data-instrument] [data-value]').length >= most, SYMBOLS, {
      timeout: 30_000,
    });
    await page.waitForTimeout(SETTLE_MS);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    const measured = async () => {
      await devtools.send('HeapProfiler.collectGarbage');
      const { metrics } = await devtools.send('Performance.getMetrics');
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as Record<string, number>;
    };
    const before = await measured();
    await page.evaluate(() => Object.assign((window as unknown as { looked: Looked }).looked, { put: [], replaced: [] }));
    await ask<'begun'>(server, 'begin');
    await page.waitForTimeout(SECONDS * 1_000);
    const took = await ask<ServerTook>(server, 'took');
    const { put, replaced, first, prices } = await page.evaluate(() => (window as unknown as { looked: Looked }).looked);
    const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN);
    const after = await measured();
    const wall = (after['Timestamp']! - before['Timestamp']!) * 1_000;
    const main = ((after['TaskDuration']! - before['TaskDuration']!) * 1_000_000) / wall;
    const grown = (after['JSHeapUsedSize']! - before['JSHeapUsedSize']!) / 1e6;
    const ages = [put, replaced].map((one) => Float64Array.from(one).sort());
    const reached = (took.ticks * 1_000) / took.wallMs;
    const name = `${SYMBOLS} instruments, ${rate} ticks/s`;
    const worst = percentile([...ages[0]!], 0.99);
    tell(
      `${name}: ${Math.round(reached)} ticks a second reached, ${put.length} prices put on the page, ${Math.round(main)} ms of its thread a second, ` +
        `${(before['JSHeapUsedSize']! / 1e6).toFixed(1)} MB then ${(after['JSHeapUsedSize']! / 1e6).toFixed(1)} MB, ${Math.round(after['Nodes']!)} nodes then`,
    );
    const row = (what: string, value: number, unit: string, equal: boolean | null = null): Row => ({
      ...{ name: `${name}: ${what}`, value, unit, ratio: null, against: null, equal },
    });
    return [
      row('a price when it is put there, p50', percentile([...ages[0]!], 0.5), 'ms old'),
      row('a price when it is put there, p99', worst, 'ms old', worst < BAR_MS && prices >= SYMBOLS),
      row('a price when the next takes its place, p50', percentile([...ages[1]!], 0.5), 'ms old'),
      row('a price when the next takes its place, p99', percentile([...ages[1]!], 0.99), 'ms old'),
      row('first paint', painted, 'ms'),
      row('first price', first ?? Number.NaN, 'ms', first !== null),
      row("the page's thread", main, 'ms a second'),
      row('its memory after a minute', after['JSHeapUsedSize']! / 1e6, 'MB'),
      row('its memory grew', (grown * 3_600_000) / wall, 'MB an hour'),
    ];
  } finally {
    await browser.close();
    server.send('end');
    await gone(server);
  }
}

/** In the page, before anything of it: each price that comes into a tile, and the one that was there. */
function notePrices(): void {
  const looked = { put: [] as number[], replaced: [] as number[], first: null as number | null, prices: 0 };
  Object.assign(window, { looked });
  const most = 100_000_000;
  const ageOf = (price: string): number => (((Math.floor(Date.now()) - (Math.round(Number(price) * 100) - most)) % most) + most) % most;
  const seen = (element: Element, before: string | null): void => {
    // the first figure of a tile is its last price
    if (element.closest('[data-instrument]')?.querySelector('[data-value]') !== element) return;
    looked.first ??= performance.now();
    looked.prices += 1;
    looked.put.push(ageOf(element.getAttribute('data-value')!));
    if (before !== null) looked.replaced.push(ageOf(before));
  };
  new MutationObserver((changes) => {
    for (const { type, target, oldValue, addedNodes } of changes) {
      if (type === 'attributes') seen(target as Element, oldValue);
      else
        for (const node of addedNodes)
          if (node instanceof Element) for (const one of node.querySelectorAll('[data-value]')) seen(one, null);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-value'], attributeOldValue: true });
}
