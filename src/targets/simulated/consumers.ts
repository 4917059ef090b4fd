import { fail, millis, ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import { exponential } from './draws.ts';
import { timeLeft } from './faults.ts';
import { takeJobs } from './life.ts';
import { settle } from './load.ts';
import { isServing, note, type Replica, type RevisionState, type Site } from './state.ts';

/** How often it is looked whether a replica that is to take jobs has become ready. */
const pace = 100;

/**
 * R14. Exactly `active` replicas take jobs. Ends when the others have finished what they had begun and those asked for have
 * resumed; `cancelled` when that does not come about in its time.
 */
export async function consume(
  site: Site,
  { revision, active }: { revision: string; active: number },
  context: EffectContext,
): Promise<Result<null>> {
  settle(site);
  const { clock } = site.world;
  const state = site.revisions.get(revision);
  if (state === undefined || state.revision.spec.consumer === null) return ok(null);
  if (state.active !== active) site.changed += 1;
  state.active = active;
  const paused = pauseSurplus(site, state);
  takeJobs(site, state);
  const busyUntil = Math.max(0, ...paused.map((replica) => replica.busyUntil));
  await clock.sleep(millis(Math.max(0, busyUntil - clock.elapsed())), context.signal);
  while (!isReached(state)) {
    if (context.signal.aborted || timeLeft(clock, context) === 0)
      return fail('cancelled', { what: context.key });
    await clock.sleep(millis(pace), context.signal);
    settle(site);
  }
  return ok(null);
}

function pauseSurplus(site: Site, state: RevisionState): readonly Replica[] {
  const consuming = state.replicas.filter((replica) => replica.consuming);
  const surplus = consuming.slice(state.active ?? 0);
  const now = site.world.clock.elapsed();
  for (const replica of surplus) {
    replica.consuming = false;
    replica.view = null;
    replica.busyUntil = now + exponential(site.random, state.behaviour.jobMillis);
    note(site, `${replica.name} pauses`);
  }
  return surplus;
}

/** Of those asked for, as many take jobs as there are replicas that could. */
function isReached({ replicas, active }: RevisionState): boolean {
  const consuming = replicas.filter((replica) => replica.consuming).length;
  return consuming >= Math.min(active ?? 0, replicas.filter(isServing).length);
}
