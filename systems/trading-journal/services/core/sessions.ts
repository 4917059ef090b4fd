import { Hono } from 'hono';
import { type Clock, currentRequest, isPassword } from 'fairway-kit';
import type { Database, Queries } from 'fairway-kit/postgres';
import { shape, textField } from '../common/shape.ts';
import { problem } from 'fairway-kit/hono';
import type { Web } from '../common/app.ts';

export interface SessionView {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const lifetime = 12 * 3_600_000;

const parse = shape({
  email: textField({ most: 200 }),
  password: textField({ most: 200 }),
  /** SHA-256 of the session id that the edge has made. */
  hash: textField({ most: 64, pattern: /^[0-9a-f]{64}$/, expects: '64 hexadecimal digits' }),
});

/** Sessions, for the edge only: opened with a password, looked up, ended. They survive a Redis that forgets. */
export function sessionRoutes(database: Database, clock: Clock): Hono<Web> {
  const app = new Hono<Web>();

  app.post('/', async (c) => {
    const request = parse(await c.req.text());
    if (!request.ok) return problem(c, 422, request.code, request.detail);
    const { email, password, hash } = request.value;
    const rows = await database.query<{ id: string; name: string; email: string; password_hash: string }>(
      'SELECT id, name, email, password_hash FROM users WHERE email = $1',
      [email.toLowerCase()],
    );
    const user = rows[0];
    const isRight = await isPassword(password, user?.password_hash ?? null);
    if (user === undefined || !isRight) {
      return problem(c, 401, 'login_wrong', 'The address and the password do not belong together.');
    }
    const expiresAt = clock.now() + lifetime;
    await database.transaction(async (tx) => {
      await tx.query('INSERT INTO sessions (hash, user_id, expires_at) VALUES ($1, $2, $3)', [
        hash,
        user.id,
        new Date(expiresAt).toISOString(),
      ]);
      await audit(tx, user.id, 'session.create');
    });
    return c.json(
      { userId: user.id, email: user.email, name: user.name, expiresAt } satisfies SessionView,
      201,
    );
  });

  app.get('/:hash', async (c) => {
    const rows = await database.query<SessionView>(
      `SELECT users.id AS "userId", email, name, extract(epoch FROM expires_at)::float8 * 1000 AS "expiresAt"
       FROM sessions JOIN users ON users.id = user_id WHERE hash = $1 AND expires_at > $2`,
      [c.req.param('hash'), new Date(clock.now()).toISOString()],
    );
    return rows[0] === undefined
      ? problem(c, 404, 'session_not_found', 'There is no such session.')
      : c.json(rows[0]);
  });

  app.delete('/:hash', async (c) => {
    await database.transaction(async (tx) => {
      const ended = await tx.query<{ user_id: string }>(
        'DELETE FROM sessions WHERE hash = $1 RETURNING user_id',
        [c.req.param('hash')],
      );
      const userId = ended[0]?.user_id;
      if (userId !== undefined) await audit(tx, userId, 'session.delete');
    });
    return c.body(null, 204);
  });

  return app;
}

async function audit(tx: Queries, userId: string, action: string): Promise<void> {
  await tx.query(`INSERT INTO audit (user_id, action, subject, request_id) VALUES ($1, $2, 'session', $3)`, [
    userId,
    action,
    currentRequest()?.correlationId ?? 'none',
  ]);
}
