import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Thrown } from '#kernel';
import type { Content } from '#ports';
import type { Depot } from './contract.ts';
import { openFolderDepot } from './folder-depot.ts';
import { openRepository } from './repository.ts';
import {
  changeFile,
  codeIn,
  failureOf,
  inPieces,
  makeKey,
  makeTempFolder,
  never,
  readAll,
  someBytes,
  valueIn,
} from './testing/place.ts';

const KEY = await makeKey();

async function makeRepository() {
  const root = await makeTempFolder();
  return { root, repository: openRepository(openFolderDepot({ root }), KEY) };
}

/** One part, stored; its file can be changed before it is read again. */
async function storePart(bytes: Uint8Array) {
  const { root, repository } = await makeRepository();
  const written = valueIn(await repository.write('a/part', inPieces(bytes, 100_000), never));
  return { repository, written, file: join(root, 'a/part') };
}

describe('content', () => {
  const around = [65_536, 131_072, 262_144, 1_048_576].flatMap((size) => [size - 1, size, size + 1]);
  it.each([0, 1, ...around, 7_000_000])('of %i bytes comes back as it was', async (length) => {
    const bytes = someBytes(length);
    const { repository, written } = await storePart(bytes);
    expect(written.bytes).toBe(length);
    expect((await readAll(repository.read('a/part', written, never))).equals(bytes)).toBe(true);
  });

  it('of any size, in pieces of any size, comes back as it was', async () => {
    const { repository } = await makeRepository();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400_000 }),
        fc.integer({ min: 1_000, max: 300_000 }),
        async (length, size) => {
          const bytes = someBytes(length);
          const path = `many/${count++}`;
          const written = valueIn(await repository.write(path, inPieces(bytes, size), never));
          expect((await readAll(repository.read(path, written, never))).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is never written over', async () => {
    const { repository, written } = await storePart(someBytes(5_000));
    expect(codeIn(await repository.write('a/part', inPieces(someBytes(10), 5), never))).toBe('backup_exists');
    expect(await readAll(repository.read('a/part', written, never))).toHaveLength(5_000);
  });

  it('can be named after what it has become', async () => {
    const { repository } = await makeRepository();
    const bytes = someBytes(300_000);
    const written = valueIn(
      await repository.writeNamed(({ stored, sha256 }) => `log/${stored}.${sha256}`, bytes, never),
    );
    const path = `log/${written.stored}.${written.sha256}`;
    expect(valueIn(await repository.depot.list('', never))).toEqual([{ path, stored: written.stored }]);
    expect((await readAll(repository.read(path, written, never))).equals(bytes)).toBe(true);
  });
});

