import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinkView, NewTokenView, Role } from '#api';
import { failuresOf, journalLoad } from '../e2e/journal-load.ts';
import { type Place, placeOf } from '../e2e/place.ts';
import { barriers, hasBrowser, openBrowser, type Visit, visit } from './browser.ts';

/** In the order of the story: a system comes up, is released to, looked at by others, and loses its control plane. */
describe.skipIf(!hasBrowser)('the dashboard on the trading journal', { timeout: 180_000 }, () => {
  let place: Place;
  let browser: Browser;
  let load: Awaited<ReturnType<typeof journalLoad>>;
  let admin: Visit;

  beforeAll(async () => {
    place = placeOf('systems/trading-journal');
    const up = await place.fairway('up');
    expect(up.exitCode, up.output).toBe(0);
    load = await journalLoad(await place.address('edge'), 60, 5);
    browser = await openBrowser();
    admin = await visit(browser, await freshLink());
  }, 180_000);
  afterAll(async () => {
    await admin?.[Symbol.asyncDispose]();
    await browser?.close();
    await load?.end();
    await place[Symbol.asyncDispose]();
  }, 120_000);

  async function freshLink(): Promise<string> {
    const made = await place.fairway('dashboard', '--json');
    expect(made.exitCode, made.output).toBe(0);
    return (JSON.parse(made.output) as LinkView).url;
  }

  async function release(...flags: string[]): Promise<void> {
    const accepted = await place.fairway('release', '--no-wait', ...flags);
    expect(accepted.exitCode, accepted.output).toBe(0);
  }

  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
  const go = async (page: Page, name: string) => {
    await page.getByRole('link', { name, exact: true }).first().click();
    await heading(page, name).waitFor();
  };

  test('the link logs in once; the code is gone from the address, and a second browser is told so', async () => {
    const link = await freshLink();
    await using first = await visit(browser, link);
    await heading(first.page, 'Nothing is being released').waitFor();
    expect(first.page.url()).not.toContain('code');
    await using second = await visit(browser, link);
    await heading(second.page, 'Log in').waitFor();
    await second.page.getByText('This link was opened before').waitFor();
  });

  test('a canary is watched on its way to promotion', async () => {
    const { page } = admin;
    await heading(page, 'Nothing is being released').waitFor();
    await release('--set', 'edge.env.APP_VERSION=2', '--note', 'second version');
    await heading(page, 'Release 2 is on its way').waitFor({ timeout: 30_000 });
    await page.getByText('being watched').first().waitFor({ timeout: 60_000 });
    await page.locator('figure').getByText('release 2').first().waitFor();
    expect(await page.getByText(/10 % of the requests to edge/).count()).toBeGreaterThan(0);
    await heading(page, 'Nothing is being released').waitFor({ timeout: 90_000 });
    await page.getByText('Release 2 serves').waitFor();
  });

  test('a bad release is seen to roll back, with its cause', async () => {
    const { page } = admin;
    await release('--set', 'edge.env.FAULT_ERROR_SHARE=0.3', '--note', 'a bad one');
    await heading(page, /Release 3 is/).waitFor({ timeout: 30_000 });
    await heading(page, 'Nothing is being released').waitFor({ timeout: 90_000 });
    await page.getByText('Release 2 serves').waitFor();
    const last = page.getByRole('region', { name: 'The last release' });
    await last.getByText('rolled back').waitFor();
    await last.getByText(/canary requests failed/).waitFor();
    await last.getByRole('link', { name: 'Release 3' }).click();
    await heading(page, /Release 3/).waitFor();
    await page
      .getByText(/canary requests failed/)
      .first()
      .waitFor();
  });

  test('one that is under way is taken back by hand, after it was said what follows', async () => {
    const { page } = admin;
    await go(page, 'Release').catch(() => undefined); // the page is called by what happens
    await release('--set', 'edge.env.APP_VERSION=4');
    await heading(page, 'Release 4 is on its way').waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Take it back' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take release 4 back?' });
    await dialog.getByText('All traffic goes back to release 2').waitFor();
    await dialog.getByLabel('Why (optional)').fill('looks odd');
    await dialog.getByText("fairway abort --env dev --note 'looks odd'").waitFor();
    await dialog.getByRole('button', { name: 'Take it back' }).click();
    await heading(page, 'Nothing is being released').waitFor({ timeout: 60_000 });
    const [last] = JSON.parse((await place.fairway('history', '--json')).output) as {
      readonly release: number;
      readonly outcome: string;
    }[];
    expect(last).toMatchObject({ release: 4, outcome: 'rolledBack' });
  });

  test('logs come live, are filtered by service, and by the id of a request', async () => {
    const { page } = admin;
    await go(page, 'Logs');
    const rows = page.locator('.logs-row');
    await rows.first().waitFor({ timeout: 30_000 });
    await page.goto(`${new URL(page.url()).origin}/dev/logs?service=core`);
    await rows.nth(3).waitFor({ timeout: 30_000 });
    const from = await page.locator('.logs-from').allTextContents();
    expect(from.filter((replica) => !replica.startsWith('core'))).toEqual([]);
    // A request on its way through several services: its id leads to all lines of it, while others keep coming.
    await page.locator('.logs-id').nth(2).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('id'), { timeout: 10_000 }).toMatch(/\w{8}/);
  });

  test('each role may do what it may, is told what it may not, and the server holds it to that', async () => {
    const expected: readonly (readonly [Role, number, number])[] = [
      ['viewer', 403, 403],
      ['approver', 403, 409],
      ['deployer', 409, 403],
    ];
    for (const [role, pauses, approves] of expected) {
      const made = await place.fairway('token', 'create', `a-${role}`, '--role', role, '--json');
      expect(made.exitCode, made.output).toBe(0);
      const { token } = JSON.parse(made.output) as NewTokenView;
      const address = new URL(admin.page.url()).origin;
      await using other = await visit(browser, address);
      await other.page.getByLabel('Or your token').fill(token);
      await other.page.getByRole('button', { name: 'Log in' }).click();
      await heading(other.page, 'Nothing is being released').waitFor();
      // The reason is part of the name, for those who do not see the button.
      const button = other.page.getByRole('button', { name: /^Release\b/ });
      expect(await button.getAttribute('aria-disabled')).toBe(role === 'deployer' ? null : 'true');
      const status = (path: string, body: object) =>
        other.page.evaluate(
          ({ path: to, text }) =>
            fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text }).then(
              (response) => response.status,
            ),
          { path, text: JSON.stringify(body) },
        );
      expect(await status('/v1/environments/dev/pause', {}), role).toBe(pauses);
      expect(await status('/v1/environments/dev/approve', { role: 'lead' }), role).toBe(approves);
      expect(await status('/v1/environments/dev/down', {}), role).toBe(403);
      expect(other.complaints).toEqual([]);
    }
  });

  test('the page says that the control plane is away, and comes back by itself with what happened meanwhile', async () => {
    const { page } = admin;
    await page.goto(`${new URL(page.url()).origin}/dev/release`);
    await heading(page, 'Nothing is being released').waitFor();
    process.kill(place.controlPid(), 'SIGKILL');
    await page.getByText('The control plane is away').waitFor({ timeout: 30_000 });
    await place.status(); // starts another one, where the first one listened
    await page.getByText('The control plane is away').waitFor({ state: 'detached', timeout: 30_000 });
    await release('--set', 'edge.env.APP_VERSION=5');
    await heading(page, 'Release 5 is on its way').waitFor({ timeout: 30_000 });
    expect((await place.fairway('abort')).exitCode).toBe(0);
    await heading(page, 'Nothing is being released').waitFor({ timeout: 60_000 });
  });

  test.each(['a lost network', 'a control plane that is frozen'])(
    'the page notices %s, and goes on after it',
    async (what) => {
      const { page } = admin;
      const context = page.context();
      const pid = place.controlPid();
      // A page that asks by itself: a browser that is told to be offline still reads from the streams that it has open.
      await page.goto(`${new URL(page.url()).origin}/audit`);
      await page.locator('tbody tr').first().waitFor();
      const [away, back] =
        what === 'a lost network'
          ? [() => context.setOffline(true), () => context.setOffline(false)]
          : [() => process.kill(pid, 'SIGSTOP'), () => process.kill(pid, 'SIGCONT')];
      await away();
      try {
        await page.getByText('The control plane is away').waitFor({ timeout: 60_000 });
      } finally {
        await back();
      }
      await page.getByText('The control plane is away').waitFor({ state: 'detached', timeout: 60_000 });
      await release('--set', `edge.env.APP_VERSION=${what.length}`, '--note', what);
      await page.locator('tbody tr').filter({ hasText: what }).first().waitFor({ timeout: 60_000 });
      expect((await place.fairway('abort')).exitCode).toBe(0);
      await page.goto(`${new URL(page.url()).origin}/dev/release`);
      await heading(page, 'Nothing is being released').waitFor({ timeout: 60_000 });
    },
  );

  test('no page has a barrier that axe knows, in light and dark, on a desk and on a telephone', async () => {
    const paths = [
      ...['release', 'release/3', 'system', 'history', 'recovery', 'logs', 'checks', 'flags'].map(
        (name) => `/dev/${name}`,
      ),
      ...['/environments', '/audit', '/access'],
    ];
    const found: string[] = [];
    for (const look of [{}, { dark: true, width: 390, height: 844 }]) {
      await using seen = await visit(browser, await freshLink(), look);
      await heading(seen.page, 'Nothing is being released').waitFor();
      for (const path of paths) {
        await seen.page.goto(`${new URL(seen.page.url()).origin}${path}`);
        await seen.page.locator('h1').waitFor();
        await seen.page.waitForTimeout(500); // skeletons have given way
        for (const barrier of await barriers(seen.page))
          found.push(`${path} ${JSON.stringify(look)}: ${barrier}`);
      }
      expect(seen.complaints).toEqual([]);
    }
    expect(found).toEqual([]);
  });

  test('nothing was complained of, and no request of the load failed but those of the bad release', async () => {
    expect(admin.complaints).toEqual([]);
    const report = await load.end();
    const hurt = report.revisions.filter(({ failed }) => failed > 0);
    expect(hurt.length, failuresOf(report)).toBeLessThanOrEqual(1);
    expect(report.requests.failed, failuresOf(report)).toBe(hurt[0]?.failed ?? 0);
  });
});
