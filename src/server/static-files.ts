import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { getMimeType } from 'hono/utils/mime';

/** A file as it is sent. */
export interface FileBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly encoding: 'br' | 'gzip' | null;
  /** Changes with content and encoding. */
  readonly tag: string;
}

export interface Files {
  /** A file in the first encoding that there is; null where there is no such file. */
  read(path: string, encodings: readonly ('br' | 'gzip')[]): Promise<FileBody | null>;
}

const compress = promisify(gzip);
const keptMost = 200;
/** Compressed already, or too small for it. */
const staysPlain = /^(?:image\/(?!svg)|font\/|video\/|audio\/)/;
const smallest = 1_024;

/** Reads files, compressed beforehand (`.br` and `.gz` beside them) or here, and keeps them while they do not change. */
export function createFiles(): Files {
  const kept = new Map<string, { readonly changed: string; readonly body: Promise<FileBody> }>();
  return {
    async read(path, encodings) {
      const changed = await changedAt(path);
      if (changed === null) return null;
      const key = `${encodings.join(' ')} ${path}`;
      const known = kept.get(key);
      if (known?.changed === changed) return known.body;
      const body = load(path, encodings);
      kept.set(key, { changed, body });
      const [oldest] = kept.size > keptMost ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
      return body.catch(() => {
        kept.delete(key);
        return null; // it went away while it was read, as in a new build
      });
    },
  };
}

async function changedAt(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? `${found.mtimeMs} ${found.size}` : null;
}

async function load(path: string, encodings: readonly ('br' | 'gzip')[]): Promise<FileBody> {
  const type = getMimeType(path) ?? 'application/octet-stream';
  const plain = await bytesOf(path);
  const tag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  if (plain.length >= smallest && !staysPlain.test(type)) {
    for (const encoding of encodings) {
      const bytes = await packed(path, plain, encoding);
      if (bytes !== null) return { bytes, type, encoding, tag: `"${tag}-${encoding}"` };
    }
  }
  return { bytes: plain, type, encoding: null, tag: `"${tag}"` };
}

async function packed(path: string, plain: Uint8Array, encoding: 'br' | 'gzip') {
  const beside = await bytesOf(`${path}.${encoding === 'br' ? 'br' : 'gz'}`).catch(() => null);
  if (beside !== null || encoding === 'br') return beside;
  return new Uint8Array(await compress(plain, { level: 9 }));
}

const bytesOf = async (path: string) => new Uint8Array(await readFile(path));
