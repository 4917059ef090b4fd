import { after, type Clock, fail, millis, ok, type Result, seconds } from '#kernel';
import { type Book, goneIn } from './book.ts';
import { configurationOf } from './config.ts';
import type { Folder } from './folder.ts';
import type { Ledger } from './ledger.ts';
import type { Runtime } from './worker.ts';

const reloadLimit = seconds(10);
const spreadLimit = millis(1_200);
const lookMillis = millis(20);

/**
 * Lets a new process take over with the configuration on disk. It gets the listening sockets from the one before, which
 * answers what it has begun; no connection is refused in between. Where it does not come up, the one before goes on, and
 * the files are as they were. Failures: `haproxy_refused` (facts: command, answer), and those of the folder.
 */
export async function reload(
  book: Book,
  before: Book,
  { folder, runtime, ledger, clock }: { folder: Folder; runtime: Runtime; ledger: Ledger; clock: Clock },
): Promise<Result<Book>> {
  const { structure } = configurationOf(book);
  const [old, processes] = [await runtime.pid(), await runtime.processes()];
  if (!old.ok) return old;
  if (!processes.ok) return processes;
  const held = await ledger.hold(old.value);
  if (!held.ok) return held;
  let tables = await ledger.tables();
  const asked = await runtime.reload();
  const came = asked.ok ? await comes() : asked;
  if (came.ok) {
    const frozen = { ...book.frozen };
    for (const [key, count] of Object.entries(tables ?? {})) frozen[key] = (frozen[key] ?? 0) + count;
    const next: Book = {
      ...book,
      frozen,
      worker: came.value,
      leaving: [...book.leaving, { pid: old.value, frozen: goneIn(before) }],
    };
    const saved = await folder.saveBook(next);
    if (!saved.ok) return saved;
    await leaves(old.value);
    return ok(next);
  }
  ledger.release(old.value);
  const restored = await folder.saveAll(before);
  return restored.ok ? came : restored;

  /** Until the process before takes no new requests: callers keep their connections to it for a second (`close-spread-time`). */
  async function leaves(worker: number): Promise<void> {
    const deadline = after(clock.now(), spreadLimit);
    while (clock.now() < deadline) {
      const connections = await runtime.connections(worker);
      if (!connections.ok || connections.value === 0) return;
      await clock.sleep(lookMillis);
    }
  }

  async function comes(): Promise<Result<number>> {
    const deadline = after(clock.now(), reloadLimit);
    while (clock.now() < deadline) {
      const [present, pid] = [await runtime.structure(), await runtime.pid()];
      if (present.ok && pid.ok && present.value === structure && pid.value !== (old.ok ? old.value : 0))
        return pid;
      tables = laterOf(tables, pid.ok && old.ok && pid.value === old.value ? await ledger.tables() : null);
      const now = await runtime.processes();
      if (now.ok && processes.ok && now.value.failedReloads > processes.value.failedReloads) break;
      await clock.sleep(lookMillis);
    }
    return fail('haproxy_refused', { command: 'reload', answer: 'the new process did not come up' });
  }
}

/** Of two readings the one that has more: a process that begins to leave has empty tables. */
function laterOf(before: Book['frozen'] | null, now: Book['frozen'] | null): Book['frozen'] | null {
  const sum = (raw: Book['frozen'] | null) =>
    Object.values(raw ?? {}).reduce((total, count) => total + count, 0);
  return sum(now) > sum(before) ? now : before;
}
