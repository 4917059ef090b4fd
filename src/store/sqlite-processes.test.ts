import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settableClock } from '../../test/contract/store.ts';
import { openSqliteStore } from './sqlite.ts';

const writerProgram = fileURLToPath(new URL('./sqlite-writer.fixture.ts', import.meta.url));

describe('several processes on one SQLite store', () => {
  let folder: string;
  let file: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairway-store-'));
    file = join(folder, 'store.db');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  /** Starts a writer; `acknowledged` grows with each of its commits. */
  function startWriter(name: string, count: number) {
    const child = spawn(process.execPath, [writerProgram, file, name, String(count)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const acknowledged: string[] = [];
    let rest = '';
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      acknowledged.push(...lines);
    });
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
      errors,
    }));
    return { child, acknowledged, ended };
  }

  async function contents() {
    const opened = await openSqliteStore(file, { clock: settableClock() });
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    const store = opened.value;
    const entries = await store.read('shared', 0, 100_000);
    const found = {
      lines: entries.map(({ type, sequence }) => `${type} ${sequence}`),
      misfit: await store.verify('shared'),
      counter: await store.row('counter', 'all'),
    };
    await store.close();
    return found;
  }

  it('lose nothing when they open a new file and write at the same time', async () => {
    const writers = ['a', 'b', 'c'].map((name) => startWriter(name, 40));
    for (const { ended } of writers) expect(await ended).toEqual({ code: 0, signal: null, errors: '' });
    const { lines, misfit, counter } = await contents();
    const acknowledged = writers.flatMap((writer) => writer.acknowledged);
    expect(acknowledged).toHaveLength(120);
    expect([...lines].sort()).toEqual([...acknowledged].sort());
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual(lines.map((_, index) => index + 1));
    expect(misfit).toBeNull();
    expect(counter).toMatchObject({ version: 120, value: 120 });
  });

  it('a writer killed in the middle leaves every commit it acknowledged, whole', async () => {
    for (const [round, enough] of [20, 35, 50].entries()) {
      const { child, acknowledged, ended } = startWriter(`k${round}`, 1_000_000);
      await expect.poll(() => acknowledged.length, { timeout: 20_000, interval: 1 }).toBeGreaterThan(enough);
      child.kill('SIGKILL');
      expect(await ended).toMatchObject({ signal: 'SIGKILL' });
      const { lines, misfit, counter } = await contents();
      expect(lines).toEqual(expect.arrayContaining(acknowledged));
      expect(misfit).toBeNull();
      expect(counter).toMatchObject({ version: lines.length, value: lines.length });
    }
  });
});
