import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identify } from '#process';
import { clients } from './clients.fixture.ts';
import { findRedisServer } from './index.ts';
import { eventually, never, storeFolder, temporarySystem, userOf, valueOf } from './place.fixture.ts';

const asRoot = process.getuid?.() === 0;
// Set-up installs a Redis server where it may; its fall-back keeps nothing and has tests of its own.
const here = Object.values(clients).filter(({ spec }) => spec.kind !== 'redis' || findRedisServer() !== null);

describe.each(here)('an embedded $spec.kind', (client) => {
  const { spec } = client;

  /** Started, with one value in it. */
  async function started() {
    const system = temporarySystem();
    const store = system.open(spec);
    const binding = valueOf(await store.ensure(never));
    await client.write(binding, 'first', 'kept');
    const pid = () => system.stateOf(spec).process?.pid ?? 0;
    return { system, store, binding, pid };
  }

  test('keeps data and address over a stop and a start', async () => {
    const { store, binding, pid } = await started();
    const before = pid();
    expect(await store.health()).toEqual({ state: 'ready', address: binding.address });
    valueOf(await store.stop(never));
    expect(identify(before)).toBeNull();
    expect(await store.health()).toMatchObject({ state: 'stopped' });
    expect(valueOf(await store.ensure(never))).toEqual(binding);
    expect(await client.read(binding, 'first')).toBe('kept');
  });

  test('is restarted after a kill -9 with everything that was acknowledged', async () => {
    const { store, binding, pid } = await started();
    const before = pid();
    await client.write(binding, 'last', 'acknowledged');
    process.kill(before, 'SIGKILL');
    await eventually(() => identify(before) === null, 'the server is gone');
    expect(await store.health()).toMatchObject({ state: 'failed' });
    expect(valueOf(await store.ensure(never))).toEqual(binding);
    expect(pid()).not.toBe(before);
    expect(await client.read(binding, 'last')).toBe('acknowledged');
    expect(await store.health()).toMatchObject({ state: 'ready' });
  });

  test('is found again by the next control plane', async () => {
    const { system, binding, pid } = await started();
    const before = pid();
    const next = system.open(spec);
    expect(await next.health()).toEqual({ state: 'ready', address: binding.address });
    expect(valueOf(await next.ensure(never))).toEqual(binding);
    expect(pid()).toBe(before);
  });

  test('is replaced when its control plane died before it could note the process', async () => {
    const { system, pid } = await started();
    const before = pid();
    rmSync(join(storeFolder(system.folder, spec), 'state.json'));
    const binding = valueOf(await system.open(spec).ensure(never));
    expect(identify(before)).toBeNull();
    expect(await client.read(binding, 'first')).toBe('kept');
  });

  test('moves to another port when somebody took its own', async () => {
    const { system, store } = await started();
    valueOf(await store.stop(never));
    const { port } = system.stateOf(spec).access;
    const squatter = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await eventually(() => squatter.listening, 'the port is taken');
    const moved = valueOf(await store.ensure(never));
    expect(system.stateOf(spec).access.port).not.toBe(port);
    expect(await client.read(moved, 'first')).toBe('kept');
  });

  test('lets nobody in who does not know the secret', async () => {
    const { binding } = await started();
    const guesses = client.withoutKnowing(binding);
    expect(guesses.length).toBeGreaterThan(1);
    for (const guess of guesses) await expect(client.read(guess, 'first')).rejects.toThrow(client.refusal);
    for (const name of binding.secret) {
      expect(binding.env[name]).toBeTruthy();
      expect(binding.address).not.toContain(binding.env[name]);
    }
  });

  test('shows its secret neither on its command line nor in its log', async () => {
    const { system, binding, pid } = await started();
    const commandLine = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid())], { encoding: 'utf8' });
    const log = readFileSync(join(storeFolder(system.folder, spec), 'server.log'), 'utf8');
    for (const name of binding.secret) {
      expect(commandLine).not.toContain(binding.env[name]);
      expect(log).not.toContain(binding.env[name]);
    }
    expect(log.length).toBeGreaterThan(0);
  });

  test.runIf(asRoot)('does not run as root', async () => {
    const { pid } = await started();
    expect(userOf(pid())).toBeGreaterThan(0);
  });

  test('serves two environments side by side', async () => {
    const { system, binding } = await started();
    const other = valueOf(await system.open(spec, 'staging').ensure(never));
    await client.write(other, 'first', 'of staging');
    expect(await client.read(binding, 'first')).toBe('kept');
    expect(await client.read(other, 'first')).toBe('of staging');
    for (const name of binding.secret) expect(other.env[name]).not.toBe(binding.env[name]);
  });

  test('erases its data, only once it is stopped', async () => {
    const { system, store } = await started();
    expect(await store.erase()).toMatchObject({ ok: false, error: { code: 'store_still_running' } });
    valueOf(await store.stop(never));
    valueOf(await store.erase());
    expect(existsSync(storeFolder(system.folder, spec))).toBe(false);
    valueOf(await store.erase());
  });
});
