// The chart in a real browser: what it draws is what the journal says, and what is not closed is said to be so.
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DemoDesk, missingBrowser, opened, Place, settles } from './browser.ts';
import { fits } from './pages.ts';

const missing = missingBrowser();
const room = new Place();
let desk: DemoDesk;
let context: BrowserContext;

beforeAll(async () => {
  if (missing !== null) return;
  await room.open();
  desk = await room.desk();
  context = await room.context();
}, 120_000);
afterAll(() => room.close());

describe('the chart in a browser', () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('each candle has the numbers of the journal, and one that is under way says that it is not closed', async () => {
    const page = await opened(context, desk, '/chart?instrument=ETH-USD&lines=sma2,rsi3');
    await page.locator('[role="application"] canvas').first().waitFor({ timeout: 30_000 });
    await page.getByText('As tables:', { exact: false }).click();
    const rows = page.locator('section[aria-label^="Candles"] tbody tr');
    await settles(
      () => rows.count(),
      (count) => count > 5,
      30_000,
    );
    await page.getByText('not closed: of', { exact: false }).first().waitFor();
    const shown = await rows.evaluateAll((all) =>
      all.map((row) => ({
        start: Date.parse(row.querySelector('time')!.dateTime) * 1_000,
        values: [...row.querySelectorAll('[data-value]')].map((one) => one.getAttribute('data-value')),
        forming: row.textContent!.includes('not closed'),
      })),
    );
    expect(shown.filter(({ forming }) => forming).length).toBeLessThanOrEqual(1);
    const said = await page.evaluate(async () => {
      const answer = await fetch('/api/v1/candles?instrument=ETH-USD&order=newest&limit=500&versions=all');
      return ((await answer.json()) as { items: { start: number; open: string; high: string; low: string; close: string }[] }).items;
    });
    const closed = shown.filter(({ forming }) => !forming);
    expect(closed.length).toBeGreaterThan(4);
    for (const { start, values } of closed) {
      const versions = said.filter((one) => one.start === start).map(({ open, high, low, close }) => [open, high, low, close]);
      expect([start, versions]).toEqual([start, expect.arrayContaining([values])]);
    }
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('it is walked in by the keyboard, and its view is kept in the address', async () => {
    const page = await opened(context, desk, '/chart?instrument=BTC-USD');
    await page.locator('[role="application"] canvas').first().waitFor({ timeout: 30_000 });
    await page.locator('[role="application"]').focus();
    for (const key of ['ArrowLeft', '+', '-', 'Home', 'End', 'ArrowRight']) await page.keyboard.press(key);
    await page.keyboard.press(']');
    await page.waitForURL(/instrument=ETH-USD/);
    await page.getByLabel('Kind of line').selectOption('atr');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.waitForURL(/lines=ema12,ema26,atr14/);
    await page.reload();
    await page.getByRole('button', { name: 'Take atr14 away' }).waitFor();
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('it keeps nobody out and fits a phone', async () => {
    await fits(context, desk, '/chart');
  });
});
