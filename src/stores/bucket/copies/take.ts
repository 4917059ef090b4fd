import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result, Thrown } from '#kernel';
import type { Content, CopyFacts, CopyProgress, PartSink } from '#ports';
import { type TarEntry, writeTar } from '#process';
import { copyFailed, returningFailures } from '../../copies-ground.ts';
import { type ContentFound, faultOfDatabase, firstFault, readInventory, withInventory } from './inventory.ts';
import type { BucketCopiesOptions } from './options.ts';
import { withStage } from './request.ts';
import { STAGED_DATABASE } from './stage.ts';

export const DATABASE = 'database.sqlite';
/** A line of JSON for each content: id, size, sha256. */
export const CONTENTS = 'contents.jsonl';
export const isArchive = (part: string) => /^objects-\d{4,}\.tar$/.test(part);
const ARCHIVE_BYTES = 1024 ** 3;

/**
 * Copies the database and every content it names, each one hashed while it is handed over and compared with the ETags of
 * the versions that are made of it. Failures: `store_copy_failed` (facts: store, reason), `store_state_unreadable`, and
 * those of the sink.
 */
export async function copyBucket(
  options: BucketCopiesOptions,
  sink: PartSink,
  signal: AbortSignal,
  progress: (progress: CopyProgress) => void,
): Promise<Result<CopyFacts>> {
  const { spec, clock } = options;
  const failed = (reason: string) => copyFailed(spec.name, reason);
  return returningFailures(async () => {
    progress({ share: null, doing: 'the database of objects' });
    const from = clock.now();
    return withStage({ ...options, signal }, 'everything', async (stage) => {
      const until = clock.now();
      const file = join(stage, STAGED_DATABASE);
      const { inventory, fault } = withInventory(file, (database) => ({
        inventory: readInventory(database),
        fault: faultOfDatabase(database),
      }));
      if (fault !== null) return failed(`its database is damaged: ${fault}`);
      const kept = await sink(DATABASE, createReadStream(file));
      if (!kept.ok) return kept;
      const archives = await planArchives(stage, inventory.contents);
      const found = new Map<string, ContentFound>();
      for (const [index, files] of archives.entries()) {
        if (signal.aborted) return failed('it was cancelled');
        progress({ share: index / archives.length, doing: `objects, ${index + 1} of ${archives.length}` });
        const name = `objects-${String(index + 1).padStart(4, '0')}.tar`;
        const taken = await sink(name, writeTar(entriesOf(spec.name, stage, files, found)));
        if (!taken.ok) return taken;
      }
      const differs = withInventory(file, (database) => firstFault(database, found));
      if (differs !== null) return failed(differs);
      const listed = await sink(CONTENTS, linesOf(found));
      if (!listed.ok) return listed;
      const { objects, versions, last } = inventory;
      const contentBytes = [...found.values()].reduce((sum, { size }) => sum + size, 0);
      const detail = { objects, versions, last, contents: found.size, contentBytes };
      return ok({ from, until, bytes: contentBytes + (await stat(file)).size, detail });
    });
  }, failed);
}

interface StagedFile {
  readonly id: string;
  readonly size: number;
}

async function planArchives(
  stage: string,
  ids: readonly string[],
): Promise<readonly (readonly StagedFile[])[]> {
  const archives: StagedFile[][] = [];
  let room = 0;
  for (const id of ids) {
    const { size } = await stat(join(stage, id));
    const last = archives.at(-1);
    if (last === undefined || size > room) {
      archives.push([{ id, size }]);
      room = ARCHIVE_BYTES - size;
    } else {
      last.push({ id, size });
      room -= size;
    }
  }
  return archives;
}

async function* entriesOf(
  store: string,
  stage: string,
  files: readonly StagedFile[],
  found: Map<string, ContentFound>,
): AsyncGenerator<TarEntry> {
  const common = { kind: 'file', mode: 0o600, changedAt: new Date(0), target: '' } as const;
  for (const file of files) {
    const read = (content: ContentFound) => found.set(file.id, content);
    yield { ...common, name: file.id, size: file.size, content: hashed(store, stage, file, read) };
  }
}

/** The content of a staged file; what was seen of it is told when it was read to its end. */
async function* hashed(
  store: string,
  stage: string,
  { id, size }: StagedFile,
  read: (content: ContentFound) => void,
): Content {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  let done = 0;
  const content = createReadStream(join(stage, id), { highWaterMark: 262_144 });
  for await (const piece of content as AsyncIterable<Buffer>) {
    md5.update(piece);
    sha256.update(piece);
    done += piece.length;
    yield piece;
  }
  if (done !== size) throw new Thrown(copyFailed(store, `the content ${id} changed while it was read`).error);
  read({ size, md5: md5.digest('hex'), sha256: sha256.digest('hex') });
}

async function* linesOf(found: ReadonlyMap<string, ContentFound>): Content {
  for (const [id, { size, sha256 }] of found) yield Buffer.from(`${JSON.stringify({ id, size, sha256 })}\n`);
}
