import { createHash, type Hash } from 'node:crypto';
import { Thrown } from '#kernel';
import { DATA_PART, damaged } from './detail.ts';
import type { Manifest } from './manifest.ts';
import { type TarEntry, TarError, tarReader } from './tar-reader.ts';

/** The log a backup brings along; the manifest names no file of it. */
const LOG_FILE = /^pg_wal\/(?:[0-9A-F]{24}|[0-9A-F]{8}\.history|archive_status\/[0-9A-F.a-z]+\.done)$/;

export interface TarCheck {
  /** Throws before bytes are let through that do not belong to the copy. */
  write(bytes: Buffer): void;
  /** Throws when something is missing. */
  end(): void;
}

/**
 * Holds base.tar against the manifest as it comes by: each file with its size and SHA-256, nothing twice, nothing that
 * lies or leads elsewhere, nothing more but the log, nothing less; and the whole with its own SHA-256. Throws a Thrown
 * of `postgres_copy_damaged` (facts: file, reason).
 */
export function checkTar(manifest: Manifest, sha256: string): TarCheck {
  const seen = new Set<string>();
  const whole = createHash('sha256');
  let current: { readonly path: string; readonly bytes: number; readonly hash: Hash } | null = null;
  const reader = tarReader({
    entry(entry) {
      refuseUnsafe(entry);
      if (entry.kind !== 'file') return;
      const { path, bytes } = entry;
      const listed = manifest.files.get(path);
      if (seen.has(path)) throw wrong(path, 'it is there twice');
      if (listed === undefined && !LOG_FILE.test(path)) throw wrong(path, 'the manifest does not name it');
      if (listed !== undefined && listed.bytes !== bytes)
        throw wrong(path, `it has ${bytes} bytes instead of ${listed.bytes}`);
      seen.add(path);
      current = { path, bytes, hash: createHash('sha256') };
    },
    data: (bytes) => void current?.hash.update(bytes),
    fileEnd() {
      if (current === null) return;
      const { path, hash } = current;
      const listed = manifest.files.get(path);
      if (listed !== undefined && hash.digest('hex') !== listed.sha256)
        throw wrong(path, 'its content has another SHA-256');
    },
  });
  return {
    write(bytes) {
      whole.update(bytes);
      inWords(() => reader.write(bytes));
    },
    end() {
      inWords(() => reader.end());
      for (const path of manifest.files.keys()) if (!seen.has(path)) throw wrong(path, 'it is missing');
      if (whole.digest('hex') !== sha256) throw wrong(DATA_PART, 'its content has another SHA-256');
    },
  };
}

function refuseUnsafe({ path, kind }: TarEntry): void {
  const leadsOut = path.startsWith('/') || path.split('/').includes('..');
  if (kind === 'other' || leadsOut || path === '') throw wrong(path, 'it is no file of a data folder');
}

const wrong = (file: string, reason: string) => new Thrown(damaged(file, reason).error);

function inWords(work: () => void): void {
  try {
    work();
  } catch (reason) {
    if (reason instanceof TarError) throw wrong(DATA_PART, reason.message);
    throw reason;
  }
}
