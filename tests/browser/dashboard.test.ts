// The dashboard as a person meets it: a real browser, a real gateway, a real desk.
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, type DemoDesk, missingBrowser, opened, Place, settles, values } from './browser.ts';

const missing = missingBrowser();
const place = new Place();
let desk: DemoDesk;
let context: BrowserContext;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  desk = await place.desk();
  context = await place.context();
}, 120_000);
afterAll(() => place.close());

/** Of what `retrace state` prints: an amount with its currency. */
const amount = (text: string): string => text.split(' ')[0]!;

type Held = Readonly<{ strategy: string; instrument: string; quantity: string; value: string; cost: string }>;
type Picture = Readonly<{
  seq: number;
  instruments: readonly Readonly<{ instrument: string; last: string; bid: string; ask: string }>[];
  accounts: readonly Readonly<{
    account: string;
    cash: string;
    equity: string;
    drawdown: string;
    dayLoss: string;
    positions: readonly Held[];
  }>[];
  gates: readonly Readonly<{ scope: string; of: string; state: string }>[];
}>;

describe('in a browser', { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('it opens signed in, says the mode as a word and a colour, in the title and in the picture beside it', async () => {
    const page = await opened(context, desk);
    expect(await page.title()).toBe('PAPER · Now · demo-7');
    expect(await page.locator('header').first().innerText()).toMatch(/^PAPER\s+demo-7\s+live/);
    expect(await page.locator('html').getAttribute('data-mode')).toBe('PAPER');
    const frame = await page.locator('[data-line]').evaluate((one) => getComputedStyle(one).borderLeftColor);
    const word = await page
      .locator('header span')
      .first()
      .evaluate((one) => getComputedStyle(one).backgroundColor);
    expect(frame).toBe(word);
    expect(await page.locator('link[rel="icon"]').getAttribute('href')).toMatch(/^data:image\/png/);
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('it asks for nothing once it is open: numbers are pushed, and painted four times a second at most', async () => {
    const page = await opened(context, desk);
    await page.waitForSelector('[data-instrument] [data-value]');
    await page.waitForTimeout(500);
    const asked: string[] = [];
    // a letter or a part of the page that is used for the first time is a file, and asks the desk nothing
    page.on('request', (request) => {
      if (!new URL(request.url()).pathname.startsWith('/assets/')) asked.push(request.url());
    });
    const paints = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let last = 0;
          let count = 0;
          // changes of one paint come in one task
          const watcher = new MutationObserver(() => {
            if (performance.now() - last > 40) count += 1;
            last = performance.now();
          });
          watcher.observe(document.querySelector('[data-instrument]')!, {
            subtree: true,
            childList: true,
            characterData: true,
            attributes: true,
          });
          setTimeout(() => {
            watcher.disconnect();
            resolve(count);
          }, 4_000);
        }),
    );
    expect(asked).toEqual([]);
    expect(paints).toBeGreaterThan(4);
    expect(paints).toBeLessThanOrEqual(17);
    await page.close();
  });

  test('a view is its address: loaded again, it is the same', async () => {
    const page = await opened(context, desk);
    const chip = (name: string) => page.getByRole('button', { name, exact: true });
    await chip('candles').click();
    await chip('feeds').click();
    await page.getByRole('searchbox', { name: 'Find in the decisions' }).fill('BTC-USD');
    await expect.poll(() => new URL(page.url()).searchParams.get('find')).toBe('BTC-USD');
    const address = page.url();
    await page.reload();
    await page.waitForSelector('[data-line="open"]');
    expect(page.url()).toBe(address);
    expect(await chip('candles').getAttribute('aria-pressed')).toBe('true');
    expect(await chip('feeds').getAttribute('aria-pressed')).toBe('false');
    expect(await page.getByRole('searchbox', { name: 'Find in the decisions' }).inputValue()).toBe('BTC-USD');
    const shown = await settles(
      () => page.locator('[data-address]').allInnerTexts(),
      (found) => found.length > 0,
    );
    for (const text of shown) expect(text).toContain('BTC-USD');
    await page.close();
  });

  test('a panel stands still while it is pointed at, and goes on when it is left', async () => {
    const page = await opened(context, desk);
    await page.waitForSelector('[data-instrument] [data-value]');
    const tile = page.locator('[data-instrument]').first();
    await tile.hover();
    await page.waitForTimeout(400);
    const before = await tile.locator('[data-value]').evaluateAll((found) => found.map((one) => one.textContent));
    await page.waitForTimeout(1_500);
    expect(await tile.locator('[data-value]').evaluateAll((found) => found.map((one) => one.textContent))).toEqual(before);
    await page.mouse.move(700, 20);
    await expect
      .poll(() => tile.locator('[data-value]').evaluateAll((found) => found.map((one) => one.textContent)), { timeout: 5_000 })
      .not.toEqual(before);
    await page.close();
  });

  test('everything is reached by keys, and the palette finds it by a word', async () => {
    const page = await opened(context, desk);
    await page.keyboard.press('g');
    await page.keyboard.press('y');
    await expect.poll(() => page.title()).toBe('PAPER · System · demo-7');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Find' }).waitFor();
    await page.keyboard.type('notices');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toBe('PAPER · Settings · demo-7');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.close();
  });

  test('nobody is kept out of any page, in the dark, in the light, or on a phone', async () => {
    const page = await opened(context, desk);
    const paths = await page.locator('nav a').evaluateAll((found) => found.map((one) => one.getAttribute('href')!));
    for (const path of paths) {
      await page.click(`nav a[href="${path}"]`);
      await page.waitForSelector(`nav a[href="${path}"][aria-current="page"]`);
      await page.waitForTimeout(500);
      expect([path, await axe(page)]).toEqual([path, []]);
      // the same page by day differs by its colours, and on a phone by its places
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 390, height: 844 });
      await page.waitForTimeout(500); // colours that are on their way to others are nobody's colours
      expect([path, await axe(page, 'color-contrast', 'scrollable-region-focusable')]).toEqual([path, []]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect([path, wide]).toEqual([path, 0]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    await page.keyboard.press('Shift+K');
    await page.getByRole('dialog').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('the kill switch works by keys alone, and the desk is killed', async () => {
    const page = await opened(context, desk, '/system');
    await page.keyboard.press('Shift+K');
    await page.getByRole('dialog', { name: /^Kill PAPER/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('KILL');
    await page.keyboard.press('Tab');
    await page.keyboard.type('seen in a test');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Killed' }).waitFor();
    await expect.poll(() => page.locator('header').first().innerText()).toContain('KILLED');
    const status = await settles(
      () => desk.ask('status', 'demo-7'),
      ({ killedAt }) => killedAt !== null,
    );
    expect(status['killedAt']).toBeTypeOf('number');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await expect.poll(() => page.getByRole('region', { name: 'Gate' }).innerText()).toContain('KILLED');
    expect(page.faults).toEqual([]);
    await page.close();
  });

  test('when the gateway goes, the page says so and shows what the journal holds at its number; when it is back, it goes on and says what it missed', {
    timeout: 60_000,
  }, async () => {
    const page = await opened(context, desk, '/?kinds=candles,feeds,gate,strategies,money');
    await page.waitForSelector('[data-address]');
    await page.waitForTimeout(1_000);
    await desk.stop();
    await page.getByText(/Nothing is heard since/).waitFor();
    const seq = Number(await page.locator('[data-seq]').getAttribute('data-seq'));
    const { picture } = (await desk.ask('state', 'demo-7', '--at', String(seq))) as { picture: Picture };
    expect(picture.seq).toBe(seq);
    for (const { instrument, last, bid, ask } of picture.instruments) {
      const [shownLast, shownBid, , shownAsk] = await values(page, `[data-instrument="${instrument}"]`);
      expect([instrument, shownLast, shownBid, shownAsk]).toEqual([instrument, last, bid, ask]);
    }
    for (const { account, cash, equity, drawdown, dayLoss, positions } of picture.accounts) {
      const today = amount(dayLoss).startsWith('-')
        ? amount(dayLoss).slice(1)
        : Number(amount(dayLoss)) === 0
          ? amount(dayLoss)
          : `-${amount(dayLoss)}`;
      expect(await values(page, `[data-account="${account}"]`)).toEqual([amount(equity), today, amount(drawdown), amount(cash)]);
      for (const { strategy, instrument, quantity, value, cost } of positions) {
        const [lots, , shownValue, shownCost] = await values(page, `[data-row="${account} ${strategy} ${instrument}"]`);
        expect([instrument, lots, shownValue, shownCost]).toEqual([instrument, quantity, amount(value), amount(cost)]);
      }
      expect(await page.locator(`[data-row^="${account} "]`).count()).toBe(positions.length);
    }
    await desk.start();
    await page.waitForSelector('[data-line="open"]', { timeout: 20_000 });
    await page.getByText(/From number \d+ on it is whole/).waitFor();
    const back = Number(await page.locator('[data-seq]').getAttribute('data-seq'));
    await expect.poll(async () => Number(await page.locator('[data-seq]').getAttribute('data-seq'))).toBeGreaterThan(back);
    expect(await page.getByText(/Nothing is heard since/).count()).toBe(0);
    await page.close();
  });
});
