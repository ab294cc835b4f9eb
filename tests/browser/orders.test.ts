// Orders by hand in a real browser: refused with every clause in place, changed and cancelled by the keyboard alone.
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DemoDesk, missingBrowser, opened, Place } from './browser.ts';
import { fits, place } from './pages.ts';

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

describe('orders in a browser', () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('what fits no step is told before it is asked for', async () => {
    const page = await opened(context, desk, '/orders');
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(request.url());
    });
    await page.getByRole('heading', { name: 'Working' }).waitFor();
    await page.keyboard.press('o');
    const ticket = page.getByRole('form', { name: 'Order ticket' });
    await ticket.getByLabel('Instrument').selectOption('BTC-USD');
    await ticket.getByLabel('Quantity').fill('0.00015');
    await ticket.getByLabel('Limit', { exact: true }).fill('60000.05');
    await page.keyboard.press('Enter');
    await page.getByText('is between two steps of the lot, 0.0001: 0.0001 or 0.0002').waitFor();
    await page.getByText('is between two steps of the tick, 0.1: 60000.0 or 60000.1').waitFor();
    expect(asked).toEqual([]);
    await page.close();
  });

  test('an order that is refused says which clauses, with their numbers, and leads to its reasons', async () => {
    const page = await opened(context, desk, '/orders');
    expect(await place(page, { instrument: 'ETH-USD', type: 'limit', lots: '1000', limit: (bid) => String(Math.floor(bid) * 3) })).toBe(
      'no',
    );
    await page.locator('[data-clause="collar"][data-ok="false"]').waitFor();
    const failed = await page.locator('dialog [data-ok="false"]').evaluateAll((all) => all.map((one) => one.getAttribute('data-clause')));
    expect(failed).toEqual(expect.arrayContaining(['collar', 'notional', 'position']));
    expect(await page.locator('[data-clause="notional"]').innerText()).toMatch(/limit\s+5000000\s.*asked\s+\d{8,}/s);
    await page.locator('dialog').getByText('Why, down to the tick').click();
    await page.waitForURL(/\/explain\?what=\d+\.\d+$/);
    await page.locator('[data-sentence]').getByText('asked by hand', { exact: false }).waitFor({ timeout: 30_000 });
    expect(await page.locator('[data-sentence]').innerText()).toMatch(/and was refused: .*ETH-USD|and was refused: its price/);
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('a working order is changed and cancelled by the keyboard alone', async () => {
    const page = await opened(context, desk, '/orders');
    expect(await place(page, { instrument: 'ETH-USD', type: 'limit', lots: '0.010', limit: (bid) => String(Math.floor(bid * 0.98)) })).toBe(
      'yes',
    );
    const order = await page.locator('dialog [data-address]').first().getAttribute('data-address');
    await page.keyboard.press('Enter'); // Close has the keyboard
    const row = page.locator('tr', { hasText: order! }).first();
    await row.getByText('LIVE').waitFor();
    for (let tries = 0; tries < 20 && !page.url().endsWith(`order=${order}`); tries++) await page.keyboard.press(']');
    expect(page.url()).toContain(`order=${order}`);
    await page.keyboard.press('e');
    await page.getByRole('form', { name: 'Change of an order' }).waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('0.020');
    await page.keyboard.press('Enter');
    await page.locator('dialog [data-answer="yes"]').waitFor();
    await page.keyboard.press('Enter');
    await row.locator('[data-value="0.020"]').waitFor();
    await row.getByText('LIVE').waitFor();
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Cancel the order' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('dialog [data-answer="yes"]').waitFor();
    await page.keyboard.press('Enter');
    const life = page.getByRole('list', { name: 'Steps of its life' });
    await life.locator('[data-state="CANCELLED"]').waitFor({ timeout: 30_000 });
    const states = await life.locator('[data-state]').evaluateAll((all) => all.map((one) => one.getAttribute('data-state')));
    expect(states).toEqual(['SENDING', 'LIVE', 'REPLACE_PENDING', 'LIVE', 'CANCEL_PENDING', 'CANCELLED']);
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('the pages keep nobody out and fit a phone', async () => {
    for (const path of ['/orders', '/risk', '/portfolio']) await fits(context, desk, path);
  });
});
