import { createHash } from 'node:crypto';
import { currentRequest } from 'fairway-kit';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Database, Queries } from 'fairway-kit/postgres';
import { appendEvent, type JobKind, type JobPayloads } from '../common/jobs.ts';
import { problem } from 'fairway-kit/hono';
import type { Web } from '../common/app.ts';

/** What a user's call knows, behind the token. */
export interface UserWeb extends Web {
  Variables: { userId: string };
}

/** The transaction of one write. */
export interface Change {
  readonly tx: Queries;
  readonly userId: string;
  /** Announced to the user when all of it is committed. */
  readonly emit: (topic: string, payload: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Makes a job and gives its id. */
  readonly order: <K extends JobKind>(kind: K, payload: JobPayloads[K]) => Promise<string>;
}

/** What a write answers. `subject` names what was changed, for the audit; a refusal undoes everything. */
export type Outcome =
  | { readonly status: 200 | 201 | 202; readonly body: object; readonly subject: string }
  | { readonly status: 404 | 409 | 422; readonly code: string; readonly detail: string };

export type Perform = (change: Change, body: string) => Promise<Outcome>;

export interface Writes {
  /** A write that makes something: needs an Idempotency-Key, whose answer is kept for 24 hours. */
  post(action: string, perform: Perform): (c: Context<UserWeb>) => Promise<Response>;
  /** A write that may be repeated as it is. */
  remove(action: string, perform: Perform): (c: Context<UserWeb>) => Promise<Response>;
}

/**
 * Every write of core goes this way: one transaction holds the change, its audit row, its events, its jobs and, for a
 * POST, the answer under the caller's key. `onCommitted` is called when there may be something to deliver.
 */
export function createWrites(database: Database, onCommitted: () => void): Writes {
  const write = async (c: Context<UserWeb>, action: string, perform: Perform, key: string | null) => {
    const [userId, body] = [c.get('userId'), await c.req.text()];
    const hash = createHash('sha256').update(`${c.req.method} ${c.req.path}\n${body}`).digest('hex');
    try {
      const answer = await database.transaction(async (tx) => {
        const earlier = key === null ? null : await claimKey(tx, { userId, key, hash });
        if (earlier !== null) return earlier;
        const outcome = await perform(createChange(tx, userId), body);
        if (!('body' in outcome)) throw new Refused(outcome);
        await tx.query('INSERT INTO audit (user_id, action, subject, request_id) VALUES ($1, $2, $3, $4)', [
          userId,
          action,
          outcome.subject,
          currentRequest()?.correlationId ?? 'none',
        ]);
        if (key !== null) await keepAnswer(tx, { userId, key }, outcome);
        return { status: outcome.status, answer: outcome.body, replayed: false };
      });
      onCommitted();
      if (answer.replayed) c.header('idempotency-replayed', 'true');
      return c.json(answer.answer, answer.status);
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      const { status, code, detail } = reason.outcome;
      return problem(c, status, code, detail);
    }
  };

  return {
    post: (action, perform) => async (c) => {
      const key = c.req.header('idempotency-key');
      if (key === undefined || !/^[\x21-\x7e]{8,200}$/.test(key)) {
        const detail =
          'A POST needs a header Idempotency-Key of 8 to 200 visible characters, new for each intention.';
        return problem(c, 400, 'idempotency_key_missing', detail);
      }
      return write(c, action, perform, key);
    },
    remove: (action, perform) => (c) => write(c, action, perform, null),
  };
}

type Refusal = Extract<Outcome, { code: string }>;

/** Undoes the transaction on the way out. */
class Refused extends Error {
  readonly outcome: Refusal;
  constructor(outcome: Refusal) {
    super(outcome.code);
    this.outcome = outcome;
  }
}

interface KeptAnswer {
  readonly status: ContentfulStatusCode;
  readonly answer: object;
  readonly replayed: boolean;
}

/**
 * Null when the key is now ours. A second call with the same key waits here until the first has ended, because both
 * insert the same row.
 */
async function claimKey(
  tx: Queries,
  { userId, key, hash }: { userId: string; key: string; hash: string },
): Promise<KeptAnswer | null> {
  const mine = [userId, key];
  await tx.query(
    `DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND created_at < now() - interval '24 hours'`,
    mine,
  );
  const claimed = await tx.query(
    `INSERT INTO idempotency_keys (user_id, key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key`,
    [...mine, hash],
  );
  if (claimed.length === 1) return null;
  const rows = await tx.query<{ request_hash: string; status: ContentfulStatusCode; answer: object }>(
    `SELECT request_hash, status, answer FROM idempotency_keys WHERE user_id = $1 AND key = $2`,
    mine,
  );
  const earlier = rows[0];
  if (earlier?.request_hash !== hash) {
    const detail = 'This Idempotency-Key was used for another request in the last 24 hours.';
    throw new Refused({ status: 422, code: 'idempotency_key_reused', detail });
  }
  return { status: earlier.status, answer: earlier.answer, replayed: true };
}

async function keepAnswer(
  tx: Queries,
  { userId, key }: { userId: string; key: string },
  { status, body }: Extract<Outcome, { body: object }>,
): Promise<void> {
  await tx.query('UPDATE idempotency_keys SET status = $3, answer = $4 WHERE user_id = $1 AND key = $2', [
    userId,
    key,
    status,
    JSON.stringify(body),
  ]);
}

function createChange(tx: Queries, userId: string): Change {
  return {
    tx,
    userId,
    emit: (topic, payload) => appendEvent(tx, topic, { userId, ...payload }),
    async order(kind, payload) {
      const rows = await tx.query<{ id: string }>(
        'INSERT INTO jobs (user_id, kind, payload, traceparent) VALUES ($1, $2, $3, $4) RETURNING id',
        [userId, kind, JSON.stringify(payload), currentRequest()?.traceparent ?? ''],
      );
      return rows[0]?.id ?? '';
    },
  };
}
