import type { Database, Queries } from 'fairway-kit/postgres';
import { appendEvent, type JobKind, type JobPayloads } from '../common/jobs.ts';

/** A job as its row tells it. */
export type BookedJob = {
  [K in JobKind]: {
    readonly id: string;
    readonly userId: string;
    readonly kind: K;
    readonly payload: JobPayloads[K];
    readonly traceparent: string;
  };
}[JobKind];

export type Claim =
  | { readonly claim: 'mine'; readonly job: BookedJob }
  /** Another import of the same user runs. */
  | { readonly claim: 'later' }
  /** Done already, or given back by the user. */
  | { readonly claim: 'none' };

/** The rows of `jobs`, as the workers read and write them. */
export interface Book {
  claim(id: string): Promise<Claim>;
  /** Also tells that somebody is still at it. */
  progress(job: BookedJob, percent: number): Promise<void>;
  /** Keeps the result together with what `also` writes, and tells the user. */
  finish(job: BookedJob, result: object, also?: (tx: Queries) => Promise<void>): Promise<void>;
  again(job: BookedJob): Promise<void>;
  fail(job: BookedJob, failure: string): Promise<void>;
  /** Makes a failed job an open one. */
  reopen(id: string): Promise<void>;
}

/** An import that was not heard of for so long is taken for dead. */
const silence = '30 seconds';

export function createBook(database: Database): Book {
  const change = (job: BookedJob, set: string, values: unknown[], tx: Queries = database) =>
    tx.query(`UPDATE jobs SET touched_at = now(), ${set} WHERE id = $1`, [job.id, ...values]);
  const tell = (tx: Queries, job: BookedJob, topic: string, data: object) =>
    appendEvent(tx, topic, { userId: job.userId, id: job.id, kind: job.kind, ...data });

  return {
    claim: (id) =>
      database.transaction(async (tx) => {
        const rows = await tx.query<BookedJob>(
          `SELECT id, user_id AS "userId", kind, payload, traceparent FROM jobs
           WHERE id = $1 AND state IN ('queued', 'running') FOR UPDATE`,
          [id],
        );
        const job = rows[0];
        if (job === undefined) return { claim: 'none' };
        if (job.kind === 'import' && (await isImporting(tx, job))) return { claim: 'later' };
        await change(job, `state = 'running'`, [], tx);
        return { claim: 'mine', job };
      }),

    progress: (job, percent) =>
      database.transaction(async (tx) => {
        await change(job, 'progress = $2', [percent], tx);
        await tell(tx, job, `${job.kind}.progress`, { progress: percent });
      }),

    finish: (job, result, also) =>
      database.transaction(async (tx) => {
        await also?.(tx);
        await change(job, `state = 'done', progress = 100, result = $2`, [JSON.stringify(result)], tx);
        await tell(tx, job, `${job.kind}.done`, { progress: 100 });
      }),

    async again(job) {
      await change(job, `state = 'queued'`, []);
    },

    fail: (job, failure) =>
      database.transaction(async (tx) => {
        await change(job, `state = 'failed', failure = $2`, [failure], tx);
        await tell(tx, job, `${job.kind}.failed`, { failure });
      }),

    async reopen(id) {
      await database.query(
        `UPDATE jobs SET state = 'queued', failure = NULL, enqueued_at = NULL WHERE id = $1 AND state = 'failed'`,
        [id],
      );
    },
  };
}

/** One import per user at a time. The lock makes two claims of the same user come one after the other. */
async function isImporting(tx: Queries, { id, userId }: BookedJob): Promise<boolean> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`import:${userId}`]);
  const others = await tx.query(
    `SELECT 1 FROM jobs WHERE user_id = $1 AND kind = 'import' AND state = 'running' AND id <> $2
       AND touched_at > now() - $3::interval`,
    [userId, id, silence],
  );
  return others.length !== 0;
}
