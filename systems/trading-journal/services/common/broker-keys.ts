import type { Queries } from 'fairway-kit/postgres';
import { open, rewrap, seal, type Sealed, type WrappingKey, wrappingKey } from './envelope.ts';
import { fail, type Result } from './result.ts';

/** The present one first; the ones before are for what has not been wrapped anew yet. */
export type DataKeys = readonly [WrappingKey, ...WrappingKey[]];

/** Null without a present key. */
export function dataKeysOf(present: string | null, before: string | null): DataKeys | null {
  if (present === null) return null;
  return [wrappingKey(present), ...(before === null ? [] : [wrappingKey(before)])];
}

interface Row extends Sealed {
  readonly id: string;
  readonly userId: string;
}

const columns = `id, user_id AS "userId", key_id AS "keyId", wrapped, sealed`;
const aboutOf = (userId: string) => `broker key of ${userId}`;
const atOnce = 200;

/** Keeps the key of a broker, encrypted; its last characters stay readable for its owner. Gives its id. */
export async function keepKey(
  tx: Queries,
  [present]: DataKeys,
  { userId, broker, key }: { userId: string; broker: string; key: string },
): Promise<string> {
  const { keyId, wrapped, sealed } = seal(present, key, aboutOf(userId));
  const [row] = await tx.query<{ id: string }>(
    `INSERT INTO broker_keys (user_id, broker, ending, key_id, wrapped, sealed)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
    [userId, broker, key.slice(-4), keyId, wrapped, sealed],
  );
  return row?.id ?? '';
}

/** The key itself, for the call that needs it. Failures: `key_not_found`, `key_unknown`, `seal_broken`. */
export async function readKey(
  queries: Queries,
  keys: DataKeys,
  { userId, id }: { userId: string; id: string },
): Promise<Result<string>> {
  const [row] = await queries.query<Row>(
    `SELECT ${columns} FROM broker_keys WHERE user_id = $1 AND id = $2`,
    [userId, id],
  );
  if (row === undefined) return fail('key_not_found', 'There is no such key of a broker.');
  return open(keys, row, aboutOf(userId));
}

/**
 * Wraps anew what is still under a key from before, and gives how many. One that cannot be opened holds up none of the others:
 * its id is given for somebody to look at.
 */
export async function rewrapKeys(
  queries: Queries,
  keys: DataKeys,
): Promise<{ readonly rewrapped: number; readonly broken: readonly string[] }> {
  let rewrapped = 0;
  const broken: string[] = [];
  let rows: readonly Row[];
  let last: string | null = null;
  do {
    rows = await queries.query<Row>(
      `SELECT ${columns} FROM broker_keys WHERE key_id <> $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT ${atOnce}`,
      [keys[0].id, last],
    );
    for (const row of rows) {
      last = row.id;
      const anew = rewrap(keys, row, aboutOf(row.userId));
      if (!anew.ok) {
        broken.push(row.id);
        continue;
      }
      // Another replica may have been faster: then this one changes nothing.
      await queries.query('UPDATE broker_keys SET key_id = $2, wrapped = $3 WHERE id = $1 AND key_id = $4', [
        row.id,
        anew.value.keyId,
        anew.value.wrapped,
        row.keyId,
      ]);
      rewrapped++;
    }
  } while (rows.length === atOnce);
  return { rewrapped, broken };
}
