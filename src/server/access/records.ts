import { z } from 'zod';
import { roles } from '#api';
import { instant, type Instant } from '#kernel';
import type { Row, RowWrite, Store } from '#ports';

/** Rows of the store that say who may come in. Of secrets they hold hashes only. */

const time = z.number().transform((value): Instant => instant(value));
const who = {
  name: z.string(),
  role: z.enum(roles),
  /** The roles in which it agrees to releases; null: in every one. Rows from before there were any do not have it. */
  approves: z.array(z.string()).nullable().default(null),
};

const token = z.object({
  ...who,
  hash: z.string(),
  by: z.string(),
  madeAt: time,
  until: time.nullable(),
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
});
export type Token = z.output<typeof token>;

const session = z.object({
  ...who,
  /** Id of the token it stands on; null: the key of the command line's user. */
  token: z.string().nullable(),
  madeAt: time,
  until: time,
});
export type Session = z.output<typeof session>;

const link = z.object({
  ...who,
  /** Id of the token of who made it; null: the key. */
  token: z.string().nullable(),
  madeAt: time,
  until: time,
  usedAt: time.nullable(),
});
export type Link = z.output<typeof link>;

const schemas = { token, session, link } as const;
type Kinds = { readonly token: Token; readonly session: Session; readonly link: Link };
export type Kind = keyof Kinds;

/** A record with the version of its row, which a change has to name. */
export interface Kept<T> {
  readonly key: string;
  readonly version: number;
  readonly value: T;
}

const format = 1;

/** Tokens have their id as key, sessions and links the hash of their secret. */
export async function readOne<K extends Kind>(
  store: Store,
  kind: K,
  key: string,
): Promise<Kept<Kinds[K]> | null> {
  const row = await store.row(kind, key);
  return row === null ? null : parse(kind, row);
}

/** Rows of a kind, as they lie there: also those that a newer control plane on the same store understands and this one does not. */
export const rowsOf = (store: Store, kind: Kind): Promise<readonly Row[]> => store.rows(kind, '');

export async function readAll<K extends Kind>(store: Store, kind: K): Promise<readonly Kept<Kinds[K]>[]> {
  return (await rowsOf(store, kind)).flatMap((row) => parse(kind, row) ?? []);
}

export function writeOf<K extends Kind>(
  kind: K,
  key: string,
  expected: number,
  value: Kinds[K] | null,
): RowWrite {
  return { kind, key, expected, format, value: value === null ? null : { ...value } };
}

/** Null for one that is not understood: it lets nobody in. */
function parse<K extends Kind>(kind: K, row: Row): Kept<Kinds[K]> | null {
  const parsed = schemas[kind].safeParse(row.value);
  return parsed.success ? { key: row.key, version: row.version, value: parsed.data as Kinds[K] } : null;
}
