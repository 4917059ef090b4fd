import type { Revision } from '#core/release';
import { after, type Clock, type Failure, hours } from '#kernel';
import type { EffectContext, Observation, Target, TargetResult } from '#ports';
import type { Ledger } from './ledger.ts';
import { bounded } from './perform.ts';
import { currentOf } from './records.ts';

export interface HousekeepingTools {
  readonly ledger: Ledger;
  readonly target: Target;
  readonly clock: Clock;
  readonly fence: number;
  readonly report: (failure: Failure) => void;
}

/** Something to be done beside the loop, until the signal is aborted. */
export type Chore = (signal: AbortSignal) => Promise<void>;

/**
 * What has to be drained and stopped because neither the current release nor a live rollback window points to it (R9), and
 * what has to be started to bring declared numbers of replicas about. All of it is derived from what is seen, so a controller that
 * dies half-way leaves the rest to the next one. Each is noted in the journal here and done by the chore, which may take as
 * long as a drain does: nobody waits for it.
 */
export async function housekeeping(tools: HousekeepingTools, seen: Observation): Promise<readonly Chore[]> {
  const { ledger, clock } = tools;
  if (ledger.environment.stuck) return []; // traffic may be anywhere: a person decides what goes
  const wanted = await wantedReplicas(ledger, clock);
  const present = countReplicas(seen);
  const chores: (Chore | null)[] = [];
  for (const [revision, replicas] of present) {
    const keep = wanted.get(revision)?.count ?? 0;
    if (replicas > keep) chores.push(await retire(tools, revision, keep));
  }
  for (const [id, { revision, count, isCurrent }] of wanted) {
    const replicas = present.get(id) ?? 0;
    // None at all: it is only kept warm, or not started yet; starting a release is a rollout's work, in its order.
    if (replicas > 0 && replicas < count) chores.push(await scale(tools, revision, count, isCurrent));
  }
  return chores.filter((chore) => chore !== null);
}

async function retire(tools: HousekeepingTools, revision: string, keep: number): Promise<Chore | null> {
  const { target, report } = tools;
  const key = await noted(tools, 'retired', { revision, keep });
  if (key === null) return null;
  return async (signal) => {
    const drained = await within(tools, key, signal, (inner) => target.drain({ revision, keep }, inner));
    if (!drained.ok) return report(drained.error); // not stopped undrained (R3): tried again later
    const stopped = await within(tools, key, signal, (inner) => target.stop({ revision, keep }, inner));
    if (!stopped.ok) report(stopped.error);
  };
}

async function scale(
  tools: HousekeepingTools,
  revision: Revision,
  count: number,
  isCurrent: boolean,
): Promise<Chore | null> {
  const { target, report } = tools;
  const key = await noted(tools, 'scaled', { revision: revision.id, count });
  if (key === null) return null;
  return async (signal) => {
    const started = await within(tools, key, signal, (inner) =>
      target.ensureReplicas({ revision, count }, inner),
    );
    if (!started.ok) return report(started.error);
    if (revision.spec.consumer === null || !isCurrent) return; // what is only kept warm takes no jobs (R14)
    const ask = { revision: revision.id, active: count };
    const resumed = await within(tools, key, signal, (inner) => target.consume(ask, inner));
    if (!resumed.ok) report(resumed.error);
  };
}

/** The key under which it is done; null when it could not be noted. */
async function noted(
  { ledger, fence, report }: HousekeepingTools,
  type: string,
  data: object,
): Promise<string | null> {
  const done = await ledger.commit({ entries: [{ type, data }] }, fence);
  if (done.ok) return `chore/${ledger.sequence()}`;
  report(done.error);
  return null;
}

/** Longer than any drain that is declared; a rollout that begins ends it. */
const longest = hours(24);

function within<T>(
  { clock, fence }: HousekeepingTools,
  key: string,
  signal: AbortSignal,
  run: (context: EffectContext) => TargetResult<T>,
) {
  return bounded(clock, { key, fence, deadline: after(clock.now(), longest) }, signal, run);
}

/** Whether nothing runs but what a release in force or its window asks for. */
export async function isTidy(ledger: Ledger, seen: Observation, clock: Clock): Promise<boolean> {
  const wanted = await wantedReplicas(ledger, clock);
  return seen.replicas.every(({ revision }) => wanted.has(revision));
}

function countReplicas(seen: Observation): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { revision } of seen.replicas) counts.set(revision, (counts.get(revision) ?? 0) + 1);
  return counts;
}

interface Wanted {
  readonly revision: Revision;
  readonly count: number;
  readonly isCurrent: boolean;
}

async function wantedReplicas(ledger: Ledger, clock: Clock): Promise<ReadonlyMap<string, Wanted>> {
  const { environment } = ledger;
  const wanted = new Map<string, Wanted>();
  const now = clock.now();
  const { warm } = environment;
  const kept = warm !== null && warm.until > now ? warm.release : null;
  const current = currentOf(environment);
  for (const number of [kept, current]) {
    const release = number === null ? null : await ledger.release(number);
    for (const revision of release?.revisions ?? []) {
      wanted.set(revision.id, { revision, count: revision.spec.replicas, isCurrent: number === current });
    }
  }
  return wanted;
}
