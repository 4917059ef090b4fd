import { type Clock, millis, ok, seconds } from '#kernel';
import { isRunning, type ProcessIdentity } from '#process';
import { type Book, type ReplicaRecord, withReplica } from './book.ts';
import {
  type ConsumerReplica,
  type ConsumerRole,
  type Order,
  type Standing,
  standingOf,
} from './consumers.ts';
import type { Supervisor } from './supervisor.ts';
import { tellReplica } from './tell.ts';

/** Keeps as many replicas of each consumer at work as was asked for, whatever becomes of them (R14). */
export interface Conductor {
  /** Looks again who must be told what. Cheap; called whenever something may have changed. */
  nudge(): void;
  /** How a revision stands; null when no number was ever asked for it. */
  standing(revision: string): Standing | null;
  /** What a replica answered last when it did not do as it was told. */
  complaint(replica: string): string | null;
  /** Whether a replica takes no jobs, as far as anybody knows. */
  isQuiet(replica: string): boolean;
  /** After this nobody is told anything any more. Resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** One answer may take this long; then it is asked again. A pause is answered when the jobs that were begun are over. */
const limits = { pause: seconds(30), resume: seconds(5) } as const satisfies Record<Order, unknown>;
const retryAfter = millis(200);
const roleAfter = { pause: 'passive', resume: 'active' } as const satisfies Record<Order, ConsumerRole>;

export function createConductor(options: {
  book: Book;
  clock: Clock;
  supervisors: ReadonlyMap<string, Supervisor>;
}): Conductor {
  const { book, clock, supervisors } = options;
  const stopped = new AbortController();
  const calls = new Map<string, Promise<void>>();
  const complaints = new Map<string, string>();
  /** Per replica the process that has answered, and what its role was then. */
  const told = new Map<string, string>();

  function standing(revision: string): Standing | null {
    const { consumers, replicas } = book.state();
    const active = consumers[revision];
    if (active === undefined) return null;
    return standingOf(replicas.filter((record) => record.revision === revision).map(seen), active);
  }

  function seen(record: ReplicaRecord): ConsumerReplica {
    const { replica, createdAt, phase, process, served } = record;
    const role = record.role ?? 'passive';
    return {
      ...{ replica, createdAt, served, role },
      isServing: phase === 'serving',
      state: supervisors.get(replica)?.view().state ?? 'stopped',
      runs: process !== null && isRunning(process),
      isTold: process !== null && told.get(replica) === answerOf(process, role),
    };
  }

  /** One call per replica at a time: an answer that comes late must not be taken for one to the order after it. */
  function nudge(): void {
    if (stopped.signal.aborted) return;
    for (const revision of Object.keys(book.state().consumers)) {
      for (const [replica, order] of standing(revision)?.orders ?? []) {
        if (calls.has(replica)) continue;
        const call = carryOut(replica, order).finally(() => {
          calls.delete(replica);
          nudge();
        });
        calls.set(replica, call);
      }
    }
  }

  async function carryOut(replica: string, order: Order): Promise<void> {
    const problem = await give(replica, order);
    if (problem === null) complaints.delete(replica);
    else {
      complaints.set(replica, problem);
      await clock.sleep(retryAfter, stopped.signal);
    }
  }

  /** Null when it has answered and that is written down; otherwise what was wrong. */
  async function give(replica: string, order: Order): Promise<string | null> {
    const record = book.state().replicas.find((each) => each.replica === replica);
    const consumer = book.state().revisions[record?.revision ?? '']?.spec.consumer ?? null;
    const process = record?.process ?? null;
    if (record === undefined || consumer === null || process === null) return 'it is gone';
    // A controller that has been replaced tells nobody anything (R6).
    const ours = await book.stillOurs();
    if (!ours.ok) return ours.error.code;
    // Written before it is asked: from here on it may take jobs, also when nobody lives to hear its answer.
    const isFirst = order === 'resume' && record.role !== 'active' && record.role !== 'resuming';
    const noted = isFirst ? await setRole(replica, process, 'resuming') : ok(null);
    if (!noted.ok) return noted.error.code;
    // What it answered before holds no longer: from here on it may have done as it is told now, answer or not.
    told.delete(replica);
    const ask = { port: record.port, path: consumer[order], timeout: limits[order] };
    const answer = await tellReplica(ask, clock, stopped.signal);
    if (!answer.ok) return answer.detail;
    const kept = await setRole(replica, process, roleAfter[order]);
    if (!kept.ok) return kept.error.code;
    told.set(replica, answerOf(process, roleAfter[order]));
    return null;
  }

  /** Only of this process: one that took its place meanwhile has a role of its own. */
  const setRole = (replica: string, process: ProcessIdentity, role: ConsumerRole) =>
    book.change(
      withReplica(replica, (old) =>
        old.process?.pid === process.pid && old.process.started === process.started ? { ...old, role } : old,
      ),
    );

  return {
    nudge,
    standing,
    complaint: (replica) => complaints.get(replica) ?? null,
    isQuiet(replica) {
      const record = book.state().replicas.find((each) => each.replica === replica);
      if (record === undefined || record.process === null || !isRunning(record.process)) return true;
      return (record.role ?? 'passive') === 'passive';
    },
    async stop() {
      stopped.abort();
      await Promise.all(calls.values());
    },
  };
}

const answerOf = ({ pid, started }: ProcessIdentity, role: ConsumerRole) => `${pid} ${started} ${role}`;
