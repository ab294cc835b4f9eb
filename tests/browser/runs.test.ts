// The Runs page in a browser: a backtest that somebody else begins shows its progress without a question of the page, a run opens, two are compared, a sweep
// is walked by the keyboard.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { walkTape } from '../walk-tape.ts';
import { axe, type DemoDesk, missingBrowser, opened, Place } from './browser.ts';
import { fits } from './pages.ts';

const missing = missingBrowser();
const place = new Place();
let desk: DemoDesk;
let sweep: string;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  desk = await place.desk();
  walkTape({ folder: join(desk.home, 'tapes', 'walk'), seed: 9, kind: 'bar', count: 4_000 });
  const params = ['--param', 'fast=2..8:2', '--param', 'slow=10..30:10', '--workers', '1'];
  sweep = String((await desk.ask('sweep', 'ema-cross', '--tape', 'walk', ...params))['sweep']);
  await desk.ask('backtest', 'ema-cross', '--tape', 'walk', '--set', 'fast=3', '--tag', 'first');
  walkTape({ folder: join(desk.home, 'tapes', 'long'), seed: 10, kind: 'bar', count: 140_000 });
}, 120_000);
afterAll(() => place.close());

/** As a program would, beside the page. */
const begins = (page: Page, body: object): Promise<string> =>
  page.evaluate(async (asked) => {
    const { csrf } = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
    const answer = await fetch('/api/v1/backtests', { method: 'POST', headers, body: JSON.stringify(asked) });
    return ((await answer.json()) as { backtest: string }).backtest;
  }, body);

describe('in a browser', { timeout: 120_000 }, () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('a backtest that is begun elsewhere is shown as it runs and ends, and the page asks nothing meanwhile', async () => {
    const context = await place.context();
    const page = await opened(context, desk, '/runs');
    await page.locator('[data-row]').first().waitFor();
    const other = await opened(context, desk, '/system');
    await page.waitForTimeout(500);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    const id = await begins(other, { strategy: 'ema-cross', tapes: ['long'], set: { fast: 7 } });
    const row = page.locator(`[data-begun="${id}"]`);
    await row.waitFor();
    const shares = new Set<number>();
    await expect
      .poll(
        async () => {
          const share = await row
            .locator('[data-share]')
            .getAttribute('data-share', { timeout: 200 })
            .catch(() => null);
          if (share !== null) shares.add(Number(share));
          return row.getAttribute('data-state');
        },
        { timeout: 40_000, interval: 60 },
      )
      .toBe('done');
    expect([...shares].some((share) => share > 0 && share < 1)).toBe(true);
    for (const share of shares) expect(share).toBeLessThanOrEqual(1);
    // it came into the catalogue: that list, and no other, is read again, once
    const run = (await row.getByRole('link').first().innerText()).trim();
    await page.locator(`[data-row="${run}"]`).waitFor();
    expect(new Set(asked)).toEqual(new Set(['GET /api/v1/runs']));
    expect(asked.length).toBe(1);
    const cut = await begins(other, { strategy: 'ema-cross', tapes: ['long'], set: { fast: 9 } });
    await page.locator(`[data-begun="${cut}"][data-state="running"]`).getByRole('button', { name: 'End' }).click();
    await page.locator(`[data-begun="${cut}"][data-state="cancelled"]`).waitFor();
    expect(page.faults).toEqual([]);
    await context.close();
  });

  test('a run opens whole, its numbers are those of the command, and it is found by what stands in the address', async () => {
    const context = await place.context();
    const page = await opened(context, desk, '/runs?find=first');
    const found = page.getByRole('region', { name: 'Runs, table' }).getByRole('link');
    await expect.poll(() => found.count()).toBe(1);
    await found.click();
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/ema-cross-/);
    const run = (await page.locator('[data-run]').getAttribute('data-run'))!;
    const report = (await desk.ask('report', run)) as { metrics: { key: string; value: number | string | null }[]; trades: unknown[] };
    await page.locator('[data-metric="netProfit"] [data-value]').waitFor({ timeout: 20_000 });
    const profit = report.metrics.find(({ key }) => key === 'netProfit')!.value;
    expect(await page.locator('[data-metric="netProfit"] [data-value]').getAttribute('data-value')).toBe(profit);
    await page
      .getByRole('heading', { name: `Trades ${report.trades.length}` })
      .or(page.getByRole('table', { name: 'Trades' }))
      .first()
      .waitFor();
    expect(await page.getByRole('table', { name: 'Trades' }).getAttribute('aria-rowcount')).toBe(String(report.trades.length + 1));
    await page.getByRole('img', { name: /^Equity from/ }).waitFor();
    expect(await page.locator('[data-command]').first().innerText()).toMatch(/^npx retrace backtest ema-cross --tape walk --set fast=3 /);
    expect(await page.getByRole('link', { name: 'Watch it' }).getAttribute('href')).toBe(`/replay?run=${run}`);
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('b');
    await page.getByRole('heading', { name: 'Catalogue' }).waitFor();
    expect(page.faults).toEqual([]);
    await context.close();
  });

  test('two are chosen and compared: what was asked differently, where they part, both on one chart', async () => {
    const context = await place.context();
    const page = await opened(context, desk, '/runs');
    const choices = page.getByRole('checkbox');
    await choices.nth(1).waitFor();
    await choices.nth(0).check();
    await choices.nth(1).check();
    await page.keyboard.press('c');
    await page.getByRole('img', { name: /^Equity of both/ }).waitFor({ timeout: 30_000 });
    expect(await page.locator('[data-parting]').count()).toBe(2);
    await page.locator('[data-row="parameters.fast"]').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(page.faults).toEqual([]);
    await context.close();
  });

  test('a sweep is a map of numbers that arrow keys walk, and a cell leads to its trial', async () => {
    const context = await place.context();
    const page = await opened(context, desk, `/runs?sweep=${sweep}`);
    const map = page.locator('[data-map]');
    await map.waitFor();
    expect(await map.locator('[data-cell]').count()).toBeGreaterThan(6);
    const scores = await map
      .locator('[data-cell]')
      .evaluateAll((cells) => cells.map((cell) => [cell.getAttribute('data-score'), cell.textContent]));
    for (const [score, text] of scores) expect(Number.parseFloat(text!)).toBeCloseTo(Number(score), 1);
    await map.locator('[data-cell][tabindex="0"]').focus();
    await page.keyboard.press('Enter');
    const before = await page.locator('[data-chosen]').getAttribute('data-chosen');
    await page.keyboard.press('ArrowLeft');
    const after = await page.locator('[data-chosen]').getAttribute('data-chosen');
    expect(after).not.toBe(before);
    expect(await page.locator('[data-chosen]').innerText()).toMatch(/npx retrace backtest ema-cross .*--set fast=\d|ema-cross-[0-9a-f]{8}/);
    expect(await axe(page)).toEqual([]);
    expect(page.faults).toEqual([]);
    await context.close();
    for (const path of ['/runs', `/runs?sweep=${sweep}`]) {
      const light = await place.context({ colorScheme: 'light' });
      await fits(light, desk, path);
      await light.close();
    }
  });
});
