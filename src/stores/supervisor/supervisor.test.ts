import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fail, ok } from '#kernel';
import { temporarySystem, testClock, valueOf } from '../place.fixture.ts';
import { cached, openToAll } from './cache.ts';
import { eraseHome, openHome } from './home.ts';
import { choosePort } from './port.ts';
import { blockingFolder, canExecute, canRead } from './reach.ts';
import { readState, type ServerState, writeState } from './state.ts';
import { createTurns } from './turns.ts';

const asRoot = process.getuid?.() === 0;

describe('what a store remembers of its server', () => {
  const state: ServerState = {
    access: { port: 20_001, secret: 'abc' },
    process: { pid: 42, started: 'boot:7' },
    answered: true,
    note: 'slow',
  };

  test('is read as it was written, by its owner only', async () => {
    const { folder } = temporarySystem();
    await writeState(folder, state);
    expect(await readState(folder)).toEqual(ok(state));
    expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  test('is nothing before the first start', async () => {
    const { folder } = temporarySystem();
    expect(await readState(folder)).toEqual(ok({ access: null, process: null, answered: false, note: null }));
  });

  test.each([
    ['half a file', '{"format": 1, "acc', 'it is damaged'],
    ['no object', '7', 'it is damaged'],
    ['a newer format', '{"format": 2}', 'its format is 2'],
  ])('%s is refused', async (_, text, reason) => {
    const { folder } = temporarySystem();
    const file = join(folder, 'state.json');
    writeFileSync(file, text);
    expect(await readState(folder)).toEqual(fail('store_state_unreadable', { file, reason }));
  });

  test('of another folder, the process does not count', async () => {
    const { folder } = temporarySystem();
    await writeState(folder, state);
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    writeFileSync(join(copy, 'state.json'), readFileSync(join(folder, 'state.json')));
    expect(await readState(copy)).toEqual(ok({ ...state, process: null, answered: false, note: null }));
  });
});

describe('what a user can reach', () => {
  const nobody = { uid: 65_534, gid: 65_534 };

  test.each([
    ['everything is open', 0o755, 0o755, 0o644, true, false],
    ['a program', 0o755, 0o755, 0o755, true, true],
    ['a file of the owner', 0o755, 0o755, 0o600, false, false],
    ['a folder that may be passed and not listed', 0o711, 0o711, 0o644, true, false],
    ['a closed folder above', 0o700, 0o755, 0o755, false, false],
  ])('%s', (_, outer, inner, file, readable, executable) => {
    const { folder } = temporarySystem();
    const path = join(folder, 'a', 'b', 'file');
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(path, '');
    chmodSync(path, file);
    chmodSync(join(folder, 'a', 'b'), inner);
    chmodSync(join(folder, 'a'), outer);
    expect([canRead(nobody, path), canExecute(nobody, path)]).toEqual([readable, executable]);
    expect(blockingFolder(nobody, path)).toBe(outer === 0o700 ? join(folder, 'a') : null);
    expect(canRead(null, path)).toBe(true);
    expect(canRead(null, join(folder, 'absent'))).toBe(false);
  });
});

describe('the cache', () => {
  /** A cache of its own for the test, where we are not root. */
  function ownCache(): string {
    const { folder } = temporarySystem();
    const former = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = folder;
    onTestFinished(() => {
      if (former === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = former;
    });
    return join(folder, 'fairway');
  }

  test('fills an entry once, also for many who ask at once', async () => {
    const cache = ownCache();
    let filled = 0;
    const ask = () =>
      cached(null, 'entry', async (folder) => {
        filled += 1;
        writeFileSync(join(folder, 'file'), 'whole');
        return ok(null);
      });
    const found = await Promise.all([ask(), ask(), ask()]);
    expect(found.map(valueOf)).toEqual(Array(3).fill(join(cache, 'entry')));
    const before = filled;
    expect(valueOf(await ask())).toBe(join(cache, 'entry'));
    expect(filled).toBe(before);
    expect(readdirSync(cache)).toEqual(['entry']);
    expect(readFileSync(join(cache, 'entry', 'file'), 'utf8')).toBe('whole');
  });

  test('keeps nothing of an entry whose filling failed', async () => {
    const cache = ownCache();
    expect(await cached(null, 'entry', async () => fail('no_space'))).toEqual(fail('no_space'));
    expect(readdirSync(cache)).toEqual([]);
  });

  test('is not taken where others can write', async () => {
    const cache = ownCache();
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    const entry = valueOf(await cached(null, 'test-entry', async () => ok(null)));
    rmSync(entry, { recursive: true });
    expect(entry.startsWith(cache)).toBe(false);
  });

  test('opens what it holds to all, and programs stay programs', async () => {
    const { folder } = temporarySystem();
    mkdirSync(join(folder, 'bin'), { mode: 0o700 });
    writeFileSync(join(folder, 'bin', 'program'), '', { mode: 0o700 });
    writeFileSync(join(folder, 'text'), '', { mode: 0o600 });
    symlinkSync('/etc/shadow', join(folder, 'link'));
    const shadow = existsSync('/etc/shadow') ? statSync('/etc/shadow').mode : null;
    await openToAll(folder);
    const modes = ['bin', 'bin/program', 'text'].map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o755, 0o644]);
    if (shadow !== null) expect(statSync('/etc/shadow').mode).toBe(shadow);
  });
});

describe('the home of a server', () => {
  test('is the same one every time', async () => {
    const { folder } = temporarySystem();
    const store = join(folder, '.fairway', 'dev', 'stores', 'db');
    const home = valueOf(await openHome(store));
    expect(home.path).toBe(join(store, 'home'));
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
    expect(valueOf(await openHome(store))).toEqual(home);
    expect(home.user === null).toBe(!asRoot);
  });

  test.runIf(asRoot)('opens the way to it only within our own folders', async () => {
    const { folder } = temporarySystem();
    const store = join(folder, '.fairway', 'dev', 'stores', 'db');
    mkdirSync(store, { recursive: true, mode: 0o700 });
    for (const path of ['.fairway', '.fairway/dev', '.fairway/dev/stores'])
      chmodSync(join(folder, path), 0o700);
    valueOf(await openHome(store));
    expect(statSync(join(folder, '.fairway', 'dev')).mode & 0o777).toBe(0o701);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  test.runIf(asRoot)('lies elsewhere when the system is in a folder that only root can enter', async () => {
    const { folder } = temporarySystem();
    chmodSync(folder, 0o700);
    const store = join(folder, '.fairway', 'dev', 'stores', 'db');
    const home = valueOf(await openHome(store));
    onTestFinished(async () => eraseHome(store));
    expect(home.path).toMatch(/^\/var\/lib\/fairway\//);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(store, 'home', 'belongs-to.txt'), 'utf8')).toBe(`${store}\n`);
    expect(valueOf(await openHome(store))).toEqual(home);
    await eraseHome(store);
    expect([existsSync(home.path), existsSync(store)]).toEqual([false, false]);
  });

  test.runIf(asRoot)('a link that is not ours is not followed when it is erased', async () => {
    const { folder } = temporarySystem();
    const [store, precious] = [join(folder, 'db'), join(folder, 'precious')];
    mkdirSync(store);
    mkdirSync(precious);
    symlinkSync(precious, join(store, 'home'));
    await eraseHome(store);
    expect([existsSync(precious), existsSync(store)]).toEqual([true, false]);
  });

  test.runIf(asRoot)('keeps the user that its data belongs to', async () => {
    const { folder } = temporarySystem();
    const store = join(folder, 'db');
    const home = valueOf(await openHome(store));
    chownSync(home.path, 12_345, 12_345);
    expect(valueOf(await openHome(store)).user).toEqual({ uid: 12_345, gid: 12_345 });
  });
});

describe('the port of a server', () => {
  test('is its former one when that is free, and otherwise below those of outgoing connections', async () => {
    const first = valueOf(await choosePort(null, testClock, Math.random));
    expect(first).toBeGreaterThanOrEqual(20_000);
    expect(first).toBeLessThan(32_000);
    expect(valueOf(await choosePort(first, testClock, Math.random))).toBe(first);
  });
});

describe('turns', () => {
  test('come one after the other, also after one that failed', async () => {
    const inTurn = createTurns();
    const order: string[] = [];
    const step = async (name: string) => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
    };
    const failing = inTurn(async () => {
      await step('first');
      throw new Error('first failed');
    });
    const second = inTurn(() => step('second'));
    await expect(failing).rejects.toThrow('first failed');
    await second;
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });
});
