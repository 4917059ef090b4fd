import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, fail, type Json, ok, type Result, Thrown } from '#kernel';
import { isRunning } from '#process';
import { type Access, codeOf, readIfThere, readState, replaceFile } from './supervisor/index.ts';

/** The server of a store that runs now. */
export interface RunningServer {
  readonly access: Access;
  /** What people should know about it; of the in-memory fall-back of Redis: that it is one. */
  readonly note: string | null;
}

/** Failures: `store_state_unreadable`, `store_copy_failed` (facts: store, reason), when it does not run. */
export async function runningServer(folder: string, store: string): Promise<Result<RunningServer>> {
  const state = await readState(folder);
  if (!state.ok) return state;
  const { access, process, note } = state.value;
  const runs = process !== null && isRunning(process);
  return runs && access !== null ? ok({ access, note }) : copyFailed(store, 'it is not running');
}

export const copyFailed = (store: string, reason: string) => fail('store_copy_failed', { store, reason });

export const restoreFailed = (store: string, reason: string) =>
  fail('store_restore_failed', { store, reason });

/** The contract says a folder without data; anything that lies there is somebody's. Makes it where it is absent. */
export async function takeEmptyFolder(folder: string): Promise<Result<null>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [found] = await readdir(folder);
  return found === undefined ? ok(null) : fail('restore_folder_not_empty', { folder, found });
}

/**
 * What streams throw becomes their failure; what the operating system, SQLite or a server says becomes the reason of
 * another one.
 */
export async function returningFailures<T>(
  work: () => Promise<Result<T>>,
  failed: (reason: string) => Result<never>,
): Promise<Result<T>> {
  try {
    return await work();
  } catch (reason) {
    if (reason instanceof Thrown) return err(reason.failure);
    if (reason instanceof Error && isForeign(reason)) return failed(reason.message);
    throw reason;
  }
}

/** Whether the world said it, not a mistake of ours. */
function isForeign(reason: Error): boolean {
  return codeOf(reason) !== '' || FOREIGN.has(reason.name) || reason.cause instanceof Error;
}

/** Errors of a Redis server, of a connection that was lost, of an aborted or late request. */
const FOREIGN: ReadonlySet<string> = new Set([
  'ReplyError',
  'MaxRetriesPerRequestError',
  'AbortError',
  'TimeoutError',
]);

/** Kept beside restored data, so that who looks at them later knows what must be there. */
export async function noteRestored(folder: string, detail: Json): Promise<void> {
  await replaceFile(restoredFile(folder), `${JSON.stringify(detail, null, 2)}\n`);
}

/** Null where the data were not restored. */
export async function restoredDetail(folder: string): Promise<Json | null> {
  const text = await readIfThere(restoredFile(folder));
  return text === null ? null : (JSON.parse(text) as Json);
}

const restoredFile = (folder: string) => join(folder, 'restored.json');
