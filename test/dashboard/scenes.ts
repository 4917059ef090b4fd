import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** A browser that somebody sits at; its name is part of the name of each picture. */
export interface Seat {
  readonly name: 'desk' | 'phone';
  readonly page: Page;
}

/** A page as somebody has brought it to where it is worth looking at. */
export interface Scene {
  /** First part of the names of its pictures. */
  readonly name: string;
  readonly path: string;
  /** What tells that it has come. */
  readonly shows: string | RegExp;
}

export const pages: readonly Scene[] = [
  { name: 'release-quiet', path: '/dev/release', shows: 'Release 4 serves' },
  { name: 'release-past', path: '/dev/release/3', shows: /canary requests failed/ },
  { name: 'system', path: '/dev/system', shows: 'edge' },
  { name: 'system-service', path: '/dev/system?part=edge', shows: 'edge' },
  { name: 'history', path: '/dev/history', shows: 'new session page' },
  { name: 'history-compare', path: '/dev/history?from=2&to=3', shows: 'FAULT_ERROR_SHARE' },
  { name: 'recovery', path: '/dev/recovery', shows: /database/ },
  { name: 'logs', path: '/dev/logs', shows: /core|edge/ },
  { name: 'checks', path: '/dev/checks', shows: 'login' },
  { name: 'flags', path: '/dev/flags', shows: /flag/i },
  { name: 'environments', path: '/environments', shows: /It runs as declared|Not as declared/ },
  { name: 'audit', path: '/audit', shows: /release/ },
  { name: 'access', path: '/access', shows: 'wall-screen' },
];

/** Goes to a page and does there what is to be seen. */
export async function byHand(seats: readonly Seat[], { path, shows }: Scene): Promise<void> {
  for (const { page } of seats) {
    await page.goto(new URL(path, page.url()).href);
    await page.locator('main').getByText(shows).first().waitFor({ timeout: 30_000 });
  }
  await seats[0]?.page.waitForTimeout(4_000); // charts have had their first points
}

/** The release page shows a canary that has traffic. */
export async function underWay(seats: readonly Seat[], release: number): Promise<void> {
  for (const { page } of seats) {
    await page.goto(new URL('/dev/release', page.url()).href);
    const name = `Release ${release} is on its way`;
    await page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 60_000 });
    await page.getByText('being watched').first().waitFor({ timeout: 90_000 });
  }
}

/** Waits until the evidence is so many percent of the way to a rollback. */
export async function harmShown(page: Page, percent: number): Promise<void> {
  const share = page.locator('.release-share b').first();
  for (let look = 0; look < 400; look += 1) {
    if (Number.parseInt((await share.textContent()) ?? '0', 10) >= percent) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`the evidence did not come to ${percent} % of the way to a rollback`);
}

/** What each seat shows now, in light and dark; answers the names of the files. */
export async function takeFrom(
  seats: readonly Seat[],
  folder: string,
  name: string,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { page } of seats) await page.emulateMedia({ colorScheme });
    await seats[0]?.page.waitForTimeout(400); // what is drawn on a canvas is drawn anew
    for (const seat of seats) {
      const file = `${name}-${seat.name}-${colorScheme}.png`;
      await seat.page.screenshot({ path: join(folder, file) });
      taken.push(file);
    }
  }
  for (const { page } of seats) await page.emulateMedia({ colorScheme: 'light' });
  return taken;
}
