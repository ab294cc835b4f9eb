// A desk at an exchange, as whoever watches it sees it: that it is live is unmistakable, and what goes wrong there is on the screen at once.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Running } from '../e2e-cli/run.ts';
import { axe, type DemoDesk, missingBrowser, Place, settles } from './browser.ts';

const missing = missingBrowser();
const place = new Place();
const ADMIN = { name: 'root', password: 'nine lives of a cat' };
/** The promise: from the instant the desk finds it out to the words on the screen. */
const PROMISE_MS = 500;
let desk: DemoDesk;
let exchange: Running;
let page: Page;

beforeAll(async () => {
  if (missing !== null) return;
  await place.open();
  ({ desk, exchange } = await place.deskOutside(ADMIN));
  page = await (await place.context()).newPage();
  await page.addInitScript(noteTrouble);
  await page.goto(`${desk.origin}/`);
  await page.getByLabel('Name').fill(ADMIN.name);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-line="open"]');
}, 120_000);
afterAll(() => place.close());

type Noted = Readonly<{ trouble: Record<string, number> }>;

/** In the page, before anything of it: when a tile first says that its feed is not to be trusted, on the clock of this machine. */
function noteTrouble(): void {
  const trouble: Record<string, number> = {};
  Object.assign(window, { trouble });
  new MutationObserver(() => {
    const now = Date.now();
    for (const tile of document.querySelectorAll('[data-instrument]')) {
      const name = tile.getAttribute('data-instrument')!;
      if (/DEGRADED|DOWN/.test(tile.textContent!)) trouble[name] ??= now;
      else delete trouble[name];
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

describe('a desk at an exchange', { timeout: 120_000 }, () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });

  test('it says that it is live: in a word, in the title, in the frame', async () => {
    await page.locator('[data-instrument] [data-value]').nth(2).waitFor();
    expect(await page.title()).toContain('LIVE');
    expect(await page.locator('[data-mode="LIVE"]').count()).toBeGreaterThan(0);
    expect(await axe(page)).toEqual([]);
  });

  test('its feed goes mute: what is distrusted, and why, is on the screen within half a second of the desk finding it out', async () => {
    const troubled = await settles(
      () => page.evaluate(() => Object.keys((window as unknown as Noted).trouble)),
      (names) => names.length === 0,
      20_000,
    );
    expect(troubled).toEqual([]);
    exchange.child.kill('SIGSTOP');
    try {
      await page.waitForFunction(() => Object.keys((window as unknown as Noted).trouble).length > 0, undefined, { timeout: 40_000 });
      const [name, shownAt] = Object.entries((await page.evaluate(() => (window as unknown as Noted).trouble)) as Noted['trouble'])[0]!;
      const moved = await page.evaluate(async () => {
        const said = await fetch('/api/v1/decisions?type=FeedMoved&order=newest&limit=50');
        return ((await said.json()) as { items: { at: number; fields: Record<string, unknown> }[] }).items;
      });
      const found = moved.find((one) => JSON.stringify(one).includes(`"${name}"`) && one.at / 1_000 <= shownAt + 1);
      expect(found, JSON.stringify(moved.slice(0, 3))).toBeDefined();
      const late = shownAt - found!.at / 1_000;
      process.stdout.write(`   on the screen ${late.toFixed(0)} ms after its instant\n`);
      expect(late).toBeLessThan(PROMISE_MS);
      // and the tile says why, not only that
      const tile = page.locator(`[data-instrument="${name}"]`);
      expect(await tile.innerText()).toMatch(/silent|mute|no tick|heard/i);
    } finally {
      exchange.child.kill('SIGCONT');
    }
  });
});
