import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ArchiveDamaged, readTar, type TarEntry, writeTar } from './tar.ts';

async function* inPieces(content: Buffer, step = 7_919): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += step) yield content.subarray(at, at + step);
}

const changedAt = new Date('2026-11-22T01:30:00Z');
const none = { size: 0, target: '', changedAt, content: inPieces(Buffer.alloc(0)) };
const file = (name: string, content: Buffer, mode = 0o600): TarEntry => ({
  ...none,
  kind: 'file',
  name,
  mode,
  size: content.length,
  content: inPieces(content),
});

async function together(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const held: Uint8Array[] = [];
  for await (const piece of pieces) held.push(piece);
  return Buffer.concat(held);
}

async function* each<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const large = randomBytes(1_000_003);
const deep = `${'folder/'.repeat(30)}${'deep'.repeat(40)}`;
const several = () =>
  each<TarEntry>(
    { ...none, kind: 'folder', name: 'web', mode: 0o755 },
    file('web/large', large),
    file('web/empty', Buffer.alloc(0)),
    file('web/nobody', Buffer.from('x'), 0),
    file('web/ünï\ncode', Buffer.from('a new line')),
    file(deep, Buffer.from('deep'), 0o755),
    { ...none, kind: 'link', name: 'web/link', mode: 0o777, target: `../${deep}` },
  );

const readAll = async (archive: AsyncIterable<Uint8Array>) => {
  const found = [];
  for await (const { kind, name, mode, target, content } of readTar(archive))
    found.push({ kind, name, mode, target, content: await together(content) });
  return found;
};

describe('an archive', () => {
  test.each([1_000_000_000, 65_536, 513])(
    'is read as it was written, in pieces of %i bytes',
    async (step) => {
      const archive = await together(writeTar(several()));
      const found = await readAll(inPieces(archive, step));
      expect(found.map(({ kind, name, mode, target }) => [kind, name, mode, target])).toEqual([
        ['folder', 'web', 0o755, ''],
        ['file', 'web/large', 0o600, ''],
        ['file', 'web/empty', 0o600, ''],
        ['file', 'web/nobody', 0, ''],
        ['file', 'web/ünï\ncode', 0o600, ''],
        ['file', deep, 0o755, ''],
        ['link', 'web/link', 0o777, `../${deep}`],
      ]);
      expect(found[1]?.content.equals(large)).toBe(true);
      expect(found.slice(2).map(({ content }) => content.toString())).toEqual([
        '',
        'x',
        'a new line',
        'deep',
        '',
      ]);
    },
  );

  test('is one that tar reads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairway-tar-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    execFileSync('tar', ['-xp', '-C', folder], { input: await together(writeTar(several())) });
    expect(readFileSync(join(folder, 'web/large')).equals(large)).toBe(true);
    expect(lstatSync(join(folder, 'web/nobody')).mode & 0o777).toBe(0);
    expect(lstatSync(join(folder, 'web/large')).mtime).toEqual(changedAt);
    expect(readlinkSync(join(folder, 'web/link'))).toBe(`../${deep}`);
    expect(readFileSync(join(folder, 'web/link'), 'utf8')).toBe('deep');
  });

  test('without anything is one, too', async () => {
    const archive = await together(writeTar(each()));
    expect(archive.length).toBe(1_024);
    expect(await readAll(inPieces(archive))).toEqual([]);
  });

  test('is passed over where its contents are not read', async () => {
    const names = [];
    for await (const { name } of readTar(writeTar(several()))) names.push(name);
    expect(names).toHaveLength(7);
  });

  test('is made no faster than it is read', async () => {
    let given = 0;
    async function* zeros(): AsyncGenerator<Buffer> {
      for (; given < 100; given += 1) yield Buffer.alloc(1_048_576);
    }
    const content = zeros();
    const archive = writeTar(each({ ...file('zeros', Buffer.alloc(0)), size: 100 * 1_048_576, content }));
    for (let pieces = 0; pieces < 3; pieces += 1) await archive.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(given).toBeLessThan(8);
    await archive.return(undefined);
    expect((await content.next()).done).toBe(true); // it was told that nobody reads it any more
  });

  test('is taken no faster than its contents are read, and its source is closed', async () => {
    let given = 0;
    const archive = await together(writeTar(each(file('large', Buffer.alloc(50_000_000)))));
    async function* source(): AsyncGenerator<Buffer> {
      for (; given < 500; given += 1) yield archive.subarray(given * 100_000, (given + 1) * 100_000);
    }
    const pieces = source();
    for await (const { content } of readTar(pieces)) {
      for await (const piece of content) {
        expect(piece.length).toBeGreaterThan(0);
        await new Promise((resolve) => setTimeout(resolve, 50));
        break;
      }
      break;
    }
    expect(given).toBeLessThan(30);
    expect((await pieces.next()).done).toBe(true);
  });
});

describe('an archive that is damaged', () => {
  const small = () =>
    together(writeTar(each(file('a', Buffer.from('a'.repeat(600))), file('b', Buffer.alloc(512)))));

  test.each([
    ['within a header', 300],
    ['within a content', 700],
    ['behind a content', 512 + 600],
    ['between two entries', 512 + 1_024],
    ['before its end', 512 + 1_024 + 1_024],
    ['within its end', 512 + 1_024 + 1_024 + 512],
    ['before it begins', 0],
  ])('cut off %s is said to be', async (_, length) => {
    const archive = await small();
    expect(archive.length).toBe(512 + 1_024 + 1_024 + 1_024);
    await expect(readAll(inPieces(archive.subarray(0, length), 100))).rejects.toThrow(ArchiveDamaged);
  });

  test('in a header is said to be', async () => {
    const archive = await small();
    archive.writeUInt8(archive.readUInt8(0) ^ 1, 0);
    await expect(readAll(inPieces(archive))).rejects.toThrow(ArchiveDamaged);
  });

  test('or rather cannot be fetched throws that', async () => {
    const archive = await small();
    const gone = new Error('gone');
    async function* source(): AsyncGenerator<Buffer> {
      yield archive.subarray(0, 700);
      throw gone;
    }
    await expect(readAll(source())).rejects.toBe(gone);
  });
});

describe('a content', () => {
  test.each([9, 11])('of %i bytes instead of 10 makes no archive', async (length) => {
    const archive = writeTar(
      each({ ...file('a', Buffer.alloc(length)), size: 10 }, file('b', Buffer.alloc(1))),
    );
    await expect(together(archive)).rejects.toThrow();
  });

  test('that cannot be read throws that', async () => {
    const gone = new Error('gone');
    async function* content(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(5);
      throw gone;
    }
    const archive = writeTar(each({ ...file('a', Buffer.alloc(10)), content: content() }));
    await expect(together(archive)).rejects.toBe(gone);
  });

  test('that the list of entries cannot name throws that', async () => {
    const gone = new Error('gone');
    async function* entries(): AsyncGenerator<TarEntry> {
      yield file('a', Buffer.alloc(10));
      throw gone;
    }
    await expect(together(writeTar(entries()))).rejects.toBe(gone);
  });
});
