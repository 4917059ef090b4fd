import { type Clock, type Json, ok, type Result } from '#kernel';
import type { RowWrite, Store } from '#ports';

/** The stream of the journal that says who was let in. No environment can have this name, so none shares it. */
export const accessStream = 'control/access';

export type EntryType =
  | 'access.token_made'
  | 'access.token_revoked'
  | 'access.logged_in'
  | 'access.link_made'
  | 'access.all_revoked';

export interface Change<T> {
  readonly entries: readonly { readonly type: EntryType; readonly data: Json }[];
  readonly rows: readonly RowWrite[];
  readonly value: T;
}

const tries = 8;

/**
 * Decides and writes as one: where another one (another control plane, too) has written meanwhile, it is decided again on
 * what is there now. Failures: those of `decide`, `store_conflict` when that happens again and again, `store_unavailable`.
 */
export async function change<T>(
  store: Store,
  clock: Clock,
  decide: () => Promise<Result<Change<T>>>,
): Promise<Result<T>> {
  for (let left = tries; ; left--) {
    const expected = (await store.last(accessStream))?.sequence ?? 0; // before anything is read to decide on
    const decided = await decide();
    if (!decided.ok) return decided;
    const { entries, rows, value } = decided.value;
    const at = clock.now();
    const done = await store.commit({
      stream: accessStream,
      expected,
      entries: entries.map((entry) => ({ ...entry, at })),
      rows,
      fence: null,
    });
    if (done.ok) return ok(value);
    if (done.error.code !== 'store_conflict' || left <= 1) return done;
  }
}
