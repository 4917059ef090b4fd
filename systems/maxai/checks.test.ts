import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Maxai, startMaxai } from './testing/maxai.ts';
import { endAll, runToEnd } from './testing/processes.ts';

let maxai: Maxai;
beforeAll(async () => {
  maxai = await startMaxai();
}, 120_000);
afterAll(async () => {
  await endAll();
  await maxai?.close();
});

const run = async (program: string, change: Record<string, string> = {}) => {
  const { code, output } = await runToEnd('checks', program, { ...maxai.env, ...change });
  return { code, found: JSON.parse(output) as { ok: boolean; detail: string } };
};

test.each([
  ['prompts.ts', 'made a prompt and found it again'],
  ['webhooks.ts', 'told twice, done once'],
])('%s is green when all is well', async (program, detail) => {
  expect(await run(program)).toMatchObject({ code: 0, found: { ok: true, detail } });
});

test.each([
  ['prompts.ts', { PROBE_PASSWORD: 'not the password of the checks' }, 'answered 401'],
  ['webhooks.ts', { GHL_WEBHOOK_SECRET: 'not the secret of the vendor' }, 'answered 401'],
  ['prompts.ts', { PROBE_PASSWORD: '' }, 'PROBE_PASSWORD'],
])('%s is red otherwise, and says why: %o', async (program, change, why) => {
  const { code, found } = await run(program, change);
  expect([code, found.ok]).toEqual([1, false]);
  expect(found.detail).toContain(why);
});
