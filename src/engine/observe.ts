import type { Readiness, Rollout } from '#core/release';
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
