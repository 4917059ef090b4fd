import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, eventually, logIn } from './testing/client.ts';

const folder = fileURLToPath(new URL('services/customer-service', import.meta.url));
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
const ends: (() => void)[] = [];

/** The service as a developer starts it, from a copy that may be edited. */
function startAlone(env: Record<string, string>, args: readonly string[] = []) {
  const place = mkdtempSync(join(tmpdir(), 'customer-alone-'));
  cpSync(folder, join(place, 'service'), { recursive: true });
  symlinkSync(packages, join(place, 'node_modules'));
  const child: ChildProcess = spawn(process.execPath, [...args, 'main.ts'], {
    cwd: join(place, 'service'),
    env: {
      PATH: process.env['PATH'] ?? '',
      ...{ PORT: '0', JWT_KEY: 'a-key-that-is-long-enough', DEMO_USERS: 'true', DATABASE_PATIENCE: '300ms' },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  ends.push(() => {
    child.kill('SIGKILL');
    rmSync(place, { recursive: true, force: true });
  });
  const addresses = () => [...output.matchAll(/"address":"(http:[^"]+)"/g)].map(([, url = '']) => url);
  return {
    place,
    ended,
    output: () => output,
    /** Where it listens after so many starts. */
    address: (starts = 1) =>
      eventually(
        async () => addresses()[starts - 1] ?? '',
        (url) => url !== '',
        `start ${starts}: ${output}`,
      ),
  };
}

/** Nothing listens there. */
const gone = 'postgres://nobody:nothing@127.0.0.1:1/customers';

describe('development without a database', () => {
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  it.each([
    ['none is named', {}],
    ['the one that is named does not answer', { DATABASE_URL: gone }],
  ])('serves from memory when %s, and says so', async (_, env) => {
    const alone = startAlone({ ...env, DATABASE_FALLBACK: 'memory', LOG_LEVEL: 'debug' });
    const url = await alone.address();
    const agent = await logIn(url, 'agent');
    const added = await agent.add({ name: 'In memory', email: 'in-memory@example.com' });
    expect(added.status).toBe(201);
    expect((await agent.get(String(added.headers.get('location')))).body['name']).toBe('In memory');
    expect((await ask(`${url}/ready`)).status).toBe(200);
    expect(String((await ask(`${url}/metrics`)).body['text'])).toContain('repository_info{kind="memory"} 1');
    expect(alone.output()).toContain('all is kept in memory');
  });

  it('starts again when a file is saved', async () => {
    const alone = startAlone({ DATABASE_FALLBACK: 'memory' }, ['--watch']);
    await alone.address(1);
    appendFileSync(join(alone.place, 'service', 'seed.ts'), '\n// saved\n');
    const url = await alone.address(2);
    expect((await ask(`${url}/health`)).status).toBe(200);
  });

  it.each([
    ['DATABASE_URL', {}],
    ['ECONNREFUSED', { DATABASE_URL: gone }],
  ])('does not start elsewhere: %s', async (told, env) => {
    const alone = startAlone(env);
    expect(await alone.ended).toBe(1);
    expect(alone.output()).toContain(told);
    expect(alone.output()).not.toContain('nothing@');
  });
});
