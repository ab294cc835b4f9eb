// Makes the pictures of docs/dashboard.md from a demo of its own, in a folder of its own, so that they show what is there. A word behind it: only those
// whose name begins so.
import './node-version.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ROOT } from './install.mjs';

const say = (line) => process.stderr.write(`${line}\n`);
const PICTURES = join(ROOT, 'docs', 'pictures');
const SHOTS = [
  { name: 'now-dark', path: '/', dark: true },
  { name: 'chart-dark', path: '/chart', dark: true },
  { name: 'orders-light', path: '/orders', dark: false, first: 'order' },
  { name: 'explain-light', path: '/explain?what=', dark: false, first: 'explain' },
  { name: 'risk-dark', path: '/risk', dark: true },
  { name: 'strategies-dark', path: '/strategies?strategy=rsi-reversion', dark: true, first: 'fault' },
  { name: 'run-dark', path: '/runs/', dark: true, first: 'run' },
  { name: 'sweep-light', path: '/runs?sweep=', dark: false, first: 'sweep' },
  { name: 'now-phone', path: '/', dark: true, phone: true },
];
const BROWSER = [process.env.RETRACE_BROWSER, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

ensureInstalled({ set: 'full', say });
await ensureBuilt({ say });
if (BROWSER === undefined) {
  say('no browser: install chromium, or name one by RETRACE_BROWSER');
  process.exit(3);
}
const { chromium } = await import('playwright-core');
const home = mkdtempSync(join(tmpdir(), 'retrace-pictures-'));
const retrace = (...args) =>
  spawnSync(process.execPath, [join(ROOT, 'bin', 'retrace.mjs'), ...args], {
    env: { ...process.env, RETRACE_HOME: home },
    encoding: 'utf8',
  });
const documentOf = (...args) => JSON.parse(retrace(...args, '--json').stdout);
// six weeks of a walk in minutes, a backtest and a sweep over it: no price here is a real one
writeFileSync(join(home, 'walk.csv'), walk(60_000));
retrace('import', join(home, 'walk.csv'), '--tape', 'walk', '--instrument', 'BTC-PERP');
const { run } = documentOf('backtest', 'ema-cross', '--tape', 'walk', '--timeframe', '15m', '--set', 'fast=12', '--set', 'slow=60');
const { sweep } = documentOf(
  'sweep',
  'ema-cross',
  '--tape',
  'walk',
  '--timeframe',
  '15m',
  '--param',
  'fast=4..40:4',
  '--param',
  'slow=20..100:10',
  '--where',
  'fast < slow',
);
const desk = spawn(process.execPath, [join(ROOT, 'bin', 'retrace.mjs'), 'demo', '--port', '4790'], {
  env: { ...process.env, RETRACE_HOME: home },
  stdio: ['ignore', 'ignore', 'pipe'],
});
const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
try {
  const origin = await new Promise((resolve, reject) => {
    desk.stderr.on('data', (told) => {
      const found = /dashboard (http:\S+)/.exec(String(told));
      if (found !== null) resolve(found[1]);
    });
    desk.on('exit', () => reject(new Error('the demo ended')));
  });
  mkdirSync(PICTURES, { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 15_000)); // a few minutes of market have passed by then
  for (const { name, path, dark, phone = false, first } of SHOTS.filter(({ name }) => name.startsWith(process.argv[2] ?? ''))) {
    const viewport = phone ? { width: 390, height: 844 } : { width: 1280, height: 800 };
    const page = await browser.newPage({ viewport, colorScheme: dark ? 'dark' : 'light' });
    await page.goto(`${origin}/`);
    await page.waitForTimeout(2_500);
    const orders = await page.evaluate(async () => (await (await fetch('/api/v1/orders?limit=20')).json()).items);
    const filled = orders.find(({ state }) => state === 'FILLED') ?? orders[0];
    const named = { explain: filled.order, run, sweep }[first] ?? '';
    if (path !== '/') await page.goto(`${origin}${path}${named}`);
    if (first === 'order') await page.getByText(filled.order).last().click();
    if (first === 'fault') {
      await page.locator('.cm-content .cm-line', { hasText: 'short: strength' }).click();
      await page.keyboard.press('End');
      await page.keyboard.type(' or clsoe < vwap(20');
      await page.keyboard.press('Escape');
    }
    await page.waitForTimeout(first === 'run' ? 12_000 : 4_000); // a run is played again before it is told
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    await page.close();
    say(`docs/pictures/${name}.png`);
  }
} finally {
  await browser.close();
  desk.kill('SIGINT');
  await new Promise((resolve) => desk.on('exit', resolve));
  rmSync(home, { recursive: true, force: true });
}

/** Bars of a minute with a slight drift that turns every few days, from a seed. */
function walk(minutes) {
  let [price, seed, drift] = [50_000, 7, 0];
  const chance = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const lines = ['time,open,high,low,close,volume'];
  for (let minute = 0; minute < minutes; minute++) {
    if (minute % 4_000 === 0) drift = (chance() - 0.5) * 0.8;
    const open = price;
    let [high, low] = [price, price];
    for (let step = 0; step < 4; step++) {
      price += (chance() - 0.5) * 50 + drift;
      [high, low] = [Math.max(high, price), Math.min(low, price)];
    }
    const at = new Date(Date.UTC(2022, 0, 1) + minute * 60_000).toISOString();
    lines.push([at, ...[open, high, low, price].map((one) => one.toFixed(1)), (chance() * 40 + 5).toFixed(3)].join(','));
  }
  return `${lines.join('\n')}\n`;
}
