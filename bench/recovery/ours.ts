import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type Clock, instant, type Result } from '#kernel';
import type { Content, CopyFacts, PartSink } from '#ports';
import { openFolderDepot } from '../../src/recovery/repository/folder-depot.ts';
import { openRepository } from '../../src/recovery/repository/repository.ts';
import type { Written } from '../../src/recovery/repository/contract.ts';
import { checkTar } from '../../src/stores/postgres/copies/check-tar.ts';
import { copyCluster } from '../../src/stores/postgres/copies/copy.ts';
import { DATA_PART, MANIFEST_PART, readDetail } from '../../src/stores/postgres/copies/detail.ts';
import { readManifest } from '../../src/stores/postgres/copies/manifest.ts';
import { unpack } from '../../src/stores/postgres/copies/unpack.ts';
import type { User } from './programs.ts';

const never = new AbortController().signal;

const clock: Clock = {
  now: () => instant(performance.timeOrigin + performance.now()),
  sleep: (wait, signal) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, wait);
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** Where parts of a copy go, and how they come back. */
export interface Parts {
  readonly sink: PartSink;
  part(name: string): Content;
}

/** Into files as they come, on the disk when they are done: no compression, no key, not read back. */
export function plainParts(folder: string): Parts {
  mkdirSync(folder, { recursive: true });
  return {
    async sink(name, content) {
      const file = await open(join(folder, name), 'w', 0o600);
      try {
        for await (const bytes of inLargePieces(content)) await file.write(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      return { ok: true, value: null };
    },
    part: (name) => createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }),
  };
}

const PIECE = 2 ** 20;

/** The server sends 32 kB at a time; a write for each would be measured instead of the copy. */
async function* inLargePieces(content: Content): Content {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of content) {
    pieces.push(bytes);
    size += bytes.length;
    if (size < PIECE) continue;
    yield Buffer.concat(pieces);
    [pieces, size] = [[], 0];
  }
  yield Buffer.concat(pieces);
}

/** Into a repository, as Fairway keeps them: compressed, encrypted, read back and compared. */
export async function repositoryParts(folder: string): Promise<Parts> {
  const identity = await generateX25519Identity();
  const key = { identity, recipient: await identityToRecipient(identity) };
  const repository = openRepository(openFolderDepot({ root: folder }), key);
  const written = new Map<string, Written>();
  return {
    async sink(name, content) {
      const done = await repository.write(name, content, never);
      if (!done.ok) return done;
      written.set(name, done.value);
      return { ok: true, value: null };
    },
    part: (name) => repository.read(name, written.get(name) ?? { stored: 0, sha256: '' }, never),
  };
}

/** The copy of a server that lets everybody in on the loopback: the password is not looked at. */
export async function copyInto(parts: Parts, port: number): Promise<CopyFacts> {
  const options = { store: 'bench', access: { port, secret: 'bench' }, clock };
  return valueOf(await copyCluster(options, parts.sink, never, () => {}));
}

/** What a restore does before a server sees the data: each file is held against the manifest as it is unpacked. */
export async function unpackInto(
  parts: Parts,
  facts: CopyFacts,
  folder: string,
  user: User | null,
): Promise<void> {
  const detail = valueOf(readDetail(facts.detail));
  const pieces: Uint8Array[] = [];
  for await (const bytes of parts.part(MANIFEST_PART)) pieces.push(bytes);
  const manifest = valueOf(readManifest(asWrittenBy17(Buffer.concat(pieces))));
  const into = { folder, home: { path: folder, user }, signal: never };
  valueOf(await unpack(parts.part(DATA_PART), checkTar(manifest, detail.sha256), into, () => {}));
}

/**
 * A manifest of PostgreSQL 15 is of version 1, one of 17 and later, which is what Fairway runs, of version 2: it has the
 * number of the system besides, which may be left out.
 */
function asWrittenBy17(manifest: Buffer): Buffer {
  const text = manifest.toString('latin1').replace('Manifest-Version": 1', 'Manifest-Version": 2');
  const begin = text.lastIndexOf('"Manifest-Checksum"');
  const lines = text.slice(0, begin);
  const sum = createHash('sha256').update(lines, 'latin1').digest('hex');
  return Buffer.from(`${lines}"Manifest-Checksum": "${sum}"}\n`, 'latin1');
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code} ${JSON.stringify(result.error.facts)}`);
  return result.value;
}
