import type { Queries } from 'fairway-kit/postgres';
import { afterRefresh, judgeRefresh, type Session, type User } from '../domain/session.ts';
import { addEntries } from './postgres-audit.ts';
import type { Repository } from './repository.ts';
import type { SteadyDatabase } from './steady.ts';
import { unlessTaken } from './unless-taken.ts';

type SessionMethods =
  | 'userByEmail'
  | 'userById'
  | 'addUser'
  | 'openSession'
  | 'session'
  | 'rotate'
  | 'endSession'
  | 'forgetSessions';

type Row = Omit<Session, 'expiresAt' | 'revokedAt'> & {
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
};

const sessionColumns =
  'id, user_id AS "userId", version, expires_at AS "expiresAt", revoked_at AS "revokedAt"';
const userColumns = 'id, email, name, role, password_hash AS "passwordHash"';

const sessionOf = (row: Row): Session => ({
  ...row,
  expiresAt: row.expiresAt.getTime(),
  revokedAt: row.revokedAt?.getTime() ?? null,
});

export const sessionStatements = ({ read, write }: SteadyDatabase): Pick<Repository, SessionMethods> => ({
  userByEmail: (email) => read((queries) => oneUser(queries, 'email', email)),
  userById: (id) => read((queries) => oneUser(queries, 'id', id)),
  addUser: ({ id, email, name, role, passwordHash }, now, entry) =>
    write(async (tx) => {
      const isAdded = await unlessTaken(tx, () =>
        tx.query(
          `INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
          [id, email, name, role, passwordHash, new Date(now)],
        ),
      );
      if (isAdded && entry !== null) await addEntries(tx, [entry]);
      return isAdded;
    }),

  openSession: ({ id, userId, version, expiresAt }, tokenHash, now, entry) =>
    write(async (tx) => {
      await tx.query(
        'INSERT INTO sessions (id, user_id, version, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)',
        [id, userId, version, new Date(now), new Date(expiresAt)],
      );
      await tx.query('INSERT INTO refresh_tokens (hash, session_id) VALUES ($1, $2)', [tokenHash, id]);
      await addEntries(tx, [entry]);
    }),

  session: (id) => read((queries) => oneSession(queries, id)),

  rotate: ({ hash, nextHash, now, expiresAt }, entryOf) =>
    write(async (tx) => {
      const token = await lockToken(tx, hash);
      const verdict = judgeRefresh(token, now);
      const changed = token && afterRefresh(token.session, verdict, { now, expiresAt });
      if (changed !== null) await putSession(tx, changed);
      if (verdict === 'good' && changed !== null) {
        await tx.query('UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1', [hash, new Date(now)]);
        await tx.query('INSERT INTO refresh_tokens (hash, session_id) VALUES ($1, $2)', [
          nextHash,
          changed.id,
        ]);
      }
      const rotated = { verdict, session: changed ?? token?.session ?? null };
      await addEntries(tx, [entryOf(rotated)]);
      return rotated;
    }),

  endSession: (id, now, entry) =>
    write(async (tx) => {
      const held = await oneSession(tx, id, 'FOR UPDATE');
      if (held === null) return null;
      const ended = { ...held, version: held.version + 1, revokedAt: held.revokedAt ?? now };
      await putSession(tx, ended);
      await addEntries(tx, [entry]);
      return ended;
    }),

  forgetSessions: (before) =>
    write(async (tx) => {
      const gone = await tx.query('DELETE FROM sessions WHERE expires_at < $1 RETURNING id', [
        new Date(before),
      ]);
      return gone.length;
    }),
});

async function oneUser(queries: Queries, by: 'email' | 'id', value: string): Promise<User | null> {
  const [user] = await queries.query<User>(`SELECT ${userColumns} FROM users WHERE ${by} = $1`, [value]);
  return user ?? null;
}

async function oneSession(
  queries: Queries,
  id: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<Session | null> {
  const [row] = await queries.query<Row>(`SELECT ${sessionColumns} FROM sessions WHERE id = $1 ${lock}`, [
    id,
  ]);
  return row === undefined ? null : sessionOf(row);
}

/** The family is locked before the token is looked at, so that of two uses at once the second one finds it used. */
async function lockToken(tx: Queries, hash: string) {
  const [found] = await tx.query<{ sessionId: string }>(
    'SELECT session_id AS "sessionId" FROM refresh_tokens WHERE hash = $1',
    [hash],
  );
  const session = found === undefined ? null : await oneSession(tx, found.sessionId, 'FOR UPDATE');
  const [token] = await tx.query<{ usedAt: Date | null }>(
    'SELECT used_at AS "usedAt" FROM refresh_tokens WHERE hash = $1',
    [hash],
  );
  return session === null || token === undefined
    ? null
    : { usedAt: token.usedAt?.getTime() ?? null, session };
}

const putSession = (tx: Queries, { id, version, expiresAt, revokedAt }: Session) =>
  tx.query('UPDATE sessions SET version = $2, expires_at = $3, revoked_at = $4 WHERE id = $1', [
    id,
    version,
    new Date(expiresAt),
    revokedAt === null ? null : new Date(revokedAt),
  ]);
