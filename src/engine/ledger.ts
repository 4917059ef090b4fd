import type { Release, Rollout } from '#core/release';
import type { Clock, Json, Result } from '#kernel';
import { ok } from '#kernel';
import type { JournalEntry, NewEntry, RowWrite, Store } from '#ports';
import { type EnvironmentRow, emptyEnvironment, type Kind, numbered, read, write } from './records.ts';

/** What changes together: entries of the journal and the rows derived from them. */
export interface Change {
  readonly entries: readonly { readonly type: string; readonly data: unknown }[];
  readonly environment?: EnvironmentRow;
  readonly release?: Release;
  readonly rollout?: Rollout;
}

/** The journal and the rows of one environment, with the versions last seen, so that a second writer is noticed. */
export interface Ledger {
  readonly environment: EnvironmentRow;
  commit(change: Change, fence: number): Promise<Result<null>>;
  release(number: number): Promise<Release | null>;
  rollout(id: number): Promise<Rollout | null>;
  releases(): Promise<readonly Release[]>;
  rollouts(): Promise<readonly Rollout[]>;
  entries(after: number, limit: number): Promise<readonly JournalEntry[]>;
  sequence(): number;
}

export const leaseOf = (environment: string) => `environment/${environment}`;

/** Opens the ledger of an environment as the store has it now. */
export async function openLedger(
  store: Store,
  name: string,
  clock: Clock,
  announce: (entries: readonly NewEntry[], last: number) => void,
): Promise<Ledger> {
  const versions = new Map<string, number>();
  let sequence = (await store.last(name))?.sequence ?? 0;
  let environment = (await load<EnvironmentRow>('environment', name)) ?? emptyEnvironment(name);

  async function load<T extends EnvironmentRow | Release | Rollout>(
    kind: Kind,
    key: string,
  ): Promise<T | null> {
    const row = await store.row(kind, key);
    if (row === null) return null;
    versions.set(`${kind} ${key}`, row.version);
    return read<T>(row);
  }

  async function list<T extends Release | Rollout>(kind: Kind): Promise<readonly T[]> {
    const rows = await store.rows(kind, `${name}/`);
    return rows.map((row) => read<T>(row));
  }

  function writes(change: Change): RowWrite[] {
    const expected = (kind: Kind, key: string) => versions.get(`${kind} ${key}`) ?? 0;
    const row = (kind: Kind, key: string, value: EnvironmentRow | Release | Rollout | undefined) =>
      value === undefined ? [] : [write(kind, key, expected(kind, key), value)];
    return [
      ...row('environment', name, change.environment),
      ...row('release', numbered(name, change.release?.number ?? 0), change.release),
      ...row('rollout', numbered(name, change.rollout?.plan.id ?? 0), change.rollout),
    ];
  }

  return {
    get environment() {
      return environment;
    },
    async commit(change, fence) {
      const at = clock.now();
      const entries = change.entries.map(({ type, data }) => ({ type, at, data: data as Json }));
      const rows = writes(change);
      const lease = { lease: leaseOf(name), epoch: fence };
      const done = await store.commit({ stream: name, expected: sequence, entries, rows, fence: lease });
      if (!done.ok) return done;
      sequence = done.value.sequence;
      for (const each of rows) versions.set(`${each.kind} ${each.key}`, each.expected + 1);
      environment = change.environment ?? environment;
      announce(entries, sequence);
      return ok(null);
    },
    release: (number) => load<Release>('release', numbered(name, number)),
    rollout: (id) => load<Rollout>('rollout', numbered(name, id)),
    releases: () => list<Release>('release'),
    rollouts: () => list<Rollout>('rollout'),
    entries: (after, limit) => store.read(name, after, limit),
    sequence: () => sequence,
  };
}
