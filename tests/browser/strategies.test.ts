// A strategy from its fault to its result, as a person goes: written with an error, mended, kept, compared, and played over a tape.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, type DemoDesk, missingBrowser, opened, Place, settles } from './browser.ts';
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

  test('an error stands where it was typed, with the word that was meant; mended it is kept, compared and run', async () => {
    const page = await opened(await place.context(), desk);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
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
    await page.getByRole('button', { name: 'Write sma' }).click();
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
    await page.keyboard.press('Control+s');
    await page.getByText('Kept as a version of its own').waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('strategy')).toMatch(/^[0-9a-f]{12}$/);

    await page.keyboard.press('3');
    await page.locator('tbody tr').nth(1).waitFor();
    await page.locator('.cm-merge-b .cm-changedText, .cm-merge-b .cm-changedLine').first().waitFor();
    expect(await page.getByRole('list', { name: 'What differs, in words' }).innerText()).toContain('time stop bars: 20 → 25');
    expect(await page.locator('.cm-merge-a .cm-line', { hasText: 'time_stop' }).innerText()).toContain('20');
    expect(await page.locator('.cm-merge-b .cm-line', { hasText: 'time_stop' }).innerText()).toContain('25');
    expect(await axe(page)).toEqual([]);

    // without a tape it says how one is made; with one it runs, and tells how far it is without being asked
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
    const run = page.locator('[data-run]');
    expect(await run.getAttribute('href')).toBe(`/runs/${await run.getAttribute('data-run')}`);
    await page.getByText('Run hash').waitFor();
    expect(asked.filter((one) => one.includes('/backtests'))).toEqual(['POST /api/v1/backtests']);
    const { items } = (await page.evaluate(async () => (await fetch('/api/v1/runs')).json())) as {
      items: { run: string; parameters: object }[];
    };
    expect(items.find((one) => run !== null && one.parameters)?.parameters).toMatchObject({ bars: 3 });
    expect(page.faults).toEqual([]);

    // what is kept does not say whose it is: an admin's to take away
    await page.keyboard.press('3');
    const away = page.getByRole('button', { name: 'Take away' });
    expect(await away.first().getAttribute('title')).toContain('it takes an admin');
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
    await lineOf(page, 'name:').click();
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
