import type { Revision } from '#core/release';
import { millis, ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import { exponential } from './draws.ts';
import { timeLeft } from './faults.ts';
import { leave, startReplica } from './life.ts';
import { replan, settle } from './load.ts';
import { joinArms, weightOf } from './router.ts';
import { forgetIdle, stateOf } from './site.ts';
import {
  isReady,
  isServing,
  type Replica,
  type RevisionState,
  readyCount,
  type Site,
  violated,
} from './state.ts';

/** From SIGTERM to the end of a process, on average. */
const stopMillis = 150;

/** Starts what is missing. Those that leave do not count, those that wait for their next start do. */
export async function ensureReplicas(
  site: Site,
  { revision, count }: { revision: Revision; count: number },
): Promise<Result<null>> {
  settle(site);
  const state = stateOf(site, revision);
  const missing = count - state.replicas.filter(isServing).length;
  for (let i = 0; i < missing; i += 1) {
    if (i === 0) judgeSchema(site, state);
    startReplica(site, state);
    site.changed += 1;
  }
  if (missing > 0) joinArms(site, revision.id);
  return ok(null);
}

function judgeSchema(site: Site, { behaviour, revision }: RevisionState): void {
  const { schema } = site;
  if (behaviour.schema === null) return;
  if (behaviour.schema > schema.expanded)
    violated(site, 'schema', `${revision.id} is started before the schema was expanded for it`);
  if (behaviour.schema < schema.contracted)
    violated(site, 'schema', `${revision.id} is started after the schema was contracted beyond it`);
}

/** R3. Takes replicas out of the table and waits for what is in flight in them. */
export async function drainReplicas(
  site: Site,
  { revision, keep }: { revision: string; keep: number },
  context: EffectContext,
): Promise<Result<{ cut: number }>> {
  settle(site);
  const state = site.revisions.get(revision);
  if (state === undefined) return ok({ cut: 0 });
  const readyBefore = readyCount(state);
  for (const replica of victimsOf(state.replicas.filter(isServing), keep)) {
    leave(site, replica, 'draining');
    site.changed += 1;
  }
  judgeDrain(site, state, readyBefore);
  replan(state.service);
  const draining = state.replicas.filter(({ phase }) => phase === 'draining');
  if (draining.length === 0) return ok({ cut: 0 });
  const { spec } = state.revision;
  const inFlight = spec.traffic === 'none' ? 0 : exponential(site.random, state.behaviour.latencyMillis * 2);
  await site.world.clock.sleep(
    millis(Math.min(inFlight, spec.shutdown.drain, timeLeft(site.world.clock, context))),
  );
  settle(site);
  for (const replica of draining) if (replica.phase === 'draining') leave(site, replica, 'drained');
  return ok({ cut: 0 });
}

function judgeDrain(site: Site, state: RevisionState, readyBefore: number): void {
  const { id } = state.revision;
  const weight = weightOf(site, id);
  if (weight === 0 || readyBefore === 0 || readyCount(state) > 0) return;
  violated(site, 'R1', `the last ready replica of ${id} is drained while it has ${weight} % of the traffic`);
  for (const arm of state.service.arms) if (arm.id === id) arm.forsaken = true;
}

/** Ends all but `keep` replicas of a revision; those that were drained first. */
export async function stopReplicas(
  site: Site,
  { revision, keep }: { revision: string; keep: number },
): Promise<Result<null>> {
  settle(site);
  const state = site.revisions.get(revision);
  if (state === undefined) return ok(null);
  const victims = victimsOf(state.replicas, keep).filter(({ phase }) => phase !== 'stopping');
  if (victims.length > 0) judgeStop(site, state, victims, keep);
  const stopping = endThem(site, state, victims);
  await site.world.clock.sleep(millis(stopTime(site, state, victims.length)));
  settle(site);
  remove(site, state, stopping);
  return ok(null);
}

function stopTime(site: Site, { revision }: RevisionState, count: number): number {
  return count === 0 ? 0 : Math.min(revision.spec.shutdown.grace, exponential(site.random, stopMillis));
}

function judgeStop(site: Site, state: RevisionState, victims: readonly Replica[], keep: number): void {
  const { id, service } = state.revision;
  const weight = weightOf(site, id);
  if (weight > 0 && keep === 0)
    violated(site, 'R3', `${id} is stopped while it has ${weight} % of the traffic`);
  const undrained = victims.filter(isServing);
  if (undrained.length > 0)
    violated(site, 'R3', `${undrained.length} of ${id} are stopped without having been drained`);
  const at = site.world.clock.now();
  for (const hook of site.world.stopHooks) {
    const sentence = hook({ environment: site.name, service, revision: id, keep, at });
    if (sentence !== null) violated(site, 'R9', sentence);
  }
}

function endThem(site: Site, state: RevisionState, victims: readonly Replica[]): readonly Replica[] {
  const readyBefore = readyCount(state);
  for (const replica of victims) {
    leave(site, replica, 'stopping');
    site.changed += 1;
  }
  replan(state.service);
  if (readyBefore > 0 && readyCount(state) === 0)
    for (const arm of state.service.arms) if (arm.id === state.revision.id) arm.forsaken = true;
  return victims;
}

function remove(site: Site, state: RevisionState, gone: readonly Replica[]): void {
  for (const replica of gone) {
    const at = state.replicas.indexOf(replica);
    if (at >= 0) state.replicas.splice(at, 1);
  }
  forgetIdle(site);
}

/** Everything ends at once: the environment is brought down, and no rule is broken by it. */
export async function endAll(site: Site): Promise<void> {
  settle(site);
  const all = [...site.revisions.values()];
  for (const state of all) endThem(site, state, [...state.replicas]);
  await site.world.clock.sleep(millis(exponential(site.random, stopMillis)));
  for (const service of site.services.values()) service.arms = [];
  for (const state of all) remove(site, state, [...state.replicas]);
}

/** All but `keep`: those that leave already, then those that are not ready, then the youngest. */
function victimsOf(replicas: readonly Replica[], keep: number): readonly Replica[] {
  const rank = (replica: Replica) => (isReady(replica) ? 2 : isServing(replica) ? 1 : 0);
  const order = replicas.map((replica, age) => ({ replica, age, rank: rank(replica) }));
  order.sort((a, b) => a.rank - b.rank || b.age - a.age);
  return order.slice(0, Math.max(0, replicas.length - keep)).map(({ replica }) => replica);
}