describe('a stored part', () => {
  it('with any bit changed is named as damaged before its end', async () => {
    const { repository, written, file } = await storePart(someBytes(200_000));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat({ max: 250 }), fc.nat({ max: written.stored - 1 })),
        fc.nat({ max: 7 }),
        async (at, bit) => {
          const flip = (bytes: Buffer) => {
            bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
            return bytes;
          };
          await changeFile(file, flip);
          const failure = await failureOf(repository.read('a/part', written, never));
          expect(failure).toEqual({
            code: 'backup_part_damaged',
            facts: { place: expect.any(String), path: 'a/part', reason: 'its checksum differs' },
          });
          await changeFile(file, flip);
        },
      ),
      { numRuns: 150 },
    );
    expect(await readAll(repository.read('a/part', written, never))).toHaveLength(200_000);
  });

  it('that is cut anywhere is named with how much of it is there', async () => {
    const { repository, written, file } = await storePart(someBytes(200_000));
    const whole = await readFile(file);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat({ max: 250 }), fc.nat({ max: written.stored - 1 })),
        async (length) => {
          await changeFile(file, () => whole.subarray(0, length));
          const { code, facts } = await failureOf(repository.read('a/part', written, never));
          expect([code, facts['reason']]).toEqual([
            'backup_part_damaged',
            `it has ${length} bytes instead of ${written.stored}`,
          ]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('with more behind it is damaged', async () => {
    const { repository, written, file } = await storePart(someBytes(70_000));
    await changeFile(file, (bytes) => Buffer.concat([bytes, bytes]));
    const failure = await failureOf(repository.read('a/part', written, never));
    expect(failure.code).toBe('backup_part_damaged');
  });

  it('that was exchanged for another whole one is damaged', async () => {
    const { repository, written, file } = await storePart(Buffer.alloc(10, 'a'));
    valueIn(await repository.write('b', inPieces(Buffer.alloc(10, 'b'), 10), never));
    const other = await readAll(repository.depot.get('b', never));
    await changeFile(file, () => other);
    const failure = await failureOf(repository.read('a/part', written, never));
    expect([failure.code, failure.facts['reason']]).toEqual(['backup_part_damaged', 'its checksum differs']);
  });

  it('that is gone is missing, and not damaged', async () => {
    const { repository, written, file } = await storePart(someBytes(10));
    await rm(file);
    expect(await failureOf(repository.read('a/part', written, never))).toMatchObject({
      code: 'backup_part_missing',
      facts: { path: 'a/part' },
    });
  });

  it('does not open with another key, and says so', async () => {
    const { repository, written } = await storePart(someBytes(10));
    const other = openRepository(repository.depot, await makeKey());
    const failure = await failureOf(other.read('a/part', written, never));
    expect(failure.code).toBe('backup_wrong_key');
    expect(JSON.stringify(failure)).not.toContain('AGE-SECRET');
  });
});

describe('writing', () => {
  it('fails when the place gives back something else than it was given', async () => {
    const { repository } = await makeRepository();
    const lying: Depot = {
      ...repository.depot,
      async *get(path, signal) {
        for await (const piece of repository.depot.get(path, signal)) {
          piece[0] = (piece[0] ?? 0) ^ 1;
          yield piece;
        }
      },
    };
    const deceived = openRepository(lying, KEY);
    expect(codeIn(await deceived.write('a', inPieces(someBytes(10), 5), never))).toBe('backup_not_read_back');
    expect(codeIn(await deceived.writeDocument('b', { a: 1 }, never))).toBe('backup_not_read_back');
  });

  it('ends with the failure of the content, and nothing is stored', async () => {
    const { repository } = await makeRepository();
    const broken = async function* (): Content {
      yield someBytes(500_000);
      throw new Thrown({ code: 'disk_gone', facts: {} });
    };
    expect(codeIn(await repository.write('a', broken(), never))).toBe('disk_gone');
    expect(valueIn(await repository.depot.list('', never))).toEqual([]);
  });

  it('ends when it is told to, and nothing is stored', async () => {
    const { repository } = await makeRepository();
    const stop = new AbortController();
    const endless = async function* (): Content {
      for (let round = 0; ; round += 1) {
        if (round === 20) stop.abort();
        yield someBytes(100_000);
      }
    };
    expect(codeIn(await repository.write('a', endless(), stop.signal))).toBe('cancelled');
    expect(valueIn(await repository.depot.list('', never))).toEqual([]);
  });

  it('takes no more than the place can', async () => {
    const { repository } = await makeRepository();
    let made = 0;
    const source = async function* (): Content {
      for (; made < 400; made += 1) yield someBytes(100_000);
    };
    let taken = 0;
    const slow: Depot = {
      ...repository.depot,
      async put(_path, content) {
        for await (const piece of content) {
          taken += piece.length;
          if (taken > 2_000_000) break;
        }
        return { ok: false, error: { code: 'enough', facts: {} } };
      },
    };
    expect(codeIn(await openRepository(slow, KEY).write('a', source(), never))).toBe('enough');
    // Half of 100,000 bytes is left of a piece: 40 of them were needed, and a few are on their way.
    expect(made).toBeLessThan(80);
  });
});

describe('a document', () => {
  const VALUE = { name: 'orders', parts: [1, 2, { b: null }] };

  it('comes back as it was, and is never written over', async () => {
    const { repository } = await makeRepository();
    valueIn(await repository.writeDocument('a.json', VALUE, never));
    expect(await repository.readDocument('a.json', never)).toEqual({ ok: true, value: VALUE });
    expect(codeIn(await repository.writeDocument('a.json', {}, never))).toBe('backup_exists');
  });

  it('with any bit changed is damaged, or says the same', async () => {
    const { repository, root } = await makeRepository();
    valueIn(await repository.writeDocument('a.json', VALUE, never));
    const length = valueIn(await repository.depot.list('', never))[0]?.stored ?? 0;
    for (let at = 0; at < length; at += 1) {
      const flip = (bytes: Buffer) => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        return bytes;
      };
      await changeFile(join(root, 'a.json'), flip);
      const read = await repository.readDocument('a.json', never);
      expect(read.ok ? read.value : read.error.code).toEqual(read.ok ? VALUE : 'backup_document_damaged');
      await changeFile(join(root, 'a.json'), flip);
    }
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, 40), 'it is no JSON with a checksum'],
    ['empty', () => Buffer.alloc(0), 'it is no JSON with a checksum'],
    ['of somebody else', () => Buffer.from('[1]'), 'it is no JSON with a checksum'],
    [
      'too long',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(2 ** 20, ' ')]),
      'it is longer than 1 MiB',
    ],
  ])('that is %s is damaged', async (_what, change, reason) => {
    const { repository, root } = await makeRepository();
    valueIn(await repository.writeDocument('a.json', VALUE, never));
    await changeFile(join(root, 'a.json'), change);
    expect(await repository.readDocument('a.json', never)).toEqual({
      ok: false,
      error: { code: 'backup_document_damaged', facts: { place: root, path: 'a.json', reason } },
    });
  });

  it('that is not there is missing', async () => {
    const { repository } = await makeRepository();
    valueIn(await repository.writeDocument('b.json', VALUE, never));
    expect(codeIn(await repository.readDocument('a.json', never))).toBe('backup_part_missing');
  });
});
