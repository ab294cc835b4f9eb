// A strategy played over a tape from its page; whoever may only look; and every part of the page for those who hear it or hold a phone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DemoDesk, missingBrowser, opened, Place, settles } from './browser.ts';
import { fits } from './pages.ts';

const missing = missingBrowser();
const place = new Place();
let desk: DemoDesk;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  desk = await place.desk();
  desk.tell('the one who may all\n', 'user', 'add', 'root', '--role', 'admin');
  desk.tell('the one who only looks\n', 'user', 'add', 'vera', '--role', 'viewer');
}, 120_000);
afterAll(() => place.close());

describe('in a browser', { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('without a tape it says how one is made; with one it runs, and tells how far it is without being asked', async () => {
    const page = await opened(await place.context(), desk, '/strategies?strategy=rsi-reversion');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.locator('[data-strategy]').first().waitFor();
    await page.keyboard.press('4');
    const command = page.locator('code', { hasText: 'tape from' });
    await command.waitFor();
    const words = (await command.innerText()).split(' ').slice(2);
    desk.tell('', ...words);
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByLabel('bars', { exact: true }).fill('51');
    await page.getByRole('button', { name: 'Backtest', exact: true }).click();
    expect(await page.getByText('a whole number from 2 to 50').count()).toBe(1);
    await page.getByLabel('bars', { exact: true }).fill('3');
    await page.getByLabel('Trades', { exact: true }).selectOption('BTC-USD');
    asked.length = 0;
    await page.getByRole('button', { name: 'Backtest', exact: true }).click();
    await page.locator('[data-backtest="done"]').waitFor({ timeout: 30_000 });
    const run = page.locator('[data-run] a');
    const name = await run.innerText();
    expect(await run.getAttribute('href')).toBe(`/runs/${name}`);
    await page.getByText('Run hash').waitFor();
    expect(asked.filter((one) => one.includes('/backtests'))).toEqual(['POST /api/v1/backtests']);
    const { items } = (await page.evaluate(async () => (await fetch('/api/v1/runs')).json())) as {
      items: { run: string; parameters: object }[];
    };
    expect(items.find((one) => one.run === name)?.parameters).toMatchObject({ bars: 3 });
    await run.click();
    await page.getByRole('heading', { name: 'At a terminal' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/runs/${name}`);
    expect(page.faults).toEqual([]);
    await page.context().close();
  });

  test('whoever may only look sees why the buttons are dead, and types nothing', async () => {
    const page = await opened(await place.context(), desk, '/strategies?strategy=pairs');
    await page.getByRole('button', { name: 'demo' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Name').fill('vera');
    await page.getByLabel('Password').fill('the one who only looks');
    await page.keyboard.press('Enter');
    const keep = page.getByRole('button', { name: 'Keep', exact: true });
    await keep.waitFor();
    expect(await keep.getAttribute('title')).toContain('it takes a trader');
    const text = () => page.locator('.cm-content').innerText();
    const before = await text();
    await page.locator('.cm-content .cm-line', { hasText: 'name:' }).click();
    await page.keyboard.type('zzz');
    expect(await text()).toBe(before);
    // nor does anybody type a program: it is shown as it is written, with the reason
    await page.locator('[data-strategy="ema-cross-program"]').click();
    await page.getByText('code enters at the machine only').waitFor();
    expect(await settles(text, (shown) => shown.includes('retrace/strategy'))).toContain('retrace/strategy');
    await page.context().close();
  });

  test.each(['?strategy=rsi-reversion&part=about', '?strategy=rsi-reversion&part=run', '?strategy=ema-cross.ts'])(
    '/strategies%s keeps nobody out, and fits a phone',
    async (search) => {
      await fits(await place.context(), desk, `/strategies${search}`);
    },
  );
});
