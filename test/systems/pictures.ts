/**
 * `npm run pictures [-- NAME…]`: brings the systems that have pages up and takes the pictures of docs/guide, each on a desk in
 * light and on a telephone in dark. Needs Debian's chromium.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { placeOf } from '../e2e/place.ts';
import { systemNames } from './plan.ts';
import { type Scene, scenes } from './scenes.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (program === undefined) {
  process.stderr.write(
    'Pictures are taken with chromium, and it is not installed: apt-get install chromium\n',
  );
  process.exit(2);
}

const folder = join(import.meta.dirname, '..', '..', 'docs', 'guide', 'pictures');
mkdirSync(folder, { recursive: true });

const views = [
  { name: 'desk', viewport: { width: 1_280, height: 800 }, colorScheme: 'light' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const;

async function take(browser: Browser, address: string, scene: Scene): Promise<void> {
  for (const { name, viewport, colorScheme } of views) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (reason) => complaints.push(reason.message));
    await page.goto(new URL(scene.path, address).href);
    await scene.act(page);
    await page.mouse.move(0, 0);
    await page.evaluate('scrollTo(0, 0)');
    await page.waitForTimeout(6_000); // what moves comes to rest, and what was announced has been read
    await page.screenshot({ path: join(folder, `${scene.name}-${name}.png`), fullPage: name === 'desk' });
    for (const complaint of complaints)
      process.stdout.write(`${scene.name}: the page complains: ${complaint}\n`);
    await context.close();
  }
  process.stdout.write(`${scene.name}: taken\n`);
}

const asked = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
try {
  for (const name of systemNames.filter((known) => asked.length === 0 || asked.includes(known))) {
    const own = scenes[name] ?? [];
    if (own.length === 0) continue;
    await using place = placeOf(`systems/${name}`);
    const up = await place.fairway('up');
    if (up.exitCode !== 0) throw new Error(`${name} did not come up:\n${up.output}`);
    for (const scene of own) await take(browser, await place.address(scene.service), scene);
  }
} finally {
  await browser.close();
}
