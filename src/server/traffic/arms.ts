import { isMeasured, isOver, type Revision, type Rollout } from '#core/release';

/** A revision that is to have a share of a service's traffic, and how large it is now, in percent. */
export interface TrafficShare {
  readonly service: string;
  readonly revision: string;
  readonly role: 'stable' | 'canary';
  readonly weight: number;
}

/** Both revisions of each service that moves, and the current one of every other; only those whose answers somebody counts. */
export function sharesOf(rollout: Rollout | null, current: readonly Revision[]): readonly TrafficShare[] {
  const moving = rollout === null || isOver(rollout) ? [] : movingShares(rollout);
  const moved = new Set(rollout?.plan.moves.map(({ service }) => service));
  const resting = current
    .filter(({ service, spec }) => !moved.has(service) && (spec.traffic === 'http' || spec.measure != null))
    .map(({ service, id }) => ({ service, revision: id, role: 'stable' as const, weight: 100 }));
  return [...moving, ...resting];
}

function movingShares({ plan, routedStage }: Rollout): readonly TrafficShare[] {
  const routed = routedStage < 0 ? undefined : plan.stages[routedStage];
  const shares = routed?.kind === 'shift' ? routed.services : [];
  return plan.moves.filter(isCounted).flatMap(({ service, next, previous }) => {
    const weight = shares.find((share) => share.service === service)?.weight ?? 0;
    return [
      ...(next === null ? [] : [{ service, revision: next.id, role: 'canary' as const, weight }]),
      ...(previous === null
        ? []
        : [{ service, revision: previous.id, role: 'stable' as const, weight: 100 - weight }]),
    ];
  });
}

/** Also of a service that is to be removed: its last answers are told. */
const isCounted = (move: Rollout['plan']['moves'][number]) =>
  isMeasured(move) || (move.previous?.spec.measure ?? null) !== null;
