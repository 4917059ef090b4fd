import { type Clock, type Json, ok, type Result } from '#kernel';
import type { JournalEntry, Store } from '#ports';
import { settled } from './calling.ts';
import type { Charge } from './charge.ts';

/** A document of recovery beside its journal. `null` deletes it. */
export interface Note {
  readonly kind: string;
  readonly key: string;
  readonly value: Json | null;
}

/** What recovery has done, in the journal, and the rows that belong to it. All of it is fenced by the lease. */
export interface Evidence {
  readonly stream: string;
  /** Writes an entry and rows together. Failures: those of the store, with `store_fenced` where another one is in charge. */
  tell(type: string, data: object, notes?: readonly Note[]): Promise<Result<null>>;
  /** Documents of a kind of this environment, by key. */
  notes(kind: string): Promise<Result<ReadonlyMap<string, Json>>>;
  /** The newest entries, oldest first. */
  recent(limit: number): Promise<Result<readonly JournalEntry[]>>;
}

const format = 1;
const attempts = 5;
const isConflict = (told: Result<null>) => !told.ok && told.error.code === 'store_conflict';

export function createEvidence(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly environment: string;
  readonly charge: Charge;
}): Evidence {
  const { store, clock, environment, charge } = options;
  const stream = `recovery/${environment}`;
  const prefix = `${environment}/`;

  async function write(type: string, data: object, notes: readonly Note[]): Promise<Result<null>> {
    const refused = await charge.hold();
    if (refused !== null) return { ok: false, error: refused };
    const last = await store.last(stream);
    const rows = [];
    for (const { kind, key, value } of notes) {
      const present = await store.row(kind, prefix + key);
      if (present === null && value === null) continue;
      rows.push({ kind, key: prefix + key, expected: present?.version ?? 0, format, value });
    }
    const fence = { lease: charge.lease, epoch: charge.epoch() };
    const entries = [{ type, at: clock.now(), data: data as Json }];
    const done = await store.commit({ stream, expected: last?.sequence ?? 0, entries, rows, fence });
    return done.ok ? ok(null) : done;
  }

  return {
    stream,
    async tell(type, data, notes = []) {
      const attempt = () => settled(`the entry ${type}`, () => write(type, data, notes));
      let told = await attempt();
      // Our own loops write into the same stream at the same time.
      for (let left = attempts - 1; left > 0 && isConflict(told); left -= 1) told = await attempt();
      return told;
    },
    notes: (kind) =>
      settled(`the rows ${kind}`, async () => {
        const rows = await store.rows(kind, prefix);
        return ok(new Map(rows.map(({ key, value }) => [key.slice(prefix.length), value])));
      }),
    recent: (limit) =>
      settled('the journal of recovery', async () => {
        const last = await store.last(stream);
        return ok(await store.read(stream, Math.max(0, (last?.sequence ?? 0) - limit), limit));
      }),
  };
}
