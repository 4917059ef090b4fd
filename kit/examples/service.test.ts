import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const program = join(import.meta.dirname, 'service.ts');
const env = { PATH: process.env['PATH'], PORT: '0', GREETING: 'Hi' };
const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
afterAll(() => void child.kill('SIGKILL'));

test('the README shows exactly this service, in 20 lines', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const source = readFileSync(program, 'utf8');
  expect(/^```ts\n([^]*?)^```$/m.exec(readme)?.[1]).toBe(source);
  expect(source.trimEnd().split('\n')).toHaveLength(20);
});

test('it runs as the README says, and ends with 0', async () => {
  let output = '';
  child.stdout.on('data', (part) => (output += String(part)));
  const url = await expect
    .poll(() => /"address":"([^"]+)"/.exec(output)?.[1], { timeout: 10_000 })
    .toBeTruthy()
    .then(() => /"address":"([^"]+)"/.exec(output)?.[1] ?? '');
  expect(await (await fetch(`${url}/greetings/ann`)).text()).toBe('{"says":"Hi, ann!"}');
  expect(await (await fetch(`${url}/ready`)).text()).toBe('{"ready":true,"checks":{}}');
  const headers = { 'content-type': 'application/json' };
  const greeted = await fetch(`${url}/greetings`, { method: 'POST', body: '{"name":"bob"}', headers });
  expect([greeted.status, await greeted.json()]).toEqual([201, { says: 'Hi, bob!' }]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});
