// A strategy written, as a person goes: with an error where it stands, mended, completed, kept, and compared with what it was.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, type DemoDesk, missingBrowser, opened, Place } from './browser.ts';

const missing = missingBrowser();
const place = new Place();
let desk: DemoDesk;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  desk = await place.desk();
}, 120_000);
afterAll(() => place.close());

const checked = (page: Page, is: 'right' | 'wrong'): Promise<void> => page.locator(`[data-checked="${is}"]`).waitFor({ timeout: 25_000 });
const lineOf = (page: Page, text: string): Locator => page.locator('.cm-content .cm-line', { hasText: text });
/** Another word in place of the one that stands there, typed. */
async function retype(page: Page, line: string, word: string, other: string): Promise<void> {
  await lineOf(page, line).click();
  await page.keyboard.press('Home');
  const before = (await lineOf(page, line).innerText()).indexOf(word);
  const indent = /^\s*/.exec(await lineOf(page, line).innerText())![0].length;
  for (let at = indent; at < before; at++) await page.keyboard.press('ArrowRight');
  for (const _ of word) await page.keyboard.press('Delete');
  await page.keyboard.type(other);
}

describe('in a browser', { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('an error stands where it was typed, with the word that was meant; mended it is kept and compared', async () => {
    const page = await opened(await place.context(), desk);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.locator('[data-strategy]').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('rsi middle');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('strategy')).toBe('rsi-reversion');
    await checked(page, 'right');
    expect(await axe(page)).toEqual([]);

    // the place, the words, the way out
    await retype(page, 'average: sma', 'sma', 'smma');
    await checked(page, 'wrong');
    expect(await page.locator('.cm-lintRange-error').innerText()).toBe('smma');
    expect(await page.locator('[data-fault]').innerText()).toContain(
      '"smma" where a function or an indicator is expected (did you mean sma?)',
    );
    expect(await page.getByRole('button', { name: 'Keep', exact: true }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('heading', { name: 'Check' }).click();
    await page.keyboard.press('F8');
    await page.locator('.cm-focused').waitFor();
    expect(await page.evaluate(() => String(getSelection()))).toBe('smma');
    await page.getByRole('button', { name: 'Write sma', exact: true }).click();
    await checked(page, 'right');
    expect(await page.locator('.cm-lintRange-error').count()).toBe(0);

    // completed by what the language knows at the place, and by the document's own names
    await retype(page, 'time_stop', '20', '2');
    await page.keyboard.type('5');
    await lineOf(page, 'cooldown').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('tra');
    await page.locator('.cm-tooltip-autocomplete [aria-selected]', { hasText: 'trailing' }).waitFor();
    await page.waitForTimeout(200); // no key is taken for an answer to a list that has only just come
    await page.keyboard.press('Tab');
    await page.keyboard.type('atr: wea');
    await page.locator('.cm-tooltip-autocomplete [aria-selected]', { hasText: 'weak' }).waitFor();
    await page.keyboard.press('Escape');
    for (let at = 0; at < 'wea'.length; at++) await page.keyboard.press('Backspace');
    await page.keyboard.type('3');
    await checked(page, 'right');

    // what was typed outlives moving away, and loading again
    await page.getByRole('link', { name: 'Risk' }).click();
    await page.goBack();
    await page.reload();
    await lineOf(page, 'trailing').waitFor();
    await checked(page, 'right');
    await lineOf(page, 'trailing').click();
    await page.keyboard.press('Control+s');
    await page.getByText('Kept as a version of its own').waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('strategy')).toMatch(/^[0-9a-f]{12}$/);

    // whoever keeps a text writes on where they were
    await page.locator('button[title="nothing was changed"]').waitFor();
    expect(await page.locator('.cm-focused .cm-activeLine').innerText()).toContain('trailing');
    await page.getByRole('button', { name: /^Versions/ }).click();
    await page.locator('tbody tr').nth(1).waitFor();
    await page.locator('.cm-merge-b .cm-changedText, .cm-merge-b .cm-changedLine').first().waitFor();
    expect(await page.getByRole('list', { name: 'What differs, in words' }).innerText()).toContain('time stop bars: 20 → 25');
    expect(await page.locator('.cm-merge-a .cm-line', { hasText: 'time_stop' }).innerText()).toContain('20');
    expect(await page.locator('.cm-merge-b .cm-line', { hasText: 'time_stop' }).innerText()).toContain('25');
    expect(await axe(page)).toEqual([]);

    // what is kept does not say whose it is: an admin's to take away
    const away = page.getByRole('button', { name: 'Take away' });
    expect(await away.first().getAttribute('title')).toContain('it takes an admin');
    expect(page.faults).toEqual([]);
    await page.context().close();
  });
});
