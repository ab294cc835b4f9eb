/** What tests of several pages do alike: an order written in the ticket, and looking whether a page fits a phone and keeps nobody out. */
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { axe, type DemoDesk, opened } from './browser.ts';

export type Written = Readonly<{ instrument: string; side?: 'buy' | 'sell'; type: string; lots: string; limit?: (bid: number) => string }>;

/** By the keyboard: opened with o, sent with Enter; whatever the desk says is waited for. */
export async function place(page: Page, { instrument, side = 'buy', type, lots, limit }: Written): Promise<'yes' | 'no'> {
  await page.getByRole('heading', { name: 'Working' }).waitFor();
  await page.keyboard.press('o');
  const ticket = page.getByRole('form', { name: 'Order ticket' });
  await ticket.waitFor();
  await ticket.getByLabel('Instrument').selectOption(instrument);
  await ticket.getByLabel('Side').selectOption(side);
  await ticket.getByLabel('Type').selectOption(type);
  await ticket.getByLabel('Quantity').fill(lots);
  if (limit !== undefined) {
    const bid = await ticket.locator('dl [data-value]').first().getAttribute('data-value');
    await ticket.getByLabel('Limit', { exact: true }).fill(limit(Number(bid)));
  }
  await page.keyboard.press('Enter');
  const answer = page.locator('dialog [data-answer]');
  await answer.waitFor();
  return (await answer.getAttribute('data-answer')) as 'yes' | 'no';
}

/** Of each page: nobody is kept out of it, nothing broke, and it is no wider than a phone. */
export async function fits(context: BrowserContext, desk: DemoDesk, path: string): Promise<void> {
  const page = await opened(context, desk, path);
  await page.waitForTimeout(800);
  expect([path, await axe(page)]).toEqual([path, []]);
  expect([path, page.faults]).toEqual([path, []]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(200);
  const wider = await page.evaluate(() => {
    const main = document.querySelector('#page')!;
    return main.scrollWidth - main.clientWidth;
  });
  expect([path, wider]).toEqual([path, 0]);
  await page.close();
}
