import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header, pack } from 'tar-stream';

export type TarKind = 'file' | 'folder' | 'link';

export interface TarEntry<Kind = TarKind> {
  readonly kind: Kind;
  /** Relative, with `/` between its parts. */
  readonly name: string;
  /** Permissions. */
  readonly mode: number;
  readonly changedAt: Date;
  /** Of the content in bytes; 0 for all but files. */
  readonly size: number;
  /** Of a symbolic link: what it names. */
  readonly target: string;
  /** Exactly `size` bytes. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** An archive cannot be read; its message says why, for people. */
export class ArchiveDamaged extends Error {}

const BLOCK = 512;

/**
 * An archive of these entries in the POSIX format (IEEE Std 1003.1, pax), which `tar` reads. Entries and their contents are
 * taken as fast as the archive is read. Throws what they throw, and when a content has not its size.
 */
export async function* writeTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const filled = fill(archive, entries).catch((reason: unknown) => {
    archive.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  });
  try {
    yield* archive as AsyncIterable<Uint8Array>;
  } finally {
    archive.destroy();
    await filled;
  }
}

async function fill(archive: ReturnType<typeof pack>, entries: AsyncIterable<TarEntry>): Promise<void> {
  for await (const entry of entries) {
    if (archive.destroyed) return;
    if (entry.kind === 'file') await pipeline(entry.content, archive.entry(headersOf(entry)));
    else
      await new Promise<void>((resolve, reject) => {
        archive.entry(headersOf(entry), (reason) => {
          if (reason instanceof Error) reject(reason);
          else resolve();
        });
      });
  }
  archive.finalize();
}

const TYPES = { file: 'file', folder: 'directory', link: 'symlink' } as const;
/** The bits of `stat` that say that it is a file: without any bit, the package would choose permissions of its own. */
const SOME_BIT = 0o100_000;
/** The package counts the seconds in 32 bits. */
const LATEST = 2 ** 31 - 1;

function headersOf({ kind, name, mode, changedAt, size, target }: TarEntry) {
  const changed = Math.min(Math.max(Math.trunc(changedAt.getTime() / 1_000), 0), LATEST);
  const common = { name, mode: (mode & 0o7777) | SOME_BIT, mtime: new Date(changed * 1_000) };
  const type = TYPES[kind];
  return kind === 'link' ? { ...common, type, linkname: target, size: 0 } : { ...common, type, size };
}

/**
 * Reads an archive entry by entry, `other` for hard links, devices and the like. What is not read of a content is passed
 * over when the next entry is asked for. Throws what the archive throws, and `ArchiveDamaged` where it is none or is
 * cut off.
 */
export async function* readTar(
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarEntry<TarKind | 'other'>> {
  const reader = extract();
  const found = reader[Symbol.asyncIterator]();
  const source = watched(archive);
  const fed = pipeline(Readable.from(source.pieces), reader).catch(() => {}); // `found` throws it, too
  const inWords = (reason: unknown) =>
    source.fault() ?? new ArchiveDamaged(reason instanceof Error ? reason.message : String(reason));
  let end = 0;
  try {
    for (;;) {
      const next = await found.next().catch((reason: unknown) => {
        throw inWords(reason);
      });
      if (next.done === true) break;
      const { size, byteOffset } = next.value.header as Header & { readonly byteOffset: number };
      end = byteOffset + Math.ceil(size / BLOCK) * BLOCK;
      yield {
        ...entryOf(next.value.header),
        content: inOwnWords(next.value as AsyncIterable<Uint8Array>, inWords),
      };
      next.value.resume();
    }
    await fed;
    // The package takes an archive that ends behind any entry for a whole one.
    if (source.bytes() < end + 2 * BLOCK) throw new ArchiveDamaged('the archive ends early');
  } finally {
    reader.destroy();
    await fed;
  }
}

const KINDS: Readonly<Record<string, TarKind>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
};

/** What the package does not know has no type, and links may be without a name. */
function entryOf(header: Header): Omit<TarEntry<TarKind | 'other'>, 'content'> {
  const { name, mode, mtime, size, linkname, type } = header as Header & {
    readonly type: string | null;
    readonly linkname: string | null;
  };
  return { kind: KINDS[type ?? ''] ?? 'other', name, mode, changedAt: mtime, size, target: linkname ?? '' };
}

async function* inOwnWords(
  content: AsyncIterable<Uint8Array>,
  inWords: (reason: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of content) yield piece;
  } catch (reason) {
    throw inWords(reason);
  }
}

/** Counts the bytes and remembers what was thrown: it must not be taken for damage of the archive. */
function watched(archive: AsyncIterable<Uint8Array>) {
  let bytes = 0;
  let fault: Error | null = null;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of archive) {
        bytes += piece.length;
        yield piece;
      }
    } catch (reason) {
      fault = reason instanceof Error ? reason : new Error(String(reason));
      throw reason;
    }
  }
  return { pieces: pieces(), bytes: () => bytes, fault: () => fault };
}
