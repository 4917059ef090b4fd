import { accumulate, type Counts, type GateInput, judge, noEvidence, readingOf } from '#core/gate';
import { after, type Instant, type Millis } from '#kernel';
import { crashesOfNext, lessRemoved, moveOf } from './capacity.ts';
import { alsoDo, type Step, stageAt, stay, type Wanted, without } from './change.ts';
import type { GateMode } from './plan.ts';
import { goBack } from './back.ts';
import type { CheckState, Readiness, Rollout, Watch, WatchedArm } from './rollout.ts';

/** A new look-out for a hold: totals are kept as the point to count from, evidence and check results begin anew. */
export function freshWatch(rollout: Rollout, now: Instant): Watch {
  return {
    arms: rollout.watch.arms.map((arm) => ({ ...arm, evidence: noEvidence })),
    checks: rollout.plan.checks.map(({ name }): CheckState => ({ name, nextAt: now, result: null })),
    verdict: null,
  };
}

export const noWatch: Watch = { arms: [], checks: [], verdict: null };

/** Takes in new totals and looks at once whether users are being hurt (R8). */
export function measured(rollout: Rollout, counts: readonly Counts[], now: Instant): Step {
  const arms = watchedArms(rollout, counts);
  const { watch } = rollout;
  const isSame = arms.length === watch.arms.length && arms.every((arm, i) => arm === watch.arms[i]);
  return judged(isSame ? rollout : { ...rollout, watch: { ...watch, arms } }, now);
}

function watchedArms(rollout: Rollout, counts: readonly Counts[]): readonly WatchedArm[] {
  return rollout.plan.moves.flatMap((move) => {
    const roles = [
      { role: 'canary', revision: move.next?.id },
      { role: 'stable', revision: move.previous?.id },
    ] as const;
    return roles.flatMap(({ role, revision }) => {
      const now = counts.find((each) => each.service === move.service && each.revision === revision);
      if (revision === undefined) return [];
      const known = rollout.watch.arms.find(
        (arm) => arm.revision === revision && arm.service === move.service,
      );
      // A look without counts, as while the router restarts, is no reason to forget from where they are counted.
      if (now === undefined) return known === undefined ? [] : [known];
      if (known !== undefined && isReading(known, now)) return [known];
      const evidence = known
        ? accumulate(known.evidence, known.last, now)
        : firstEvidence(rollout, role, now);
      return [{ service: move.service, revision, role, last: readingOf(now), evidence }];
    });
  });
}

/** Whether nothing was answered since. */
function isReading({ last }: WatchedArm, now: Counts): boolean {
  return last.epoch === now.epoch && last.requests === now.requests && last.failures === now.failures;
}

/**
 * Totals seen for the first time. A revision that served before this rollout (a rollback goes to one) brings old totals:
 * those read before the rollout gave it traffic are history. What a canary shows for the first time after that is its own.
 */
function firstEvidence(rollout: Rollout, role: 'stable' | 'canary', { requests, failures, buckets }: Counts) {
  return role === 'canary' && rollout.mayHaveTraffic ? { requests, failures, buckets } : noEvidence;
}

/** Takes in what runs. The same picture as before changes nothing, and the rollout stays the same object. */
export function sawReadiness(rollout: Rollout, shown: readonly Readiness[]): Rollout {
  const { seen } = rollout;
  const readiness = lessRemoved(shown, rollout.pending);
  const isSame =
    seen.length === readiness.length && seen.every((each, i) => sameReadiness(each, readiness[i]));
  return isSame ? rollout : { ...rollout, seen: readiness };
}

function sameReadiness(a: Readiness, b: Readiness | undefined): boolean {
  return (
    a.revision === b?.revision &&
    a.running === b.running &&
    a.crashes === b.crashes &&
    a.detail === b.detail &&
    a.readySince.length === b.readySince.length &&
    a.readySince.every((since, i) => since === b.readySince[i])
  );
}

/** Asks the gate with what is known, and goes back at once when it says fail. */
export function judged(rollout: Rollout, now: Instant): Step {
  if (!isWatching(rollout)) return stay(rollout);
  const verdict = judge(gateInput(rollout), policyHere(rollout));
  const isSame = JSON.stringify(verdict) === JSON.stringify(rollout.watch.verdict);
  const next: Rollout = isSame ? rollout : { ...rollout, watch: { ...rollout.watch, verdict } };
  if (verdict.kind !== 'fail') return stay(next);
  const { name, subject, sentence } = verdict.because;
  return goBack(
    next,
    { code: 'gate_failed', facts: { signal: name, subject, sentence }, verdict, at: now },
    now,
  );
}

