import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, openBrowser, type Visit, visit } from './browser.ts';

/** Before a played API: where the focus is, and how wide a page is, does not depend on what runs. */
describe.skipIf(!hasBrowser)('the dashboard by keyboard and in little room', { timeout: 60_000 }, () => {
  let server: ViteDevServer;
  let browser: Browser;
  let seat: Visit;
  let page: Page;
  let address: string;

  beforeAll(async () => {
    server = await createServer({
      configFile: fileURLToPath(new URL('../../dashboard/vite.config.ts', import.meta.url)),
      server: { port: 0, hmr: false },
      logLevel: 'error',
    });
    await server.listen();
    const at = server.httpServer?.address() as AddressInfo | undefined;
    address = `http://127.0.0.1:${at?.port ?? 0}`;
    await fetch(`${address}/v1/mock?scene=quiet&role=admin`);
    browser = await openBrowser();
    seat = await visit(browser, `${address}/production/history`);
    page = seat.page;
    // The first visit has everything made ready, and may be loaded once more for it.
    await page.locator('.history-pick').first().waitFor({ timeout: 60_000 });
  }, 120_000);
  afterAll(async () => {
    await seat?.[Symbol.asyncDispose]();
    await browser?.close();
    await server?.close();
  }, 60_000);

  const has = (selector: string) =>
    expect
      .poll(() => page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`))
      .toBe(true);
  const focused = () => page.evaluate<string>('document.activeElement.textContent');
  const press = async (name: string) => {
    await page.getByRole('button', { name, exact: true }).first().focus();
    await page.keyboard.press('Enter');
  };

  test('two releases are compared, and the focus goes there and comes back', async () => {
    const pick = (release: number) => page.getByLabel(`Compare release ${release}`, { exact: true });
    for (const release of [3, 5]) {
      await pick(release).focus();
      await page.keyboard.press('Space');
    }
    await press('Compare');
    await has('.history-compare');
    await press('Close');
    await has('.history-list');
    await pick(4).focus();
    await page.keyboard.press('Space');
    await press('Clear');
    await has('input[value="4"]');
  });

  test('what asks before something is taken down has the way out first, and gives the focus back', async () => {
    await page.goto(`${address}/production/history`);
    const back = page.getByRole('button', { name: 'Go back to 7' });
    await back.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await focused()).toBe('Leave it');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toContain('Go back to 7');
  });

  test('what was picked in one environment is not picked in another', async () => {
    await page.goto(`${address}/staging/history`);
    const show = async (environment: string, releases: number) => {
      await page.getByLabel('Environment').first().selectOption(environment);
      await page.getByText(`${releases} releases`, { exact: true }).waitFor();
    };
    await page.getByText('9 releases', { exact: true }).waitFor();
    await show('production', 8);
    await page.getByLabel('Compare release 4', { exact: true }).check();
    await page.getByRole('region', { name: 'Picked releases' }).waitFor();
    await show('staging', 9);
    expect(await page.getByRole('region', { name: 'Picked releases' }).count()).toBe(0);
  });

  test('a page that nobody sees gives its streams back, and takes them up again', async () => {
    await page.goto(`${address}/production/release`);
    await page.locator('h1').waitFor();
    await page.waitForTimeout(500);
    const streams = async () => {
      const answer = await fetch(`${address}/v1/mock`);
      return ((await answer.json()) as { readonly streams: number }).streams;
    };
    await expect.poll(streams).toBe(2);
    const see = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'));`);
    await see(true);
    await expect.poll(streams).toBe(0);
    await see(false);
    await expect.poll(streams).toBe(2);
  });

  test.each([
    'production/release',
    'production/release/7',
    'production/system',
    'production/history?from=3&to=5',
    'production/recovery',
    'production/logs',
    'production/checks',
    'production/flags',
    'environments',
    'audit',
    'access',
  ])('/%s needs no scrolling sideways, from a small phone to a desk', async (path) => {
    await page.goto(`${address}/${path}`);
    await page.locator('h1').waitFor();
    await page.waitForTimeout(500);
    const wide: string[] = [];
    for (const width of [320, 390, 640, 860, 1024, 1280]) {
      await page.setViewportSize({ width, height: 700 });
      const over = await page.evaluate<readonly number[]>(`
        [document.documentElement, ...document.querySelectorAll('.table-room')]
          .map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)`);
      if (over.some((each) => each > 0)) wide.push(`${width} px: ${over.join(', ')} too many`);
    }
    expect(wide).toEqual([]);
  });
});
