import type { Revision } from '#core/release';
import { after, type Clock, type Failure, millis } from '#kernel';
import type { EffectContext, Observation, Target, TargetResult } from '#ports';
import type { Ledger } from './ledger.ts';
import { bounded } from './perform.ts';
import { currentOf } from './records.ts';

/**
 * Drains and stops what runs though neither the current release nor a live rollback window points to it (R9), and
 * brings declared numbers of replicas about. All of it is derived from what is seen, so a controller that dies half-way
 * leaves the rest to the next one.
 */
export async function housekeeping(
  ledger: Ledger,
  target: Target,
  seen: Observation,
  clock: Clock,
  fence: number,
  report: (failure: Failure) => void,
): Promise<void> {
  if (ledger.environment.stuck) return; // traffic may be anywhere: a person decides what goes
  const wanted = await wantedReplicas(ledger, clock);
  const present = countReplicas(seen);
  for (const [revision, replicas] of present) {
    const keep = wanted.get(revision)?.count ?? 0;
    if (replicas > keep) await remove(revision, keep);
  }
  for (const [id, { revision, count }] of wanted) {
    const replicas = present.get(id) ?? 0;
    // None at all: it is only kept warm, or not started yet; starting a release is a rollout's work, in its order.
    if (replicas > 0 && replicas < count) await add(revision, count);
  }

  async function remove(revision: string, keep: number): Promise<void> {
    const noted = await ledger.commit({ entries: [{ type: 'retired', data: { revision, keep } }] }, fence);
    if (!noted.ok) return report(noted.error);
    const drained = await within(`retire/${ledger.sequence()}`, (inner) =>
      target.drain({ revision, keep }, inner),
    );
    if (!drained.ok) return report(drained.error); // not stopped undrained (R3): tried again later
    const stopped = await within(`retire/${ledger.sequence()}`, (inner) =>
      target.stop({ revision, keep }, inner),
    );
    if (!stopped.ok) report(stopped.error);
  }

  async function add(revision: Revision, count: number): Promise<void> {
    const noted = await ledger.commit(
      { entries: [{ type: 'scaled', data: { revision: revision.id, count } }] },
      fence,
    );
    if (!noted.ok) return report(noted.error);
    const started = await within(`scale/${ledger.sequence()}`, (inner) =>
      target.ensureReplicas({ revision, count }, inner),
    );
    if (!started.ok) return report(started.error);
    if (revision.spec.consumer === null) return;
    const resumed = await within(`scale/${ledger.sequence()}`, (inner) =>
      target.consume({ revision: revision.id, active: count }, inner),
    );
    if (!resumed.ok) report(resumed.error);
  }

  function within<T>(key: string, run: (context: EffectContext) => TargetResult<T>) {
    const context = { key, fence, deadline: after(clock.now(), millis(120_000)) };
    return bounded(clock, context, new AbortController().signal, run);
  }
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
}

async function wantedReplicas(ledger: Ledger, clock: Clock): Promise<ReadonlyMap<string, Wanted>> {
  const { environment } = ledger;
  const wanted = new Map<string, Wanted>();
  const warm =
    environment.warm !== null && environment.warm.until > clock.now() ? environment.warm.release : null;
  for (const number of [warm, currentOf(environment)]) {
    const release = number === null ? null : await ledger.release(number);
    for (const revision of release?.revisions ?? []) {
      wanted.set(revision.id, { revision, count: revision.spec.replicas });
    }
  }
  return wanted;
}
