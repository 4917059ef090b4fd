import type { Page } from 'playwright-core';
import type { SystemName } from './plan.ts';

/** A page of a system as somebody uses it. */
export interface Scene {
  /** Name of the picture. */
  readonly name: string;
  readonly service: string;
  readonly path: string;
  /** Brings the page to where it is worth looking at. */
  readonly act: (page: Page) => Promise<void>;
}

async function logIn(page: Page, email: string, password: string): Promise<void> {
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.keyboard.press('Enter');
}

export const scenes: Readonly<Partial<Record<SystemName, readonly Scene[]>>> = {
  kianax: [
    {
      name: 'kianax',
      service: 'api-gateway',
      path: '/',
      async act(page) {
        await logIn(page, 'user-1@kianax.example', 'kianax-development');
        await page.locator('#desk').waitFor();
        await page.locator('#quotes tr').first().waitFor();
        await page.locator('#place').click();
        await page.locator('#trades tr, #trades li').first().waitFor();
      },
    },
  ],
  planner: [
    {
      name: 'planner',
      service: 'app',
      path: '/',
      async act(page) {
        await page.locator('[aria-busy=false]').first().waitFor();
        await page.locator('.chart canvas').waitFor();
      },
    },
  ],
  maxai: [
    {
      name: 'maxai-portal',
      service: 'portal-web',
      path: '/',
      async act(page) {
        await logIn(page, 'user1@dev.maxai.io', 'maxai-on-my-laptop');
        await page.locator('#write input[name=title]').fill('Reminder of an appointment');
        await page
          .locator('#write textarea')
          .fill('Call the client the day before, ask whether the time still suits, offer two others if not.');
        await page.locator('#write button').click();
        await page.locator('#prompts li').first().waitFor();
      },
    },
    {
      name: 'maxai-admin',
      service: 'admin-web',
      path: '/',
      async act(page) {
        await logIn(page, 'operator@dev.maxai.io', 'maxai-on-my-laptop');
        await page.locator('#tenants button, #tenants a').first().click();
        await page.locator('#tenant').waitFor();
      },
    },
  ],
};
