import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { manualClock } from '../testing/index.ts';
import { text } from '../settings.ts';
import { findingOf } from './check.ts';

const settings = { base: text('BASE') };
const env = { BASE: 'http://127.0.0.1:1', FAIRWAY_ARM: 'canary' };

test('a text is green within the limit and red above it, with the time it took', async () => {
  const clock = manualClock();
  const taking = (millis: number) =>
    findingOf(
      {
        settings,
        limit: 500,
        deadline: 10_000,
        async work({ settings: { base }, arm }) {
          await clock.advance(millis);
          return `${base} ${arm['x-fairway-arm']}`;
        },
      },
      env,
      clock,
    );
  const finding = { limit: 500, unit: 'ms', detail: 'http://127.0.0.1:1 canary' };
  expect(await taking(500)).toEqual({ ...finding, ok: true, value: 500 });
  expect(await taking(501)).toEqual({ ...finding, ok: false, value: 501 });
});

test('what was measured is told with its own verdict and unit', async () => {
  const work = async () => ({ ok: false, value: 'b', detail: 'another hash' });
  expect(await findingOf({ settings, limit: 'a', unit: 'hash', work }, env)).toEqual({
    ...{ ok: false, value: 'b', limit: 'a', unit: 'hash', detail: 'another hash' },
  });
});

test('what is thrown is red with its reason, and so is a variable that is missing', async () => {
  const work = () => Promise.reject(new Error('the order is open'));
  expect(await findingOf({ settings, limit: 1, deadline: 1_000, work }, env)).toMatchObject({
    ...{ ok: false, value: null, detail: 'the order is open' },
  });
  const { detail } = await findingOf({ settings, limit: 1, work }, {});
  expect(detail).toMatch(/^BASE is missing in the environment.*: write a text\.$/);
});

test.each([
  ['heeds its signal', true],
  ['does not', false],
])('work that is not done at its deadline and %s is red', async (_, heeds) => {
  const work = ({ signal }: { signal: AbortSignal }) =>
    new Promise<string>((_resolve, reject) => {
      if (heeds) signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const finding = await findingOf({ settings, limit: 'a', unit: 'hash', deadline: 20, work }, env);
  expect(finding).toMatchObject({ ok: false, value: null, detail: 'not done within 20 ms' });
});

test('as a program it prints one line and ends with 0 or 1, and loads nothing of a service', async () => {
  const door = fileURLToPath(new URL('index.ts', import.meta.url));
  const program = (limit: number) => `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) {
      if (/node_modules/.test(url)) throw new Error('loaded ' + url);
      return next(url, context);
    } });
    const { runCheck } = await import(${JSON.stringify(door)});
    await runCheck({ settings: {}, limit: ${limit}, deadline: 5_000, work: async () => 'seen' });`;
  const run = (limit: number) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(limit)]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (reason: { code: number; stdout: string }) => reason,
    );
  const green = await run(4_000);
  expect(green).toMatchObject({ code: 0 });
  expect(JSON.parse(green.stdout)).toMatchObject({ ok: true, detail: 'seen' });
  expect(await run(-1)).toMatchObject({ code: 1 });
});
