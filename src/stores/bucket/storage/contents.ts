import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ok } from '#kernel';
import { type Answer, refuseFault } from '../protocol/refusal.ts';

/** A piece of an object: one content file, used whole. */
export interface Segment {
  readonly content: string;
  readonly size: number;
}

/**
 * The bytes of all objects: one file per upload, never changed, named by a random id. Names of objects do not occur
 * here, so no key can point out of the folder.
 */
export interface Contents {
  create(): Promise<Answer<ContentWriter>>;
  /** The bytes from `start` to `end` (inclusive) of segments laid end to end. */
  read(segments: readonly Segment[], start: number, end: number): AsyncGenerator<Buffer>;
  /** Keeps the files readable until the returned function is called, whatever is removed meanwhile. */
  hold(segments: readonly Segment[]): () => void;
  /** Keeps every file, whatever is removed meanwhile, until the returned function is called. */
  holdAll(): () => void;
  /** Gives a file a second name, under which it stays when it is removed here. File-system errors are thrown. */
  link(id: string, path: string): Promise<void>;
  /** Removes files, held ones when they are let go. */
  remove(ids: readonly string[]): Promise<void>;
  /** Removes what a former process left behind; only before requests are served. Returns how many files. */
  sweep(isUsed: (id: string) => boolean): Promise<number>;
}

export interface ContentWriter {
  write(piece: Buffer): Promise<Answer<null>>;
  /** Makes the file durable under its name; the id to refer to it. */
  keep(): Promise<Answer<string>>;
  /** Forgets an unfinished file. */
  discard(): Promise<void>;
}

/** Opens the folder, making it where it is absent. File-system errors are thrown. */
export async function openContents(folder: string): Promise<Contents> {
  const incoming = join(folder, 'incoming');
  const kept = join(folder, 'content');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  for (const shelf of SHELVES) await mkdir(join(kept, shelf), { recursive: true, mode: 0o700 });
  for (const made of [kept, folder]) await syncFolder(made); // a shelf that is lost takes its files along
  const pathOf = (id: string) => join(kept, id.slice(0, 2), id);
  const removal = deferredRemoval(pathOf);
  return {
    create: () => createWriter(incoming, pathOf),
    read: (segments, start, end) => readSegments(pathOf, segments, start, end),
    hold: (segments) => removal.hold(segments.map(({ content }) => content)),
    holdAll: removal.holdAll,
    link: (id, path) => link(pathOf(id), path),
    remove: (ids) => removal.remove(ids),
    sweep: (isUsed) => sweep(incoming, kept, isUsed),
  };
}

/** 256 folders by the first two digits of the id, so that none grows too long. */
const SHELVES = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

async function createWriter(
  incoming: string,
  pathOf: (id: string) => string,
): Promise<Answer<ContentWriter>> {
  // Random, not counted: a number could be given twice after a crash. Nothing depends on its value.
  const id = randomUUID();
  const draft = join(incoming, id);
  let file: FileHandle;
  try {
    file = await open(draft, 'wx', 0o600);
  } catch (reason) {
    return refuseFault(reason);
  }
  return ok({
    write: (piece) => attempt(() => writeFully(file, piece)),
    keep: async () => {
      const kept = await attempt(() => makeDurable(file, draft, pathOf(id)));
      return kept.ok ? ok(id) : kept;
    },
    discard: async () => {
      await file.close().catch(() => {}); // closed already when keep failed late
      await rm(draft, { force: true }).catch(() => {}); // the sweep at start takes what remains
    },
  });
}

async function attempt(work: () => Promise<void>): Promise<Answer<null>> {
  try {
    await work();
    return ok(null);
  } catch (reason) {
    return refuseFault(reason);
  }
}

/** A nearly full disk takes a part of a piece without an error. */
async function writeFully(file: FileHandle, piece: Buffer): Promise<void> {
  let written = 0;
  while (written < piece.length) written += (await file.write(piece, written)).bytesWritten;
}

/** In this order, so that a name never stands for less than the whole content, even after a power failure. */
async function makeDurable(file: FileHandle, draft: string, final: string): Promise<void> {
  await file.sync();
  await file.close();
  await rename(draft, final);
  await syncFolder(dirname(final));
}

/** Makes the names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function* readSegments(
  pathOf: (id: string) => string,
  segments: readonly Segment[],
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const { content, size } of segments) {
    const [from, to] = [Math.max(start - offset, 0), Math.min(end - offset, size - 1)];
    offset += size;
    if (from > to) continue;
    let remaining = to - from + 1;
    const stream = createReadStream(pathOf(content), { start: from, end: to, highWaterMark: 262_144 });
    for await (const piece of stream as AsyncIterable<Buffer>) {
      remaining -= piece.length;
      yield piece;
    }
    // Cutting the connection is the only honest answer once the headers are sent.
    if (remaining > 0) throw new Error(`content ${content} is ${remaining} bytes shorter than recorded`);
  }
}

/** Removes files now, or when their last reader is done. */
function deferredRemoval(pathOf: (id: string) => string) {
  const readers = new Map<string, number>();
  const doomed = new Set<string>();
  let holdsOfAll = 0;
  const unlink = async (id: string) => {
    doomed.delete(id);
    await rm(pathOf(id), { force: true }).catch(() => {}); // the sweep at start takes what remains
  };
  const release = (id: string) => {
    const left = (readers.get(id) ?? 1) - 1;
    if (left > 0) readers.set(id, left);
    else readers.delete(id);
    if (left === 0 && holdsOfAll === 0 && doomed.has(id)) void unlink(id);
  };
  const releaseAll = () => {
    holdsOfAll -= 1;
    if (holdsOfAll > 0) return;
    for (const id of doomed) if (!readers.has(id)) void unlink(id);
  };
  return {
    holdAll: () => {
      holdsOfAll += 1;
      let held = true;
      return () => {
        if (held) releaseAll();
        held = false;
      };
    },
    hold: (ids: readonly string[]) => {
      for (const id of ids) readers.set(id, (readers.get(id) ?? 0) + 1);
      let held = true;
      return () => {
        if (held) for (const id of ids) release(id);
        held = false;
      };
    },
    remove: async (ids: readonly string[]) => {
      const isBusy = (id: string) => holdsOfAll > 0 || readers.has(id);
      const [busy, idle] = [ids.filter(isBusy), ids.filter((id) => !isBusy(id))];
      for (const id of busy) doomed.add(id);
      await Promise.all(idle.map(unlink));
    },
  };
}

async function sweep(incoming: string, kept: string, isUsed: (id: string) => boolean): Promise<number> {
  const drafts = (await readdir(incoming)).map((id) => join(incoming, id));
  const unused: string[] = [];
  for (const shelf of SHELVES) {
    const ids = await readdir(join(kept, shelf));
    unused.push(...ids.filter((id) => !isUsed(id)).map((id) => join(kept, shelf, id)));
  }
  for (const path of [...drafts, ...unused]) await rm(path, { force: true });
  return drafts.length + unused.length;
}
