import { createHash } from 'node:crypto';
import { fail, ok, type Result, Thrown } from '#kernel';
import type { Content } from '#ports';
import { decrypted, encrypted } from './age-stream.ts';
import type { Depot, RecoveryKey, Repository, Written } from './contract.ts';
import { readDocument, writeDocument } from './documents.ts';
import { NotOpened } from './not-opened.ts';
import { contentOf, settled, watched } from './stream.ts';
import { compressed, decompressed } from './zstd.ts';

/** Compressed and encrypted content in a depot. Nothing is in memory as a whole but documents and what `writeNamed` is given. */
export function openRepository(depot: Depot, key: RecoveryKey): Repository {
  return {
    depot,
    recipient: key.recipient,
    write: (path, content, signal) => settled(() => write(depot, key, path, content, signal)),
    read: (path, expected, signal) => read({ depot, key, path, expected, signal }),
    writeNamed: (pathOf, content, signal) => settled(() => writeNamed(depot, key, pathOf, content, signal)),
    writeDocument: (path, value, signal) => settled(() => writeDocument(depot, path, value, signal)),
    readDocument: (path, signal) => settled(() => readDocument(depot, path, signal)),
  };
}

async function write(
  depot: Depot,
  key: RecoveryKey,
  path: string,
  content: Content,
  signal: AbortSignal,
): Promise<Result<Written>> {
  let bytes = 0;
  const plain = watched(content, signal, (piece) => {
    bytes += piece.length;
  });
  const stored = createTally();
  const put = await depot.put(path, watched(encrypted(compressed(plain), key), signal, stored.add), signal);
  if (!put.ok) return put;
  return compareStored(depot, path, { bytes, ...stored.result() }, signal);
}

async function writeNamed(
  depot: Depot,
  key: RecoveryKey,
  pathOf: (written: Written) => string,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<Result<Written>> {
  const stored = createTally();
  const pieces: Uint8Array[] = [];
  for await (const piece of watched(encrypted(compressed(contentOf(content)), key), signal, stored.add)) {
    pieces.push(piece);
  }
  const written = { bytes: content.length, ...stored.result() };
  const path = pathOf(written);
  const put = await depot.put(path, contentOf(...pieces), signal);
  return put.ok ? compareStored(depot, path, written, signal) : put;
}

/** A backup counts only after it was read back: what a disk or a bucket acknowledged is not yet what it gives back. */
async function compareStored(
  depot: Depot,
  path: string,
  written: Written,
  signal: AbortSignal,
): Promise<Result<Written>> {
  const found = createTally();
  for await (const piece of depot.get(path, signal)) found.add(piece);
  const difference = differenceOf(found.result(), written);
  if (difference === null) return ok(written);
  return fail('backup_not_read_back', { place: depot.shown, path, reason: difference });
}

interface ReadAsk {
  readonly depot: Depot;
  readonly key: RecoveryKey;
  readonly path: string;
  readonly expected: Pick<Written, 'stored' | 'sha256'>;
  readonly signal: AbortSignal;
}

async function* read(ask: ReadAsk): Content {
  const { depot, key, path, expected, signal } = ask;
  const found = createTally();
  const stored = checked(watched(depot.get(path, signal), signal, found.add), () => {
    const difference = differenceOf(found.result(), expected);
    if (difference !== null) throw new NotOpened('damaged', difference);
  });
  try {
    yield* decompressed(decrypted(stored, key));
  } catch (reason) {
    if (!(reason instanceof NotOpened)) throw reason;
    throw await explained(ask, reason);
  }
}

/** Says at the end of the content whether it was whole, before the reader learns that it has ended. */
async function* checked(content: Content, check: () => void): Content {
  yield* content;
  check();
}

/**
 * A header that was changed looks like one for another key, and a chunk that was changed like one that was cut off: the
 * checksum of the whole file tells them apart.
 */
async function explained({ depot, path, expected, signal }: ReadAsk, reason: NotOpened) {
  const found = createTally();
  for await (const piece of depot.get(path, signal)) found.add(piece);
  const difference = differenceOf(found.result(), expected);
  if (difference === null && reason.why === 'wrong key') {
    return new Thrown({ code: 'backup_wrong_key', facts: { place: depot.shown, path } });
  }
  const facts = { place: depot.shown, path, reason: difference ?? reason.message };
  return new Thrown({ code: 'backup_part_damaged', facts });
}

interface Tally {
  readonly add: (piece: Uint8Array) => void;
  /** Once, at the end. */
  readonly result: () => Pick<Written, 'stored' | 'sha256'>;
}

function createTally(): Tally {
  const hash = createHash('sha256');
  let stored = 0;
  return {
    add: (piece) => {
      stored += piece.length;
      hash.update(piece);
    },
    result: () => ({ stored, sha256: hash.digest('hex') }),
  };
}

function differenceOf(
  found: Pick<Written, 'stored' | 'sha256'>,
  expected: Pick<Written, 'stored' | 'sha256'>,
): string | null {
  if (found.stored !== expected.stored) return `it has ${found.stored} bytes instead of ${expected.stored}`;
  return found.sha256 === expected.sha256 ? null : 'its checksum differs';
}
