import type { ArmView, RolloutView } from '#api';
import { noEvidence, quantile } from '#core/gate';
import { can, isOver, type Rollout, type WatchedArm } from '#core/release';
import type { Failure } from '#kernel';
import { progressOf, waitsFor } from './waits.ts';

/** A rollout as people and programs are shown it. `explain` phrases a failure; `previews` as the router has them. */
export function rolloutView(
  rollout: Rollout,
  explain: (failure: Failure) => string,
  previews: Readonly<Record<string, string>> = {},
): RolloutView {
  const { plan, watch } = rollout;
  const stage = 'stage' in rollout ? rollout.stage : null;
  const because = 'because' in rollout ? rollout.because : null;
  const holding = rollout.phase === 'holding' ? rollout : null;
  const running = new Set(rollout.seen.filter((each) => each.running > 0).map(({ revision }) => revision));
  const shown = new Set(
    plan.moves.filter(({ next }) => next !== null && running.has(next.id)).map(({ service }) => service),
  );
  return {
    id: plan.id,
    release: plan.release,
    from: plan.from,
    manner: plan.manner,
    phase: rollout.phase,
    stage: stage === null ? null : (plan.stages[stage]?.name ?? null),
    stageNumber: stage,
    steps: plan.stages.map((each) => ({
      name: each.name,
      holdMillis: each.kind === 'shift' ? each.hold : 0,
      gate: each.kind === 'shift' ? each.gate : 'none',
      final: each.kind === 'task' && each.final,
    })),
    startedAt: rollout.startedAt,
    since: holding?.since ?? null,
    until: holding?.until ?? null,
    held: holding?.held ?? false,
    verdict: watch.verdict,
    because,
    becauseSentence: because === null ? null : explain(because),
    arms: armViews(rollout),
    checks: watch.checks.map(({ name, result }) => ({
      name,
      green: result?.green ?? null,
      detail: result?.detail ?? 'no result in this step yet',
    })),
    paused: rollout.paused,
    committed: rollout.committed,
    waitsFor: waitsFor(rollout),
    progress: progressOf(rollout),
    ignored: rollout.ignored.map(explain),
    previews: Object.fromEntries(Object.entries(previews).filter(([service]) => shown.has(service))),
    can: {
      abort: can('abort', rollout),
      promote: can('promote', rollout),
      pause: can('pause', rollout),
      resume: can('resume', rollout),
      approve: can('approve', rollout),
    },
  };
}

function armViews(rollout: Rollout): ArmView[] {
  const routed =
    isOver(rollout) || rollout.routedStage < 0 ? undefined : rollout.plan.stages[rollout.routedStage];
  const shares = routed?.kind === 'shift' ? routed.services : [];
  return armsOf(rollout).map(({ service, role, revision, evidence }) => {
    const next =
      shares.find((share) => share.service === service)?.weight ?? (rollout.phase === 'promoted' ? 100 : 0);
    const p95 = quantile(evidence, 0.95);
    const { requests, failures } = evidence;
    // A bound of a bucket: three figures are all it knows.
    const finite = p95 !== null && Number.isFinite(p95) ? Number(p95.toPrecision(3)) : null;
    return {
      service,
      role,
      revision,
      weight: role === 'canary' ? next : 100 - next,
      requests,
      failures,
      p95: finite,
    };
  });
}

/** Both revisions of every service that moves, also before anything was counted of them. */
function armsOf({
  plan,
  watch,
}: Rollout): readonly Pick<WatchedArm, 'service' | 'role' | 'revision' | 'evidence'>[] {
  const known = (service: string, role: WatchedArm['role']) =>
    watch.arms.find((arm) => arm.service === service && arm.role === role);
  return plan.moves.flatMap(({ service, next, previous }) => {
    const arm = (role: WatchedArm['role'], revision: string | undefined) =>
      revision === undefined
        ? []
        : [known(service, role) ?? { service, role, revision, evidence: noEvidence }];
    return [...arm('canary', next?.id), ...arm('stable', previous?.id)];
  });
}
