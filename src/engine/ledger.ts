import type { Release, Rollout, RolloutPlan } from '#core/release';
import type { Clock, Instant, Json, Result } from '#kernel';
import { ok } from '#kernel';
import type { JournalEntry, NewEntry, RowWrite, Store } from '#ports';
import { planInside, read } from './formats.ts';
import {
  type Documents,
  type EnvironmentRow,
  emptyEnvironment,
  type Kind,
  numbered,
  write,
} from './records.ts';

/** What changes together: entries of the journal and the rows derived from them. */
export interface Change {
  readonly entries: readonly { readonly type: string; readonly data: unknown }[];
  readonly environment?: EnvironmentRow;
  readonly release?: Release;
  /** `isNew`: its plan is written as well. */
  readonly rollout?: { readonly state: Rollout; readonly isNew: boolean };
}

/** The journal and the rows of one environment, with the versions last seen, so that a second writer is noticed. */
export interface Ledger {
  readonly environment: EnvironmentRow;
  /** Reads what another controller may have written meanwhile. Throws where the store cannot be read. */
  reload(): Promise<void>;
  /** After a failure it is not known what the store holds, and nothing more may be committed before `reload`. */
  commit(change: Change, fence: number): Promise<Result<null>>;
  isStale(): boolean;
  release(number: number): Promise<Release | null>;
  rollout(id: number): Promise<Rollout | null>;
  releases(): Promise<readonly Release[]>;
  rollouts(): Promise<readonly Rollout[]>;
  entries(after: number, limit: number): Promise<readonly JournalEntry[]>;
  sequence(): number;
  /** When the last entry was written, by the clock of whoever wrote it; null: there is none. */
  lastAt(): Instant | null;
}

/** The current one, the warm one and those in between are asked for every few seconds. */
const mostKnown = 8;

export const leaseOf = (environment: string) => `environment/${environment}`;

/** Opens the ledger of an environment as the store has it now. */
export async function openLedger(
  store: Store,
  name: string,
  clock: Clock,
  announce: (entries: readonly NewEntry[], last: number) => void,
): Promise<Ledger> {
  const versions = new Map<string, number>();
  /** A release changes once at most: when it begins after having waited. */
  const known = new Map<number, Release>();
  /** Rollouts whose row was found with the plan in it, as the first format had it: the next write takes them apart. */
  const unsplit = new Set<string>();
  let isStale = false;
  let sequence = 0;
  let lastAt: Instant | null = null;
  let environment = emptyEnvironment(name);
  await reload();

  async function reload(): Promise<void> {
    versions.clear();
    known.clear();
    // The row first: an entry that comes in between makes the next commit fail and is read then.
    environment = (await load('environment', name)) ?? emptyEnvironment(name);
    const last = await store.last(name);
    sequence = last?.sequence ?? 0;
    lastAt = last?.at ?? null;
    const { rollout } = environment;
    if (rollout !== null) await loadRollout(rollout);
    isStale = false;
  }

  async function load<K extends Kind>(kind: K, key: string): Promise<Documents[K] | null> {
    const row = await store.row(kind, key);
    if (row === null) return null;
    versions.set(`${kind} ${key}`, row.version);
    return read(kind, row);
  }

  async function loadRollout(id: number): Promise<Rollout | null> {
    const row = await store.row('rollout', numbered(name, id));
    if (row === null) return null;
    versions.set(`rollout ${row.key}`, row.version);
    const inside = planInside(row);
    if (inside !== null) unsplit.add(row.key);
    const plan = inside ?? (await load('plan', row.key));
    return plan === null ? null : joined(plan, read('rollout', row));
  }

  async function loadRelease(number: number): Promise<Release | null> {
    const release = known.get(number) ?? (await load('release', numbered(name, number)));
    if (release === null) return null;
    if (known.size >= mostKnown) known.clear();
    known.set(number, release);
    return release;
  }

  async function listRollouts(): Promise<readonly Rollout[]> {
    const states = await store.rows('rollout', `${name}/`);
    const plans = await store.rows('plan', `${name}/`);
    const byKey = new Map(plans.map((row) => [row.key, read('plan', row)]));
    return states.flatMap((row) => {
      const plan = planInside(row) ?? byKey.get(row.key);
      return plan === undefined ? [] : [joined(plan, read('rollout', row))];
    });
  }

  function writes({ environment: row, release, rollout }: Change): RowWrite[] {
    const put = <K extends Kind>(kind: K, key: string, value: Documents[K]) =>
      write(kind, key, versions.get(`${kind} ${key}`) ?? 0, value);
    const all: RowWrite[] = [];
    if (row !== undefined) all.push(put('environment', name, row));
    if (release !== undefined) all.push(put('release', numbered(name, release.number), release));
    if (rollout !== undefined) {
      const { plan, ...state } = rollout.state;
      const key = numbered(name, plan.id);
      if (rollout.isNew || unsplit.has(key)) all.push(put('plan', key, plan));
      all.push(put('rollout', key, state));
    }
    return all;
  }

  return {
    get environment() {
      return environment;
    },
    reload,
    async commit(change, fence) {
      const at = clock.now();
      const entries = change.entries.map(({ type, data }) => ({ type, at, data: data as Json }));
      const rows = writes(change);
      const lease = { lease: leaseOf(name), epoch: fence };
      const done = await store.commit({ stream: name, expected: sequence, entries, rows, fence: lease });
      isStale = !done.ok;
      if (!done.ok) return done;
      sequence = done.value.sequence;
      lastAt = entries.length > 0 ? at : lastAt;
      for (const each of rows) {
        versions.set(`${each.kind} ${each.key}`, each.expected + 1);
        if (each.kind === 'plan') unsplit.delete(each.key);
      }
      if (change.release !== undefined) known.set(change.release.number, change.release);
      environment = change.environment ?? environment;
      announce(entries, sequence);
      return ok(null);
    },
    isStale: () => isStale,
    release: loadRelease,
    rollout: loadRollout,
    releases: async () => (await store.rows('release', `${name}/`)).map((row) => read('release', row)),
    rollouts: listRollouts,
    entries: (after, limit) => store.read(name, after, limit),
    sequence: () => sequence,
    lastAt: () => lastAt,
  };
}

/** The state carries every field of its phase; only the plan was kept apart. */
const joined = (plan: RolloutPlan, state: Documents['rollout']): Rollout => ({ ...state, plan }) as Rollout;
