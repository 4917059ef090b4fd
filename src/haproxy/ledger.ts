import { ok, type Result } from '#kernel';
import { type Book, goneIn, removeServers } from './book.ts';
import { placesOf } from './apply.ts';
import { type Pin, pin } from './cli.ts';
import { files } from './config.ts';
import { type Readings, rawOf } from './counts.ts';
import type { Folder } from './folder.ts';
import type { ServerStatistics } from './tables.ts';
import type { Runtime } from './worker.ts';

/**
 * The counts of an environment over reloads: a process of before a reload is held until its last request is over, then its
 * counters are frozen into the book. All of it is done alone (`Folder.alone`).
 */
export interface Ledger {
  /** The book as it is now, with the counters of all processes. A process that went away unread begins a new epoch. */
  read(
    book: Book,
  ): Promise<Result<{ book: Book; raw: Book['frozen']; statistics: readonly ServerStatistics[] }>>;
  /** Takes servers that left the table and have nothing open out of HAProxy. */
  sweep(book: Book): Promise<Result<Book>>;
  /** Keeps the present process alive over a reload. */
  hold(worker: number): Promise<Result<null>>;
  /** The present process's tables: what HAProxy forgets when it begins to leave. Null when it does not answer. */
  tables(): Promise<Book['frozen'] | null>;
  release(worker: number): void;
  /** After a reload, or another start: the totals go on, or begin at 0 where some were lost. */
  adopt(book: Book): Promise<Result<Book>>;
  close(): void;
}

const noTables = { answers: new Map<number, number>(), unanswered: new Map<number, number>() };

export function createLedger(options: { folder: Folder; runtime: Runtime; newEpoch: () => string }): Ledger {
  const { folder, runtime, newEpoch } = options;
  const pins = new Map<number, Pin>();

  /** The tables first: no answer has a latency before it is counted. */
  async function readings(): Promise<Result<Readings>> {
    const [answers, unanswered, statistics] = [
      await runtime.answers(),
      await runtime.unanswered(),
      await runtime.statistics(),
    ];
    if (!answers.ok) return answers;
    if (!unanswered.ok) return unanswered;
    if (!statistics.ok) return statistics;
    return ok({ answers: answers.value, unanswered: unanswered.value, statistics: statistics.value });
  }

  /** Nobody knows what else it would have counted: totals begin at 0 again, which readers are told by the epoch. */
  async function beginAnew(book: Book, worker: number): Promise<Result<Book>> {
    const cleared = await runtime.all(
      ['clear table answers', 'clear table unanswered', 'clear counters all'],
      /^$/,
    );
    if (!cleared.ok) return cleared;
    const anew: Book = { ...book, epoch: newEpoch(), worker, leaving: [], frozen: {} };
    const saved = await folder.saveBook(anew);
    return saved.ok ? ok(anew) : saved;
  }

  async function isGone(worker: number): Promise<boolean> {
    const processes = await runtime.processes();
    return processes.ok && !processes.value.leaving.includes(worker);
  }

  async function adopt(book: Book): Promise<Result<Book>> {
    const present = await runtime.pid();
    if (!present.ok) return present;
    if (present.value !== book.worker) return beginAnew(book, present.value);
    return ok(book);
  }

  function release(worker: number): void {
    pins.get(worker)?.release();
    pins.delete(worker);
  }

  /** One that still has idle connections to its replica is not let go of: another time it is. */
  async function removed(book: Book): Promise<Result<Book>> {
    const [present, wanted] = [await runtime.servers(), new Set<string>()];
    if (!present.ok) return present;
    for (const server of book.servers)
      if (server.state !== 'gone') for (const place of placesOf(book, server)) wanted.add(place);
    for (const { backend, server } of present.value) {
      const place = `${backend}/${server}`;
      if (!wanted.has(place)) await runtime.ask(`set server ${place} state maint; del server ${place}`);
    }
    return ok(book);
  }

  return {
    adopt,
    release,
    async read(given) {
      const adopted = await adopt(given);
      if (!adopted.ok) return adopted;
      let book = adopted.value;
      const all: Readings[] = [];
      const present = await readings();
      if (!present.ok) return present;
      all.push({ ...present.value, statistics: without(present.value.statistics, goneIn(book)) });
      for (const leaving of book.leaving) {
        // HAProxy empties its tables when it begins to leave: they were read before. Its statistics stay.
        const old = await runtime.statistics(leaving.pid);
        if (!old.ok) {
          if (!(await isGone(leaving.pid))) return old; // asked again another time
          const anew = await beginAnew(book, book.worker ?? 0);
          if (!anew.ok) return anew;
          return ok({ book: anew.value, raw: {}, statistics: present.value.statistics });
        }
        const last: Readings = { ...noTables, statistics: without(old.value, leaving.frozen) };
        if (old.value.some(({ open }) => open > 0)) {
          all.push(last);
          continue;
        }
        const frozen = rawOf(book.frozen, [last]);
        book = { ...book, frozen, leaving: book.leaving.filter((each) => each !== leaving) };
        const saved = await folder.saveBook(book);
        if (!saved.ok) return saved;
        release(leaving.pid);
      }
      const statistics = all.flatMap((each) => each.statistics);
      return ok({ book, raw: rawOf(book.frozen, all), statistics });
    },

    async sweep(book) {
      const statistics = await runtime.statistics();
      if (!statistics.ok) return statistics;
      const own = (number: number) => statistics.value.filter(({ server }) => server === `r${number}`);
      const empty = book.servers.filter(
        ({ number, state }) => state === 'leaving' && own(number).every(({ open }) => open === 0),
      );
      if (empty.length === 0) return removed(book);
      const numbers = new Set(empty.map(({ number }) => number));
      const last = empty.flatMap(({ number }) => own(number));
      const frozen = rawOf(book.frozen, [{ ...noTables, statistics: last }]);
      const next = { ...removeServers(book, numbers), frozen };
      // First: what is deleted before it is frozen would be lost, what is frozen before it is deleted is not read twice.
      const saved = await folder.saveBook(next);
      if (!saved.ok) return saved;
      return removed(next);
    },

    async hold(worker) {
      const held = await pin(folder.path, files.stats);
      if (!held.ok) return held;
      pins.set(worker, held.value);
      return ok(null);
    },

    async tables() {
      const read = await readings();
      return read.ok ? rawOf({}, [{ ...read.value, statistics: [] }]) : null;
    },

    close() {
      for (const worker of [...pins.keys()]) release(worker);
    },
  };
}

const without = (statistics: readonly ServerStatistics[], numbers: readonly number[]) =>
  statistics.filter(({ server }) => !numbers.includes(Number(server.slice(1))));
