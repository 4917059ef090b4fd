import type { Move, Readiness, Rollout, RolloutEvent, Unread } from '#core/release';
import type { Observation } from '#ports';

/** Reduces what a target shows to what a rollout asks of it: readiness per revision. */
export function readinessOf(rollout: Rollout, observation: Observation): Readiness[] {
  const revisions = rollout.plan.moves.flatMap(({ next, previous }) => [next?.id, previous?.id]);
  return revisions.flatMap((revision) => {
    if (revision === undefined) return [];
    const replicas = observation.replicas.filter(
      (replica) => replica.revision === revision && replica.state !== 'draining',
    );
    const readySince = replicas.flatMap(({ state, readySince: since }) =>
      state === 'ready' && since !== null ? [since] : [],
    );
    return [
      {
        revision,
        readySince: readySince.sort((a, b) => a - b),
        running: replicas.length,
        crashes: replicas.reduce((sum, replica) => sum + replica.crashes, 0),
        detail: replicas.find((replica) => replica.detail !== null)?.detail ?? null,
      },
    ];
  });
}

/** What the observation says of how the new revisions answer, and of whom nobody can say it now. */
export function measuredIn(
  { plan }: Rollout,
  { router, unread }: Observation,
): RolloutEvent & { readonly type: 'measured' } {
  // The router counts for all that tell nothing themselves: what it told last is as old as its absence.
  const uncounted = router.state === 'serving' ? [] : plan.moves.flatMap(countedByRouter);
  return { type: 'measured', counts: router.counts, unread: [...unread, ...uncounted] };
}

function countedByRouter({ service, traffic, next }: Move): readonly Unread[] {
  const source = next?.spec.measure?.from ?? 'router';
  if (traffic !== 'http' || next === null || source !== 'router') return [];
  return [{ service, revision: next.id, sentence: 'the router does not answer' }];
}
