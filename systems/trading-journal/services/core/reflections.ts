import { Hono } from 'hono';
import type { Database } from 'fairway-kit/postgres';
import { shape, textField } from '../common/shape.ts';
import { problem } from 'fairway-kit/hono';
import { isId, pageOf } from './paging.ts';
import type { Change, Outcome, UserWeb, Writes } from './writes.ts';

const parse = shape({ note: textField({ most: 10_000 }) });
/**
 * A row that no backfill has reached yet has its source in the former column. Contract drops that one, so it may be named
 * only as text: as part of the whole row.
 */
const source = `coalesce(score_source, to_jsonb(reflections)->>'scored_by')`;
const columns = `id, note, score, advice, ${source} AS "scoredBy", created_at AS "createdAt"`;

/** Notes about one's own trading. Each is scored by the workers, and the user hears of both over his WebSocket. */
export function reflectionRoutes(database: Database, writes: Writes): Hono<UserWeb> {
  const app = new Hono<UserWeb>();

  app.get('/', async (c) => {
    const page = pageOf(c.req.query());
    if (!page.ok) return problem(c, 422, page.code, page.detail);
    const rows = await database.query(
      `SELECT ${columns} FROM reflections WHERE user_id = $1 AND created_at < $2 ORDER BY created_at DESC LIMIT $3`,
      [c.get('userId'), page.value.before, page.value.limit],
    );
    return c.json({ reflections: rows });
  });

  app.post('/', writes.post('reflection.create', createReflection));

  app.delete('/:id', (c) =>
    writes.remove('reflection.delete', (change) => deleteReflection(change, c.req.param('id')))(c),
  );

  return app;
}

async function createReflection({ tx, userId, emit, order }: Change, body: string): Promise<Outcome> {
  const reflection = parse(body);
  if (!reflection.ok) return { status: 422, ...reflection };
  const rows = await tx.query<{ id: string }>(
    `INSERT INTO reflections (user_id, note) VALUES ($1, $2) RETURNING ${columns}`,
    [userId, reflection.value.note],
  );
  const created = rows[0] ?? { id: '' };
  await emit('reflection.created', { id: created.id });
  await order('score', { reflectionId: created.id });
  return { status: 201, body: created, subject: `reflection ${created.id}` };
}

async function deleteReflection({ tx, userId }: Change, id: string): Promise<Outcome> {
  const mine = [userId, id];
  const deleted =
    isId(id) && (await tx.query('DELETE FROM reflections WHERE user_id = $1 AND id = $2 RETURNING id', mine));
  if (deleted === false || deleted.length === 0)
    return { status: 404, code: 'reflection_not_found', detail: 'There is no such reflection.' };
  await tx.query(
    `DELETE FROM jobs WHERE user_id = $1 AND kind = 'score' AND payload->>'reflectionId' = $2`,
    mine,
  );
  return { status: 200, body: { deleted: id }, subject: `reflection ${id}` };
}
