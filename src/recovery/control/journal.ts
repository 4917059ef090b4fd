import { chmodSync, closeSync, openSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { ok, type Result } from '#kernel';
import { ownCopyFailed } from './parts.ts';

/**
 * Copies the journal of the embedded store into a new file while others write to it: the state of one moment, checked.
 * Failure: `store_copy_failed` (facts: store = fairway, reason).
 */
export async function copyJournal(journalFile: string, toFile: string): Promise<Result<null>> {
  let source: DatabaseSync | null = null;
  try {
    source = new DatabaseSync(journalFile, { readOnly: true, timeout: 5_000 });
    closeSync(openSync(toFile, 'wx', 0o600));
    // All pages in one step: every commit of another process would make smaller steps begin anew.
    await backup(source, toFile, { rate: 2 ** 31 - 1 });
    return finish(toFile);
  } catch (reason) {
    if (!(reason instanceof Error) || !('code' in reason)) throw reason;
    return ownCopyFailed(`the journal: ${reason.message}`);
  } finally {
    source?.close();
  }
}

/** One file without a log beside it, every page and index looked at. */
function finish(file: string): Result<null> {
  const copy = new DatabaseSync(file);
  try {
    copy.exec('pragma journal_mode = delete');
    const answer = String(copy.prepare('pragma integrity_check (1)').get()?.['integrity_check'] ?? '');
    chmodSync(file, 0o600);
    return answer === 'ok' ? ok(null) : ownCopyFailed(`the journal: ${answer}`);
  } finally {
    copy.close();
  }
}
