import { Hono } from 'hono';
import type { Database } from 'fairway-kit/postgres';
import type { JobKind, JobState } from '../common/jobs.ts';
import { problem } from 'fairway-kit/hono';
import { isId, pageOf } from './paging.ts';
import type { Change, Outcome, Perform, UserWeb, Writes } from './writes.ts';

export interface OrderView {
  readonly id: string;
  readonly state: JobState;
  /** 0 to 100. */
  readonly progress: number;
  readonly result: object | null;
  readonly failure: string | null;
  readonly createdAt: string;
}

const columns = `id, state, progress, result, failure, created_at AS "createdAt"`;

/**
 * What the workers do for a user: ordered with POST (202), looked at with GET, given back with DELETE together with
 * everything that came of it. The order has the id of its job.
 */
export function orderRoutes<K extends JobKind>(options: {
  readonly kind: K;
  /** Plural: the name of the list in the answer. */
  readonly name: string;
  readonly order: Perform;
  readonly database: Database;
  readonly writes: Writes;
  /** Adds what is not in the row. */
  readonly complete?: (view: OrderView) => Promise<object>;
}): Hono<UserWeb> {
  const { kind, name, database, writes, complete } = options;
  const app = new Hono<UserWeb>();
  const notFound = { status: 404, code: `${kind}_not_found`, detail: `There is no such ${kind}.` } as const;

  app.get('/', async (c) => {
    const page = pageOf(c.req.query());
    if (!page.ok) return problem(c, 422, page.code, page.detail);
    const rows = await database.query<OrderView>(
      `SELECT ${columns} FROM jobs WHERE user_id = $1 AND kind = $2 AND created_at < $3 ORDER BY created_at DESC LIMIT $4`,
      [c.get('userId'), kind, page.value.before, page.value.limit],
    );
    return c.json({ [name]: rows });
  });

  app.get('/:id', async (c) => {
    const id = c.req.param('id');
    const rows = isId(id)
      ? await database.query<OrderView>(
          `SELECT ${columns} FROM jobs WHERE user_id = $1 AND kind = $2 AND id = $3`,
          [c.get('userId'), kind, id],
        )
      : [];
    const view = rows[0];
    if (view === undefined) return problem(c, notFound.status, notFound.code, notFound.detail);
    return c.json(complete === undefined ? view : await complete(view));
  });

  app.post('/', writes.post(`${kind}.order`, options.order));

  app.delete('/:id', (c) => {
    const id = c.req.param('id');
    const perform = async ({ tx, userId }: Change): Promise<Outcome> => {
      const mine = [userId, kind, id];
      const deleted =
        isId(id) &&
        (await tx.query('DELETE FROM jobs WHERE user_id = $1 AND kind = $2 AND id = $3 RETURNING id', mine));
      return deleted !== false && deleted.length === 1
        ? { status: 200, body: { deleted: id }, subject: `${kind} ${id}` }
        : notFound;
    };
    return writes.remove(`${kind}.delete`, perform)(c);
  });

  return app;
}

/** The answer to an accepted order. */
export const accepted = (kind: JobKind, id: string): Outcome => ({
  status: 202,
  body: { id, state: 'queued', progress: 0 },
  subject: `${kind} ${id}`,
});
