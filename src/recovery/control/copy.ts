import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Clock, err, type Json, ok, type Result, Thrown } from '#kernel';
import type { Content, CopyFacts, PartSink } from '#ports';
import { isOutsideSystem, ownCopyFailed, PART } from './parts.ts';
import { packed } from './tar.ts';
import { walk } from './walk.ts';

export interface Own {
  /** Copies the journal into this new file, while it is in use; null where it is kept elsewhere. */
  readonly journal: ((file: string) => Promise<Result<null>>) | null;
  /** Absolute, as are the following. A file or folder that is not there is left out. */
  readonly secrets: string;
  readonly snapshots: string;
  readonly systemFolder: string;
  /** The journal is copied into it before it is handed over; made where it is absent. */
  readonly workFolder: string;
  /** Folders that are left out where they lie in the system's, such as the one that copies are kept in. */
  readonly without?: readonly string[];
  readonly clock: Clock;
}

/**
 * Copies what Fairway itself keeps. Links are copied as links; those that lead out of their folder are left out and
 * named in the facts (`leftOut`), as are sockets and the like, and what vanished meanwhile. Failures: `store_copy_failed` (facts: store = fairway,
 * reason), those of `journal` and of the sink.
 */
export async function copyOwn(own: Own, sink: PartSink, signal: AbortSignal): Promise<Result<CopyFacts>> {
  const from = own.clock.now();
  const counter = { bytes: 0 };
  const counted = (name: string, content: Content) => sink(name, counting(content, counter));
  try {
    const leftOut: string[] = [];
    const parts = [
      () => copyJournalPart(own, counted),
      () => copyFile(PART.secrets, own.secrets, counted),
      () => copyFile(PART.env, join(own.systemFolder, '.env'), counted),
      () =>
        copyFolder({ part: PART.snapshots, folder: own.snapshots, without: [] }, leftOut, counted, signal),
      () => copySystem(own, leftOut, counted, signal),
    ];
    for (const part of parts) {
      if (signal.aborted) return ownCopyFailed('it was cancelled');
      const copied = await part();
      if (!copied.ok) return copied;
    }
    const detail: Json = { leftOut: leftOut.slice(0, 100) };
    return ok({ from, until: own.clock.now(), bytes: counter.bytes, detail });
  } catch (reason) {
    if (reason instanceof Thrown) return err(reason.failure);
    if (reason instanceof Error && 'code' in reason) return ownCopyFailed(reason.message);
    throw reason;
  }
}

async function copyJournalPart({ journal, workFolder }: Own, sink: PartSink): Promise<Result<null>> {
  if (journal === null) return ok(null);
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(workFolder, 'own-'));
  try {
    const file = join(folder, PART.journal);
    const copied = await journal(file);
    return copied.ok ? await sink(PART.journal, createReadStream(file)) : copied;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyFile(part: string, path: string, sink: PartSink): Promise<Result<null>> {
  return (await isThere(path, 'file')) ? sink(part, createReadStream(path)) : ok(null);
}

async function copySystem(
  { systemFolder: folder, without = [] }: Own,
  leftOut: string[],
  sink: PartSink,
  signal: AbortSignal,
): Promise<Result<null>> {
  const inside = await Promise.all(
    without.map(async (path) => relative(await real(folder), await real(path))),
  );
  return copyFolder({ part: PART.system, folder, without: inside }, leftOut, sink, signal);
}

/** Both may be reached through links; what is not there yet has no other name. */
const real = (path: string) =>
  realpath(path).catch((reason: NodeJS.ErrnoException) => {
    if (reason.code === 'ENOENT') return path;
    throw reason;
  });

async function copyFolder(
  { part, folder, without }: { part: string; folder: string; without: readonly string[] },
  leftOut: string[],
  sink: PartSink,
  signal: AbortSignal,
): Promise<Result<null>> {
  if (!(await isThere(folder, 'folder'))) return ok(null);
  const isLeftOut = (name: string, path: string) =>
    without.includes(path) || (part === PART.system && isOutsideSystem(name, path));
  const { entries, leadingOut, special } = await walk(folder, isLeftOut);
  const note = (path: string) => void leftOut.push(`${part}: ${path}`);
  for (const path of [...leadingOut, ...special]) note(path);
  const failed = (reason: string) => ownCopyFailed(`${part}: ${reason}`).error;
  return sink(part, packed({ folder, entries, vanished: note, failed, signal }));
}

async function isThere(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  const stats = await lstat(path).catch((reason: NodeJS.ErrnoException) => {
    if (reason.code === 'ENOENT') return null;
    throw reason;
  });
  return kind === 'file' ? stats?.isFile() === true : stats?.isDirectory() === true;
}

async function* counting(content: Content, counter: { bytes: number }): Content {
  for await (const piece of content) {
    counter.bytes += piece.length;
    yield piece;
  }
}
