import {
  type Counts,
  type GateInput,
  isStableGone,
  judge,
  noEvidence,
  openCrashes,
  settingsOf,
  type Verdict,
} from '#core/gate';
import { after, type Instant, type Millis } from '#kernel';
import { lessRemoved, moveOf } from './capacity.ts';
import { alsoDo, type Step, stageAt, stay, type Wanted, without } from './change.ts';
import { type GateMode, isMeasured } from './plan.ts';
import { goBack } from './back.ts';
import { comparisonOf, counted, crashesCounted } from './counting.ts';
import type { CheckState, Readiness, Rollout, Unread, Watch } from './rollout.ts';

/**
 * A new look-out for a hold: totals are kept as the point to count from; the evidence of the step and check results begin
 * anew, the comparisons never do.
 */
export function freshWatch(rollout: Rollout, now: Instant): Watch {
  return {
    ...rollout.watch,
    arms: rollout.watch.arms.map((arm) => ({ ...arm, evidence: noEvidence })),
    checks: rollout.plan.checks.map(({ name }): CheckState => ({ name, nextAt: now, result: null })),
    verdict: null,
  };
}

export const noWatch: Watch = {
  arms: [],
  services: [],
  crashes: { evidence: openCrashes(), falls: 0, at: null },
  unread: [],
  checks: [],
  verdict: null,
};

/** Takes in new totals and looks at once whether users are being hurt (R8). */
export function measured(
  rollout: Rollout,
  counts: readonly Counts[],
  unread: readonly Unread[],
  now: Instant,
): Step {
  const watch = withUnread(counted(rollout, counts, now), unread);
  return judged(watch === rollout.watch ? rollout : { ...rollout, watch }, now, true);
}

function withUnread(watch: Watch, unread: readonly Unread[]): Watch {
  return JSON.stringify(unread) === JSON.stringify(watch.unread) ? watch : { ...watch, unread };
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
export function judged(before: Rollout, now: Instant, isWithRequests = false): Step {
  const rollout = before.phase === 'planned' ? before : crashesCounted(before, now, isWithRequests);
  if (!isWatching(rollout)) return stay(rollout);
  const verdict = verdictAt(rollout, now);
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

/** What the gate says of the evidence at hand: at the end of a hold it looks more closely. */
export function verdictAt(rollout: Rollout, now: Instant): Verdict {
  const verdict = judge(gateInput(rollout, now), policyHere(rollout));
  const blind = blindSpots(rollout);
  if (verdict.kind === 'fail' || blind.length === 0) return verdict;
  const needs = verdict.kind === 'pass' ? blind : [...blind, ...verdict.needs];
  return { kind: 'notMeasured', needs, estimate: null, signals: verdict.signals };
}

/**
 * R7. What was counted before says nothing of those whose counts cannot be read now; harm that was seen stays harm. The stable
 * arm may be missed for a moment, until the gate would take it for one that answers nobody any more.
 */
function blindSpots(rollout: Rollout): readonly string[] {
  return rollout.watch.unread.flatMap(({ service, revision, sentence }) => {
    const move = hasShare(rollout, service) ? moveOf(rollout, service) : undefined;
    if (move?.next?.id === revision) return [`${service}: the canary cannot be counted: ${sentence}`];
    if (move?.previous?.id !== revision || !isAlone(rollout, service)) return [];
    const which = 'the previous revision, with which the canary is compared,';
    return [`${service}: ${which} cannot be counted: ${sentence}`];
  });
}

/** Whether the gate sees no stable arm although the stage gives it a share. */
function isAlone(rollout: Rollout, service: string): boolean {
  const settings = settingsOf(rollout.plan.policy.gate);
  return (
    (shareOf(rollout, service)?.weight ?? 100) < 100 && isStableGone(comparisonOf(rollout, service), settings)
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
function gateInput(rollout: Rollout, now: Instant): GateInput {
  const evidence = (service: string, role: 'stable' | 'canary') =>
    rollout.watch.arms.find((arm) => arm.service === service && arm.role === role)?.evidence ?? noEvidence;
  // All from the beginning, since they share one budget: one that joined later would take from it what was spent.
  const moves = rollout.plan.moves.filter((move) => move.next !== null && isMeasured(move));
  return {
    services: moves.map(({ service }) => {
      const canary = evidence(service, 'canary');
      return {
        service,
        stepping: hasShare(rollout, service) && shareOf(rollout, service)?.stepping === true,
        comparison: comparisonOf(rollout, service),
        step: { canary, stable: evidence(service, 'stable') },
        rate: rateOf(rollout, service, canary.requests),
      };
    }),
    checks: rollout.watch.checks.flatMap(({ name, result }) =>
      result === null ? [] : [{ name, ...result }],
    ),
    crashes: rollout.watch.crashes.evidence,
    over: rollout.phase === 'holding' && now >= rollout.until,
  };
}

/** Requests per second up to the last look that counted some: a rate by the clock would be another one in every moment. */
function rateOf(rollout: Rollout, service: string, requests: number): number | null {
  const { since = null, comparison } = rollout.watch.services.find((each) => each.service === service) ?? {};
  if (rollout.phase !== 'holding' || since === null || comparison === undefined) return null;
  const counted = since / 1_000 + comparison.at - rollout.since / 1_000;
  return counted > 0 ? requests / counted : null;
}

function hasShare(rollout: Rollout, service: string): boolean {
  const move = moveOf(rollout, service);
  return move !== undefined && isMeasured(move) && (shareOf(rollout, service)?.weight ?? 0) > 0;
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
