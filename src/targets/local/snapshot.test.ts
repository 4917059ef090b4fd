import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeSnapshot, verifySnapshot } from './snapshot.ts';
import { createWorld, value, type World } from './testing/world.ts';

let world: World;
let snapshots: string;
beforeEach(async () => {
  world = await createWorld();
  snapshots = join(world.folder, '.fairway', 'snapshots');
  await world.write('services/edge/main.mjs', 'edge');
  await world.write('services/common/shared.mjs', 'shared');
});
afterEach(() => world.end());

const take = (...paths: string[]) =>
  takeSnapshot({
    sourceFolder: world.folder,
    paths: paths.length === 0 ? ['services/edge', 'services/common'] : paths,
    snapshots,
    signal: new AbortController().signal,
  });
const contentOf = async (build: string) =>
  (await readdir(join(snapshots, build), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(snapshots, build).length + 1))
    .sort();

describe('a snapshot', () => {
  test('holds the files at their own places, read-only, without what is installed or kept by tools', async () => {
    for (const path of [
      'node_modules/x/index.js',
      '.git/HEAD',
      '.fairway/state',
      'deep/node_modules/y.js',
      'dist/a.js',
    ])
      await world.write(`services/edge/${path}`, 'x');
    const build = value(await take());
    expect(await contentOf(build)).toEqual([
      'services/common/shared.mjs',
      'services/edge/dist/a.js',
      'services/edge/main.mjs',
    ]);
    const { mode } = await import('node:fs/promises').then(({ stat }) =>
      stat(join(snapshots, build, 'services/edge/main.mjs')),
    );
    expect(mode & 0o777).toBe(0o444);
  });

  test('of equal content has an equal name wherever and whenever it is taken, also twice at once', async () => {
    const [first, second] = await Promise.all([take(), take()]);
    expect(first).toEqual(second);
    expect(await take('services/common', 'services/edge')).toEqual(first);
    expect(await readdir(snapshots)).toEqual([value(first)]);
  });

  test.each<[string, () => Promise<void>]>([
    ['another byte', () => world.write('services/edge/main.mjs', 'edgy')],
    ['another name', () => world.write('services/edge/more.mjs', '')],
    ['another right to execute', () => chmod(join(world.folder, 'services/edge/main.mjs'), 0o755)],
  ])('with %s has another name', async (_title, change) => {
    const before = value(await take());
    await change();
    expect(value(await take())).not.toBe(before);
  });

  test('of the whole system leaves out the file with its secrets', async () => {
    await world.write('.env', 'KEY=secret');
    expect(await contentOf(value(await take('.')))).not.toContain('.env');
  });

  test('follows links that stay inside, refuses links that leave', async () => {
    await symlink('../common/shared.mjs', join(world.folder, 'services/edge/link.mjs'));
    await symlink('.', join(world.folder, 'services/edge/circle'));
    const build = value(await take('services/edge'));
    expect(await readFile(join(snapshots, build, 'services/edge/link.mjs'), 'utf8')).toBe('shared');
    await symlink('/etc/passwd', join(world.folder, 'services/edge/out'));
    expect(await take('services/edge')).toEqual({
      ok: false,
      error: { code: 'source_outside', facts: { path: 'services/edge/out' } },
    });
    expect(await take('../elsewhere')).toMatchObject({ ok: false });
  });

  test('that was tampered with is noticed, and made anew by the next build', async () => {
    const build = value(await take());
    const file = join(snapshots, build, 'services/edge/main.mjs');
    await chmod(file, 0o644);
    await writeFile(file, 'evil');
    const damaged = { ok: false, error: { code: 'snapshot_damaged', facts: { build } } };
    expect(await verifySnapshot(snapshots, build)).toEqual(damaged);
    expect(value(await take())).toBe(build);
    expect(await verifySnapshot(snapshots, build)).toEqual({ ok: true, value: join(snapshots, build) });
    expect(await readdir(snapshots)).toEqual([build]);
  });

  test('cannot be made where a file stands in the way', async () => {
    await mkdir(dirname(snapshots), { recursive: true });
    await writeFile(snapshots, 'in the way');
    expect(await take()).toMatchObject({ ok: false, error: { code: 'disk_failed' } });
  });
});
