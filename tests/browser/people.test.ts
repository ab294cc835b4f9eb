// Ways in and out, as people go them: signing in, a second step in the middle of a wish, and a session that somebody else ends.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { missingBrowser, type OpenDesk, opened, Place } from './browser.ts';

const missing = missingBrowser();
const place = new Place();
const PASSWORD = 'nine lives of a cat';
let desk: OpenDesk;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  desk = await place.desk();
  desk.tell(`${PASSWORD}\n`, 'user', 'add', 'root', '--role', 'admin');
}, 120_000);
afterAll(() => place.close());

/** Out of the demonstration, and in by name. */
async function signedIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'demo' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name').fill('root');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-line="open"]');
}

describe('in a browser', () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('an admin adds a user: the gateway wants the password once more, and then the wish goes on by itself', async () => {
    const page = await opened(await place.context(), desk);
    await page.getByRole('button', { name: 'demo' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill('not this one at all');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').innerText()).toMatch(/wrong[\s\S]*What to do/);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-line="open"]');
    await page.keyboard.press('g');
    await page.keyboard.press(',');
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page.getByLabel('Name').fill('anna');
    await page.getByLabel('First password').fill('a long enough secret');
    await page.keyboard.press('Enter');
    const again = page.getByRole('dialog', { name: 'Your password once more' });
    await again.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('[data-row="anna"]').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.waitForSelector('[data-line="open"]');
    // a wish that cannot be says which field, and its sheet stays
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page.getByLabel('Name').fill('anna');
    await page.getByLabel('First password').fill('a long enough secret');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('dialog').getByRole('alert').innerText()).toContain('anna is there already');
    await page.context().close();
  });

  test('whoever has the link of the terminal makes the first admin, once, and the link stays in no address', async () => {
    const own = await place.desk('run');
    const link = /http:\/\/\S+\/first-run#\S+/.exec(own.said)?.[0];
    expect(link).toBeDefined();
    const page = await (await place.context()).newPage();
    await page.goto(own.origin);
    await page.getByRole('heading', { name: 'Nobody has a key yet' }).waitFor();
    await page.goto(link!);
    await page.reload(); // the part behind the # alone loads nothing
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill('short');
    await page.getByLabel('The same once more').fill('another');
    expect(await page.getByText('it is not the same').count()).toBe(1);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('The same once more').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-line="open"]');
    expect(page.url()).toBe(`${own.origin}/`);
    expect(await page.title()).toBe('PAPER · Now · my-desk');
    // over: whoever comes with it later is at the door
    const later = await (await place.context()).newPage();
    await later.goto(link!);
    await later.getByLabel('Name').fill('eve');
    await later.getByLabel('Password').fill(PASSWORD);
    await later.getByLabel('The same once more').fill(PASSWORD);
    await later.keyboard.press('Enter');
    expect(await later.getByRole('alert').innerText()).toContain('there is a user already');
    await page.context().close();
    await later.context().close();
  });

  test('whose session is ended elsewhere is at the door, not in the demonstration', async () => {
    const page = await opened(await place.context(), desk);
    await signedIn(page);
    const other = await opened(await place.context(), desk);
    await signedIn(other);
    await other.keyboard.press('g');
    await other.keyboard.press(',');
    await other.getByRole('button', { name: /Sign out everywhere/ }).click();
    await other.getByRole('button', { name: 'Do it' }).click();
    for (const one of [page, other]) {
      await one.getByRole('heading', { name: 'Sign in' }).waitFor({ timeout: 20_000 });
      expect(await one.locator('[data-line]').count()).toBe(0);
    }
    await page.context().close();
    await other.context().close();
  });
});
