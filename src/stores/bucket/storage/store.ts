import { join } from 'node:path';
import { type Answer, refuseFault } from '../protocol/refusal.ts';
import { type Contents, openContents, type Segment } from './contents.ts';
import { type Database, openDatabase } from './database.ts';

/** Buckets and objects on disk: metadata in SQLite, content in files. */
export interface ObjectStore {
  /** For reading. Changes go through `change`. */
  readonly database: Database;
  readonly contents: Contents;
  /**
   * Runs `work` as one transaction that is on disk when this resolves; a refusal undoes it. Content files that nothing
   * refers to any more are removed afterwards, never before the commit.
   */
  change<T>(work: (change: Change) => Answer<T>): Promise<Answer<T>>;
  close(): void;
}

/** What a transaction may do besides SQL. */
export interface Change {
  readonly database: Database;
  /** An object or part begins to refer to these contents. */
  use(segments: readonly Segment[]): void;
  /** An object or part no longer refers to these contents. */
  release(segments: readonly Segment[]): void;
}

/** Opens the folder and removes leftovers of puts that were never acknowledged. System and SQLite errors are thrown. */
export async function openStore(
  folder: string,
): Promise<{ readonly store: ObjectStore; readonly swept: number }> {
  const contents = await openContents(folder);
  const database = openDatabase(join(folder, 'metadata.sqlite'));
  const isUsed = (id: string) => database.get('select 1 from content where id = ?', id) !== undefined;
  const swept = await contents.sweep(isUsed);
  const store: ObjectStore = {
    database,
    contents,
    change: (work) => change(database, contents, work),
    close: () => database.close(),
  };
  return { store, swept };
}

async function change<T>(
  database: Database,
  contents: Contents,
  work: (change: Change) => Answer<T>,
): Promise<Answer<T>> {
  const unused: string[] = [];
  let outcome: Answer<T>;
  try {
    const use = (segments: readonly Segment[]) => countUses(database, segments);
    const release = (segments: readonly Segment[]) => unused.push(...releaseUses(database, segments));
    outcome = database.transaction(
      () => work({ database, use, release }),
      (result) => result.ok,
    );
  } catch (reason) {
    return refuseFault(reason);
  }
  if (outcome.ok) await contents.remove(unused);
  return outcome;
}

function countUses(database: Database, segments: readonly Segment[]): void {
  for (const { content } of segments) {
    database.run(
      'insert into content (id, uses) values (?, 1) on conflict (id) do update set uses = uses + 1',
      content,
    );
  }
}

/** The contents whose last use this was. */
function releaseUses(database: Database, segments: readonly Segment[]): readonly string[] {
  const ids = [...new Set(segments.map(({ content }) => content))];
  for (const { content } of segments)
    database.run('update content set uses = uses - 1 where id = ?', content);
  const unused = ids.filter(
    (id) => database.get('select uses from content where id = ?', id)?.['uses'] === 0,
  );
  for (const id of unused) database.run('delete from content where id = ?', id);
  return unused;
}
