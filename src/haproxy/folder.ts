import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bucketCount, bucketUpperMillis } from '#core/gate';
import { type Clock, fail, millis, ok, type Result, seconds } from '#kernel';
import { type ProcessIdentity, takeLock } from '#process';
import { parseTable, readIfThere, replaceFile, type RouterTable } from '#router';
import type { Book } from './book.ts';
import { configurationOf, files } from './config.ts';
import { bucketsMap, mapText, routesMap } from './maps.ts';

/** The folder of one HAProxy: its configuration, its sockets, and the book of what its numbers mean. */
export interface Folder {
  readonly path: string;
  readonly logFile: string;
  /** Null: there is none, or none of this format. Failure of all: `disk_failed` (facts: path, reason). */
  readBook(): Promise<Result<Book | null>>;
  saveBook(book: Book): Promise<Result<null>>;
  /** The book and every file that HAProxy starts from: one that starts anew comes to the same table. */
  saveAll(book: Book): Promise<Result<null>>;
  readRecord(): Promise<ProcessIdentity | null>;
  writeRecord(identity: ProcessIdentity): Promise<Result<null>>;
  /** One change at a time, whoever makes it. Failures: `router_unreachable`, `cancelled`, and those of the work. */
  alone<T>(work: () => Promise<Result<T>>, signal?: AbortSignal): Promise<Result<T>>;
}

const number = z.int().min(0);
const bookFile = z.object({
  format: z.literal(1),
  book: z.object({
    epoch: z.string(),
    table: z.unknown(),
    next: number,
    services: z.array(z.object({ number, name: z.string() })),
    revisions: z.array(z.object({ number, service: number, revision: z.string(), slot: number.nullable() })),
    servers: z.array(
      z.object({
        number,
        revision: number,
        replica: z.string(),
        port: number,
        state: z.enum(['routed', 'leaving', 'gone']),
      }),
    ),
    worker: number.nullable(),
    leaving: z.array(z.object({ pid: number, frozen: z.array(number) })),
    frozen: z.record(z.string(), z.number()),
  }),
});
const record = z.object({ pid: z.int(), started: z.string() });

/** Longer than anybody works alone. */
const lockLimit = seconds(30);

export async function openFolder(path: string, clock: Clock): Promise<Result<Folder>> {
  const names = {
    book: join(path, 'book.json'),
    record: join(path, 'haproxy.json'),
    lock: join(path, 'lock'),
  };
  const made = await attempt(path, () => mkdir(path, { recursive: true, mode: 0o700 }));
  if (!made.ok) return made;
  let turn: Promise<unknown> = Promise.resolve();
  const write = (name: string, text: string) =>
    attempt(join(path, name), () => replaceFile(join(path, name), text));
  const saveBook = (book: Book) => write('book.json', JSON.stringify({ format: 1, book }));

  async function locked<T>(work: () => Promise<Result<T>>, signal?: AbortSignal): Promise<Result<T>> {
    const until = clock.now() + lockLimit;
    for (;;) {
      const lock = takeLock(names.lock);
      if (lock.ok) return work().finally(lock.value);
      if (lock.error.code !== 'lock_taken') return lock;
      if (signal?.aborted === true) return fail('cancelled', { what: 'waiting for the router' });
      if (clock.now() > until) return fail('router_unreachable', { reason: 'another process changes it' });
      await clock.sleep(millis(10), signal);
    }
  }

  return ok({
    path,
    logFile: join(path, 'haproxy.log'),
    readBook: () => attempt(names.book, async () => parseBook(await readIfThere(names.book))),
    saveBook,
    async saveAll(book) {
      const bounds = Array.from({ length: bucketCount - 1 }, (_, bucket) => bucketUpperMillis(bucket));
      const texts: readonly (readonly [string, string])[] = [
        [files.buckets, bucketsMap(bounds)],
        [files.routes, mapText(routesMap(book))],
        [files.configuration, configurationOf(book).text],
      ];
      for (const [name, text] of texts) {
        const written = await write(name, text);
        if (!written.ok) return written;
      }
      return saveBook(book); // last: it says what the others are of
    },
    async readRecord() {
      const text = await readIfThere(names.record).catch(() => null);
      const parsed = record.safeParse(jsonOf(text));
      return parsed.success ? parsed.data : null;
    },
    writeRecord: ({ pid, started }) => write('haproxy.json', JSON.stringify({ pid, started })),
    alone(work, signal) {
      const result = turn.then(() => locked(work, signal));
      turn = result.catch(() => undefined);
      return result;
    },
  });
}

function parseBook(text: string | null): Book | null {
  const parsed = bookFile.safeParse(jsonOf(text));
  if (!parsed.success) return null;
  const table: Result<RouterTable> = parseTable(parsed.data.book.table);
  return table.ok ? { ...parsed.data.book, table: table.value } : null;
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null; // not ours
  }
}

async function attempt<T>(
  path: string,
  work: () => Promise<T>,
): Promise<Result<T extends string | undefined | void ? null : T>> {
  try {
    const value = await work();
    return ok((value ?? null) as T extends string | undefined | void ? null : T);
  } catch (reason) {
    return fail('disk_failed', { path, reason: reason instanceof Error ? reason.message : String(reason) });
  }
}
