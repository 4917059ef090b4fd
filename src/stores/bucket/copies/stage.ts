import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { days, type Instant, ok } from '#kernel';
import type { Reply } from '../operations/call.ts';
import { type Answer, refuseFault } from '../protocol/refusal.ts';
import type { Query } from '../protocol/target.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Path of the request that stages a copy; its query may say `only=database`. */
export const COPY = '/-/copy';
/** Below the server's folder. */
export const STAGES = 'copying';
export const STAGED_DATABASE = 'database.sqlite';
/** Whoever asked for one and did not take it away by then is gone. */
const FORGOTTEN = days(2);

/**
 * Stages what the server holds at one moment, in the server, since nobody else may open its database: a copy of the
 * database, and every content file it names under a second name, so that none can vanish before it is copied. Replies
 * with the stage's name; whoever asked takes it away.
 */
export async function answerCopy(
  store: ObjectStore,
  folder: string,
  query: Query,
  now: Instant,
): Promise<Answer<Reply>> {
  const withContents = !query.some(([name, value]) => name === 'only' && value === 'database');
  const stage = randomUUID();
  try {
    await removeForgotten(join(folder, STAGES), now);
    await stageCopy(store, join(folder, STAGES, stage), withContents);
  } catch (reason) {
    await rm(join(folder, STAGES, stage), { recursive: true, force: true }).catch(() => {});
    return refuseFault(reason);
  }
  const body = JSON.stringify({ stage });
  return ok({ status: 200, headers: { 'content-type': 'application/json' }, body });
}

async function stageCopy(store: ObjectStore, path: string, withContents: boolean): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  // Before the copy of the database begins: a content that is removed after that moment is still there to be linked.
  const release = store.contents.holdAll();
  try {
    const file = join(path, STAGED_DATABASE);
    await store.database.copyTo(file);
    const ids = contentsIn(file);
    if (withContents) for (const id of ids) await store.contents.link(id, join(path, id));
  } finally {
    release();
  }
}

/** Ids of the contents that a staged database names; makes it one file, without a log beside it. */
function contentsIn(file: string): readonly string[] {
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma journal_mode = delete');
    return database
      .prepare('select id from content order by id')
      .all()
      .map((row) => String(row['id']));
  } finally {
    database.close();
  }
}

async function removeForgotten(stages: string, now: Instant): Promise<void> {
  await mkdir(stages, { recursive: true, mode: 0o700 });
  for (const name of await readdir(stages)) {
    const { mtimeMs } = await stat(join(stages, name)).catch(() => ({ mtimeMs: now })); // taken away meanwhile
    if (mtimeMs < now - FORGOTTEN) await rm(join(stages, name), { recursive: true, force: true });
  }
}
