import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Clock, instant } from '#kernel';
import { openFolderDepot } from './folder-depot.ts';
import { codeIn, failureOf, inPieces, makeTempFolder, never, valueIn } from './testing/place.ts';

const clock: Clock = { now: () => instant(Date.now()), sleep: async () => {} };

it('keeps files and folders from others', async () => {
  const root = join(await makeTempFolder(), 'place');
  valueIn(await openFolderDepot({ root }).put('a/b/c', inPieces(Buffer.from('x'), 1), never));
  const modes = ['', 'a', 'a/b', 'a/b/c'].map(async (path) => (await stat(join(root, path))).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o700, 0o600]);
});

it('removes old leftovers of a writer that was killed, and leaves young ones', async () => {
  const root = await makeTempFolder();
  const incoming = join(root, '.incoming');
  await mkdir(incoming);
  for (const name of ['old', 'young']) await writeFile(join(incoming, name), 'x');
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
  await utimes(join(incoming, 'old'), twoDaysAgo, twoDaysAgo);
  valueIn(await openFolderDepot({ root, clock }).put('a', inPieces(Buffer.from('x'), 1), never));
  expect(await readdir(incoming)).toEqual(['young']);
});

it('tells a place that is gone from a part that is missing', async () => {
  const root = join(await makeTempFolder(), 'unplugged');
  const failure = await failureOf(openFolderDepot({ root }).get('a', never));
  expect(failure).toMatchObject({ code: 'backup_place_unreachable', facts: { place: root } });
});

it('is unreachable where a file lies in its way', async () => {
  const folder = await makeTempFolder();
  await writeFile(join(folder, 'file'), 'x');
  const depot = openFolderDepot({ root: join(folder, 'file', 'place') });
  expect(await depot.put('a', inPieces(Buffer.from('x'), 1), never)).toMatchObject({
    error: { code: 'backup_place_unreachable', facts: { reason: expect.stringContaining('ENOTDIR') } },
  });
});

it.skipIf(process.getuid?.() === 0)(
  'is unreachable where nothing may be written (root may always)',
  async () => {
    const root = await makeTempFolder();
    await chmod(root, 0o500);
    const put = await openFolderDepot({ root }).put('a', inPieces(Buffer.from('x'), 1), never);
    expect(codeIn(put)).toBe('backup_place_unreachable');
  },
);

/** util-linux; it limits the size of files, which a writer meets as it would meet a full disk. */
const PRLIMIT = '/usr/bin/prlimit';

it.skipIf(!existsSync(PRLIMIT))(
  'names a full disk, and keeps nothing of what did not fit (needs prlimit)',
  async () => {
    const root = await makeTempFolder();
    const program = `
    const { openFolderDepot } = await import(process.argv[1]);
    process.on('SIGXFSZ', () => {});
    const content = (async function* () { for (let i = 0; i < 40; i++) yield Buffer.alloc(100_000); })();
    const put = await openFolderDepot({ root: process.argv[2] }).put('a', content, new AbortController().signal);
    process.stdout.write(JSON.stringify(put));`;
    const source = join(import.meta.dirname, 'folder-depot.ts');
    const child = spawn(PRLIMIT, [
      '--fsize=2000000',
      process.execPath,
      '--input-type=module',
      '-e',
      program,
      source,
      root,
    ]);
    let said = '';
    child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
    await once(child, 'close');
    expect(JSON.parse(said)).toEqual({
      ok: false,
      error: { code: 'backup_place_full', facts: { place: root } },
    });
    expect(await readdir(root)).toEqual(['.incoming']);
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
  },
);
