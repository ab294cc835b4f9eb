// The process's own log in a browser: an admin reads it, chooses levels and words; what is a key to the house is not in it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, type DemoDesk, missingBrowser, Place } from './browser.ts';

const missing = missingBrowser();
const place = new Place();
const PASSWORD = 'nine lives of a cat';
let own: DemoDesk;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  own = await place.ownDesk();
}, 120_000);
afterAll(() => place.close());

describe('in a browser', { timeout: 120_000 }, () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('an admin reads the log of the process, its levels and words chosen; no key to the house is in it', async () => {
    own.tell(`${PASSWORD}\n`, 'user', 'add', 'root', '--role', 'admin');
    const page = await (await place.context()).newPage();
    await page.goto(`${own.origin}/system`);
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    const lines = page.locator('[data-log]');
    await lines.first().waitFor();
    const said = (await lines.allInnerTexts()).join('\n');
    expect(said).toContain(`dashboard ${own.origin}`);
    expect(own.said).toContain('/first-run#');
    expect(said).not.toContain('first-run');
    const all = await lines.count();
    await page.getByLabel('Find in the log').fill('dashboard http');
    await expect.poll(() => lines.count()).toBe(1);
    expect(all).toBeGreaterThan(1);
    await page.getByLabel('Find in the log').fill('');
    await page.getByRole('button', { name: 'info', exact: true }).click();
    expect(new URL(page.url()).searchParams.get('levels')).toBe('debug,warn,error');
    expect(await axe(page)).toEqual([]);
  });
});
