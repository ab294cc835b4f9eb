// A recorded day in the browser: opened, scrubbed, stepped, jumped and branched; what it shows at a number is what `retrace state` says of that number.
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axe, type DemoDesk, missingBrowser, opened, Place, settles, values } from './browser.ts';

const missing = missingBrowser();
const place = new Place();
const DAY = 'demo-7';
let desk: DemoDesk;
let context: BrowserContext;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  desk = await place.desk('--speed', '1', '--instruments', '1');
  // a short day of a desk that has ended: the same hash every time
  await desk.ask('demo', '--seed', '7', '--ticks', '34000', '--no-dashboard');
  context = await place.context();
}, 120_000);
afterAll(() => place.close());

type Picture = Readonly<{
  seq: number;
  instruments: readonly Readonly<{ instrument: string; last: string; bid: string; ask: string }>[];
  accounts: readonly Readonly<{ account: string; cash: string; equity: string; drawdown: string }>[];
}>;
const amount = (text: string): string => text.split(' ')[0]!;

/** Opened at a moment, once its line tells. */
async function day(at = ''): Promise<Page & { faults: string[] }> {
  const page = await opened(context, desk, `/replay?journal=${DAY}${at === '' ? '' : `&at=${at}`}`);
  await page.waitForSelector('[data-replay]');
  await page.waitForSelector('[data-account="paper"] [data-value]');
  return page;
}
const where = async (page: Page): Promise<Readonly<{ seq: number; at: number }>> => {
  const [seq, at] = (await page.locator('[data-at]').getAttribute('data-at'))!.split('@').map(Number);
  return { seq: seq!, at: at! };
};
/** Does it, and waits until the clock stands elsewhere. */
async function moved(page: Page, act: () => Promise<unknown>): Promise<Readonly<{ seq: number; at: number }>> {
  const before = await page.locator('[data-at]').getAttribute('data-at');
  await act();
  await expect.poll(() => page.locator('[data-at]').getAttribute('data-at'), { timeout: 15_000 }).not.toBe(before);
  return where(page);
}
/** Closed as a person leaves it: each has a thread. */
async function left(page: Page & { faults: string[] }): Promise<void> {
  await page.keyboard.press('x');
  await page.getByRole('heading', { name: 'Recorded days' }).waitFor();
  expect(page.faults).toEqual([]);
  await page.close();
}

async function shows(page: Page, seq: number): Promise<void> {
  const { picture } = (await desk.ask('state', DAY, '--at', String(seq))) as { picture: Picture };
  expect(picture.seq).toBe(seq);
  const [account] = picture.accounts;
  const money = [account!.equity, account!.drawdown, account!.cash].map(amount);
  const read = async () => {
    const told = await values(page, '[data-account="paper"]');
    return [told[0], told[2], told[3]];
  };
  expect(await settles(read, (now) => String(now) === String(money))).toEqual(money);
  for (const { instrument, last, bid, ask } of picture.instruments) {
    const told = await values(page, `[data-instrument="${instrument}"]`);
    expect([instrument, told[0], told[1], told[3]]).toEqual([instrument, last, bid, ask]);
  }
}

describe.skipIf(missing !== null)(`in a browser${missing === null ? '' : ` (${missing})`}`, () => {
  test('a day is chosen, and the page says REPLAY; its numbers are those of the record at that number, forward and back', async () => {
    const page = await opened(context, desk, '/replay');
    await page.getByRole('button', { name: `Watch it again: ${DAY}`, exact: true }).click();
    await page.waitForSelector('[data-replay]');
    await expect.poll(() => page.title()).toMatch(/^REPLAY · Replay/);
    expect(await page.locator('html').getAttribute('data-mode')).toBe('REPLAY');
    await page.waitForSelector('[data-account="paper"] [data-value]');

    const box = (await page.getByRole('slider').boundingBox())!;
    const scrubbed = await moved(page, () => page.mouse.click(box.x + box.width * 0.9, box.y + 20));
    const stepped = await moved(page, () => page.keyboard.press('ArrowRight'));
    expect(stepped.seq).toBe(scrubbed.seq + 1);
    await shows(page, stepped.seq);

    const filled = await moved(page, () => page.keyboard.press('Shift+F'));
    expect(filled.seq).toBeLessThan(stepped.seq);
    const there = page.locator(`[data-address^="${filled.seq}."]`);
    await expect.poll(async () => (await there.allInnerTexts()).join()).toMatch(/bought|sold/);
    // nothing of what came after it is left
    const addresses = await page.locator('[data-address]').evaluateAll((found) => found.map((one) => one.getAttribute('data-address')!));
    expect(Math.max(...addresses.map((address) => Number.parseInt(address, 10)))).toBe(filled.seq);
    const back = await moved(page, () => page.keyboard.press('ArrowLeft'));
    await shows(page, back.seq);
    await left(page);
  });

  test('a link leads to the same moment, and the address follows the clock', async () => {
    const page = await day('9000');
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toMatch(/^9000@\d+$/);
    await shows(page, 9000);
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).not.toMatch(/^9000@/);
    const address = page.url();
    const stood = await where(page);
    await page.reload();
    await page.waitForSelector('[data-replay]');
    await expect.poll(() => where(page)).toEqual(stood);
    expect(page.url()).toBe(address);
    await left(page);
  });

  test('it plays and stops by the space bar, and nobody is kept out of it', async () => {
    const page = await day('6000');
    const from = await where(page);
    await moved(page, () => page.keyboard.press('Space'));
    expect(await page.locator('[data-playing]').getAttribute('data-playing')).toBe('true');
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('[data-playing]').getAttribute('data-playing')).toBe('false');
    expect((await where(page)).at).toBeGreaterThan(from.at);
    expect(await axe(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(400); // colours go over into each other
    expect(await axe(page, 'color-contrast', 'scrollable-region-focusable')).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await left(page);
  });

  test('a branch from the clock on stands beside it on one clock, with the first decision that differs', async () => {
    const page = await day('6000');
    await page.keyboard.press('b');
    await page.getByRole('dialog').waitFor();
    await page.getByLabel('What', { exact: true }).selectOption('fee');
    await page.getByLabel('Basis points of the notional').fill('25');
    await page.keyboard.press('Enter');
    const parting = page.locator('[data-parting]');
    await parting.waitFor({ timeout: 40_000 });
    const address = (await parting.getAttribute('data-parting'))!;
    expect(address).toMatch(/^\d+\.\d+$/);
    expect(Number.parseInt(address, 10)).toBeGreaterThan(6000);
    await moved(page, () => page.getByRole('button', { name: 'Go to where they part' }).click());
    expect((await where(page)).seq).toBe(Number.parseInt(address, 10));
    const money = () => values(page, '[data-money="paper"]');
    // told of one moment of both, and not while one of them is on its way
    const told = await settles(money, (now) => now.length === 3 && Number(now[2]) !== 0);
    expect(told).toHaveLength(3);
    expect(Number(told[1]) - Number(told[0])).toBeCloseTo(Number(told[2]), 6);
    expect(Number(told[2])).toBeLessThan(0); // its venue is dearer
    expect(await axe(page)).toEqual([]);
    await left(page);
  });
});
