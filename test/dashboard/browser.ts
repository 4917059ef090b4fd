import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

/** Debian's chromium; without it the tests that need it are skipped, and set-up has said so. */
export const hasBrowser = program !== undefined;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program ?? 'chromium', args: ['--no-sandbox'] });

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of: errors of scripts, of the console, and of the content security policy. */
  readonly complaints: string[];
}

/** What a browser says by itself when the server refuses something, or is away: that is what some tests are about. */
const expected = /Failed to load resource|net::ERR_/;

/** A browser of its own with an empty memory. */
export async function visit(
  browser: Browser,
  link: string,
  options: { readonly width?: number; readonly height?: number; readonly dark?: boolean } = {},
): Promise<Visit> {
  const { width = 1_280, height = 860, dark = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (reason) => complaints.push(reason.message));
  await page.goto(link);
  return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() };
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds on the page as it stands, by the rules of WCAG 2.2 A and AA; one line each, with the first place. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source); // not as a tag: the policy of the page forbids that, and shall
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
       .then(({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, nodes })))`,
  );
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.length}×, ${nodes[0]?.html.slice(0, 160) ?? ''})`,
  );
}
