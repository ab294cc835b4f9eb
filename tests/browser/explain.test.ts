// Why, in a real browser: from an order that was filled down to the tick, the machine it moved, and the journal's bytes checked there.
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

describe('explaining in a browser', () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('an order that was filled is told down to the tick, with its machine and its bytes', async () => {
    const page = await opened(context, desk, '/orders');
    expect(await place(page, { instrument: 'BTC-USD', type: 'market', lots: '0.0010' })).toBe('yes');
    const order = await page.locator('dialog [data-address]').first().getAttribute('data-address');
    await page.getByRole('button', { name: 'Follow it' }).click();
    await page.locator('[data-step="end"][data-state="FILLED"]').waitFor({ timeout: 30_000 });
    await page.getByText('Why, down to the tick').click();
    await page.waitForURL(`**/explain?what=${order}`);
    const chain = page.locator('[data-link]');
    await page.locator('[data-link="OrderFilled"]').first().waitFor({ timeout: 30_000 });
    const types = await chain.evaluateAll((all) => all.map((one) => one.getAttribute('data-link')));
    expect(types).toEqual(expect.arrayContaining(['OrderApproved', 'Clause', 'OrderRequested', 'OrderMoved', 'Tick', 'OrderFilled']));
    expect(await page.locator('[data-sentence]').innerText()).toContain(`Order ${order}`);
    const machine = page.locator('[data-machine="order"]');
    await machine.waitFor();
    expect([await machine.getAttribute('data-from'), await machine.getAttribute('data-to')]).toEqual(['LIVE', 'FILLED']);
    await page.getByRole('button', { name: 'Check the bytes' }).click();
    await page.locator('[data-check="reached"]').waitFor({ timeout: 30_000 });
    await page.getByText('Checked: these bytes are what the journal’s chain says.').waitFor();
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('bytes that were changed on the way are found', async () => {
    const page = await opened(context, desk, '/explain?what=1');
    await page.route('**/api/v1/journal/*', async (route) => {
      const answer = await route.fetch();
      const said = (await answer.json()) as { items: { bytes: string }[] };
      const bytes = Buffer.from(said.items[0]!.bytes, 'base64');
      bytes[bytes.length - 1]! ^= 1;
      said.items[0]!.bytes = bytes.toString('base64');
      await route.fulfill({ response: answer, json: said });
    });
    await page.getByRole('button', { name: 'Check the bytes' }).click({ timeout: 30_000 });
    await page.getByText('its content does not fit its checksum').waitFor();
    await page.close();
  });

  test('a minute in which nothing happened says who was awake and what each waited for', async () => {
    const page = await opened(context, desk, '/explain');
    await page.getByLabel('Why', { exact: true }).fill('00:00:01');
    await page.keyboard.press('Enter');
    await page.locator('[data-sentence]').getByText('nothing was ordered, refused or filled').waitFor({ timeout: 30_000 });
    expect(await page.locator('[data-sentence]').innerText()).toMatch(/ema-cross-BTC-USD was (still warming|awake)/);
    await page.close();
  });

  test('it keeps nobody out and fits a phone', async () => {
    await fits(context, desk, '/explain?what=1');
  });
});
