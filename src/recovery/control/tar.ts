import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Failure, Thrown } from '#kernel';
import type { Content } from '#ports';
import { readTar, type TarEntry, writeTar } from '#process';
import { leadsOut } from './walk.ts';

export interface PackAsk {
  readonly folder: string;
  /** Relative to the folder; a folder stands before what is in it. */
  readonly entries: readonly string[];
  /** Is told the entries that are not there any more. */
  readonly vanished: (entry: string) => void;
  readonly failed: (reason: string) => Failure;
  readonly signal: AbortSignal;
}

/**
 * Packs the named entries of a folder, links as links. A file that grows is taken up to the size it had; one that shrinks
 * ends the archive. Throws `Thrown` with what `failed` makes of the reason.
 */
export const packed = (ask: PackAsk): Content => writeTar(entriesOf(ask));

async function* entriesOf({ folder, entries, vanished, failed, signal }: PackAsk): AsyncGenerator<TarEntry> {
  for (const name of entries) {
    if (signal.aborted) throw new Thrown(failed('it was cancelled'));
    try {
      yield* entryOf(folder, name, (reason) => new Thrown(failed(reason)));
    } catch (reason) {
      if (!isMissing(reason)) throw reason;
      vanished(name);
    }
  }
}

async function* entryOf(
  folder: string,
  name: string,
  thrown: (reason: string) => Thrown,
): AsyncGenerator<TarEntry> {
  const path = join(folder, name);
  const stats = await lstat(path);
  const common = { name, mode: stats.mode & 0o777, changedAt: stats.mtime };
  const empty = { ...common, size: 0, target: '', content: nothing() };
  if (stats.isDirectory()) yield { ...empty, kind: 'folder' };
  else if (stats.isSymbolicLink()) {
    const target = await readlink(path);
    if (leadsOut(name, target)) throw thrown(`${name} became a link that leads out`);
    yield { ...empty, kind: 'link', target };
  } else {
    // What stands in its place by now may be a link or a pipe: the one is not followed, the other not waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const now = await file.stat();
      if (!now.isFile()) throw thrown(`${name} is no file any more`);
      const content = contentOf(file, now.size, () => thrown(`${name} was cut while it was read`));
      yield { ...common, kind: 'file', size: now.size, target: '', content };
    } finally {
      await file.close();
    }
  }
}

async function* nothing(): Content {}

async function* contentOf(file: FileHandle, size: number, cut: () => Error): Content {
  if (size === 0) return;
  let left = size;
  for await (const piece of file.createReadStream({ start: 0, end: size - 1, autoClose: false })) {
    left -= (piece as Buffer).length;
    yield piece as Buffer;
  }
  if (left > 0) throw cut();
}

const isMissing = (reason: unknown) =>
  reason instanceof Error && 'code' in reason && reason.code === 'ENOENT';

export interface Refused {
  readonly name: string;
  readonly reason: string;
}

/**
 * Unpacks an archive into an empty folder; says what in it is unsafe, null when nothing is. As long as files are written
 * there is no link yet that one could be written through; every folder a link lies in is there before the first link.
 * Owners may write to what they get back, and no file runs as somebody else. Throws what the archive and the disk throw.
 */
export async function unpack(archive: Content, folder: string, signal: AbortSignal): Promise<Refused | null> {
  const links = new Map<string, string>();
  const folders = new Map<string, number>();
  for await (const entry of readTar(archive)) {
    signal.throwIfAborted();
    const name = entry.name.split('/').filter(isStep).join('/');
    const refused = refusal(entry, name);
    if (refused !== null) return { name: entry.name, reason: refused };
    const path = join(folder, name);
    await mkdir(entry.kind === 'folder' ? path : dirname(path), { recursive: true });
    if (entry.kind === 'folder') folders.set(path, (entry.mode & 0o777) | 0o700);
    else if (entry.kind === 'link') links.set(path, entry.target);
    else await writeOut(path, entry, signal);
  }
  for (const [path, target] of links) await symlink(target, path);
  for (const [path, mode] of folders) await chmod(path, mode);
  return null;
}

const isStep = (step: string) => step !== '' && step !== '.';

function refusal({ kind, name: written, target }: TarEntry<string>, name: string): string | null {
  if (written.startsWith('/') || written.includes('\0') || name.split('/').includes('..')) {
    return 'the name leads out of the folder';
  }
  if (kind === 'link' && leadsOut(name, target)) return 'the link leads out of the folder';
  if (name === '' && kind !== 'folder') return 'it has no name';
  return kind === 'other' ? 'it is no file, folder or link' : null;
}

async function writeOut(path: string, entry: TarEntry<string>, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of entry.content) {
      signal.throwIfAborted();
      await file.writeFile(piece);
    }
    await file.chmod(entry.mode & 0o777);
    await file.utimes(entry.changedAt, entry.changedAt);
    await file.sync();
  } finally {
    await file.close();
  }
}