/** R8: whenever the new revisions may have traffic and the way is still forward, also while it waits for a person. */
export function isWatching(rollout: Rollout): boolean {
  return rollout.mayHaveTraffic && watchedIn.has(rollout.phase);
}

const watchedIn: ReadonlySet<string> = new Set([
  'awaiting',
  'running',
  'starting',
  'routing',
  'trimming',
  'holding',
]);

/** Every service whose new revision has weight must show evidence; one that shows none at all has not been measured. */
function gateInput(rollout: Rollout): GateInput {
  const evidence = (service: string, role: 'stable' | 'canary') =>
    rollout.watch.arms.find((arm) => arm.service === service && arm.role === role)?.evidence ?? null;
  const services = rollout.plan.moves
    .map((move) => move.service)
    .filter((service) => hasShare(rollout, service));
  return {
    arms: services.map((service) => ({
      service,
      stepping: shareOf(rollout, service)?.stepping ?? false,
      canary: evidence(service, 'canary') ?? noEvidence,
      stable: evidence(service, 'stable'),
    })),
    checks: rollout.watch.checks.flatMap(({ name, result }) =>
      result === null ? [] : [{ name, ...result }],
    ),
    crashes: crashesOfNext(rollout),
  };
}

function hasShare(rollout: Rollout, service: string): boolean {
  return (shareOf(rollout, service)?.weight ?? 0) > 0 && moveOf(rollout, service)?.traffic === 'http';
}

/** The service's share in the stage whose weights are in force. */
function shareOf(rollout: Rollout, service: string) {
  const stage = rollout.routedStage < 0 ? undefined : rollout.plan.stages[rollout.routedStage];
  return stage?.kind === 'shift' ? stage.services.find((each) => each.service === service) : undefined;
}

/** Where a hold does not ask for a pass, only harm counts: nothing is asked of exposure, nor of checks that do not run. */
function policyHere(rollout: Rollout) {
  const { gate } = rollout.plan.policy;
  const mode = gateHere(rollout);
  if (mode === 'pass') return gate;
  return { ...gate, minimumRequests: 0, checks: mode === 'watch' ? gate.checks : [] };
}

function gateHere(rollout: Rollout): GateMode {
  if (rollout.phase !== 'holding') return 'none';
  const stage = stageAt(rollout, rollout.stage);
  return stage.kind === 'shift' ? stage.gate : 'none';
}

/** Starts the checks of a hold that are due and not running. */
export function runDueChecks(rollout: Rollout, now: Instant): Step {
  if (gateHere(rollout) === 'none') return stay(rollout);
  const due = rollout.watch.checks.filter((check) => check.nextAt <= now && !isRunning(rollout, check.name));
  if (due.length === 0) return stay(rollout);
  const wanted: Wanted[] = due.map(({ name }) => ({
    act: { do: 'runCheck', check: name, arm: 'canary' },
    within: declared(rollout, name).timeout,
  }));
  return alsoDo(rollout, wanted, now);
}

const isRunning = (rollout: Rollout, check: string) =>
  rollout.pending.some((effect) => effect.do === 'runCheck' && effect.check === check);

/** A check has ended: its result stands until the next one. */
export function checkDone(rollout: Rollout, id: string, green: boolean, detail: string, now: Instant): Step {
  const effect = rollout.pending.find((each) => each.id === id);
  if (effect?.do !== 'runCheck') return stay(rollout);
  const checks = rollout.watch.checks.map((check) =>
    check.name === effect.check
      ? {
          ...check,
          nextAt: after(now, declared(rollout, check.name).every),
          result: { green, detail, at: now },
        }
      : check,
  );
  const next = { ...rollout, pending: without(rollout.pending, id), watch: { ...rollout.watch, checks } };
  return judged(next, now);
}

/** A check that could not be run is no result (R7): it is tried again after its interval. */
export function checkNotRun(rollout: Rollout, id: string, now: Instant): Step {
  const effect = rollout.pending.find((each) => each.id === id);
  if (effect?.do !== 'runCheck') return stay(rollout);
  const checks = rollout.watch.checks.map((check) =>
    check.name === effect.check
      ? { ...check, nextAt: after(now, declared(rollout, check.name).every) }
      : check,
  );
  return stay({ ...rollout, pending: without(rollout.pending, id), watch: { ...rollout.watch, checks } });
}

function declared(rollout: Rollout, name: string): { every: Millis; timeout: Millis } {
  const check = rollout.plan.checks.find((each) => each.name === name);
  return { every: check?.every ?? (60_000 as Millis), timeout: check?.timeout ?? (60_000 as Millis) };
}
