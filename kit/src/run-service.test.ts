import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { frameworks } from './service.fixture.ts';

const key = 'a-key-that-nobody-may-see';
const program = join(import.meta.dirname, 'service.fixture.ts');
const children: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** The service in a process of its own. */
async function run(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], PORT: '0', SOME_KEY: key, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  const address = () => /"address":"([^"]+)"/.exec(output)?.[1];
  await Promise.race([exited, until(() => address() !== undefined)]);
  const messages = () =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { child, exited, url: address() ?? '', output: () => output, messages };
}

const turn = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn(10);
}

describe.concurrent('signals', () => {
  test.each(frameworks)(
    '%s: SIGTERM within a request of 10 s: it is finished, then exit 0',
    async (framework) => {
      const service = await run({ FRAMEWORK: framework });
      const asked = fetch(`${service.url}/slow?ms=10000`);
      const idle = await fetch(`${service.url}/orders/1`);
      await idle.text();
      const begun = Date.now();
      service.child.kill('SIGTERM');
      const response = await asked;
      expect([response.status, await response.json()]).toEqual([200, { done: true }]);
      expect(response.headers.get('connection')).toBe('close');
      expect(await service.exited).toBe(0);
      expect(Date.now() - begun).toBeGreaterThan(8_000);
      expect(Date.now() - begun).toBeLessThan(25_000);
      const said = service.messages().map(({ message }) => message);
      expect(said.slice(-5)).toEqual(['stopping', 'finishing', 'request', 'closing', 'stopped']);
    },
  );

  test.each(frameworks)(
    '%s: what takes longer than the grace is cut with 503, then exit 0',
    async (framework) => {
      const service = await run({ FRAMEWORK: framework, SHUTDOWN_GRACE_MILLIS: '500' });
      const asked = fetch(`${service.url}/slow?ms=20000`);
      await turn(200);
      const begun = Date.now();
      service.child.kill('SIGTERM');
      const response = await asked;
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await service.exited).toBe(0);
      expect(Date.now() - begun).toBeLessThan(15_000);
      expect(service.messages().at(-1)).toMatchObject({ message: 'stopped', outcome: 'cut' });
    },
  );

  test('a second SIGTERM changes nothing, a second SIGINT ends the grace', async () => {
    const service = await run({});
    const asked = fetch(`${service.url}/slow?ms=20000`);
    await turn(200);
    service.child.kill('SIGTERM');
    await turn(300);
    service.child.kill('SIGTERM');
    await turn(300);
    expect(service.child.exitCode).toBe(null);
    service.child.kill('SIGINT');
    expect((await asked).status).toBe(503);
    expect(await service.exited).toBe(0);
  });
});

test('a wrong variable: a sentence for each, no secret, exit 2', async () => {
  const wrong = { PORT: 'http', SOME_KEY: 'short', SHUTDOWN_GRACE_MILLIS: '-1' };
  const service = await run({ ...wrong, FRAMEWORK: 'express', SECRETS_DIR: '/nowhere' });
  expect(await service.exited).toBe(2);
  expect(service.messages().map(({ level, message }) => [level, message])).toEqual([
    ['error', 'PORT is "http" in the environment: write a whole number from 0 to 65535.'],
    ['error', 'SHUTDOWN_GRACE_MILLIS is "-1" in the environment: write a whole number from 0 to 3600000.'],
    ['error', 'FRAMEWORK is "express" in the environment: write one of hono, fastify, node:http.'],
    ['error', 'SOME_KEY has a value of 5 characters in the environment: write at least 16 characters.'],
  ]);
  expect(service.output()).not.toContain('short');
});

test('a port that is taken: told, exit 1', async () => {
  const first = await run({});
  const second = await run({ PORT: new URL(first.url).port });
  expect(await second.exited).toBe(1);
  expect(second.messages().at(-1)).toMatchObject({ message: 'it could not start', level: 'error' });
});

test('a secret is in no line of the log, as a field or inside a text', async () => {
  const service = await run({});
  service.child.kill('SIGTERM');
  await service.exited;
  expect(service.output()).not.toContain(key);
  expect(service.messages()).toContainEqual(
    expect.objectContaining({ message: 'started', key: '[hidden]', text: 'it is [hidden]' }),
  );
});
