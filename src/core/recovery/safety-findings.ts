import type { RecoveryPolicy } from '#core/system';
import { after, between, formatDuration, type Instant, type Millis, millis } from '#kernel';
import { boundText, shortly, verdictOf } from './bounds.ts';
import { dueDrill, newestDrill } from './due.ts';
import { isoText, type RecoveryFinding } from './finding.ts';
import type { CopyRecord, DrillRecord } from './records.ts';
import type { RiskBound, SafetyQuestion } from './safety-question.ts';

interface Seen {
  readonly newest: CopyRecord | null;
  readonly atRisk: Millis | null;
  readonly bound: RiskBound | null;
  readonly gap: { readonly missing: string; readonly before: string } | null;
}

/** What people should know of the copies of one store. */
export function safetyFindings(question: SafetyQuestion, seen: Seen): readonly RecoveryFinding[] {
  const { of, policy, place, isOffSite } = question;
  if (policy === null) return [];
  const here: RecoveryFinding[] = [];
  if (!isOffSite) here.push({ code: 'recovery_same_machine', facts: { of, place }, severity: 'warning' });
  if (seen.gap !== null)
    here.push({ code: 'recovery_log_gap', facts: { of, ...seen.gap }, severity: 'error' });
  return [...ofAge(question, seen), ...ofLog(question), ...here];
}

/** The share of the bound from which on it is told of: before it is a fact. */
const tellAt = 2 / 3;

function ofAge(
  { of, recovery, since, now }: SafetyQuestion,
  { newest, atRisk, bound }: Seen,
): readonly RecoveryFinding[] {
  if (newest === null || atRisk === null) {
    const isLate = bound !== null && !bound.isKept(between(since, now));
    return [{ code: 'recovery_no_copy', facts: { of }, severity: isLate ? 'error' : 'warning' }];
  }
  if (bound === null) return [];
  const declared = bound.isRpo && recovery !== null ? boundText(recovery.rpo) : formatDuration(bound.limit);
  const facts = { of, atRisk: shortly(atRisk), limit: declared, newest: isoText(newest.until) };
  if (!bound.isKept(atRisk)) return [{ code: 'recovery_copy_old', facts, severity: 'error' }];
  if (bound.isRpo && atRisk > bound.limit * tellAt)
    return [{ code: 'recovery_rpo_at_risk', facts, severity: 'warning' }];
  return [];
}

function ofLog({ of, policy, logState }: SafetyQuestion): readonly RecoveryFinding[] {
  if (policy === null || policy.logEvery === null || logState === null) return [];
  if (!logState.on) return [{ code: 'recovery_log_off', facts: { of }, severity: 'error' }];
  if (logState.failing === null) return [];
  return [{ code: 'recovery_log_failing', facts: { of, reason: logState.failing }, severity: 'error' }];
}

/** Half a period, a day at most, is left for a drill that is put off or tried again. */
const grace = (every: Millis): Millis => millis(Math.min(86_400_000, every / 2));

/** What people should know of the drills of an environment. `firstCopyAt`: as for `dueDrill`. */
export function drillFindings(
  policy: RecoveryPolicy,
  drills: readonly DrillRecord[],
  firstCopyAt: Instant | null,
  now: Instant,
): readonly RecoveryFinding[] {
  const newest = newestDrill(drills, now);
  const { nextAt } = dueDrill(policy, drills, firstCopyAt, now);
  const findings = newest === null ? [] : [...verdictOf(newest, policy).findings];
  const { drillEvery } = policy;
  if (drillEvery !== null && nextAt !== null && after(nextAt, grace(drillEvery)) < now) {
    const last = newest === null ? 'never' : isoText(newest.at);
    const facts = { every: formatDuration(drillEvery), last };
    findings.push({ code: 'recovery_drill_overdue', facts, severity: 'warning' });
  }
  return findings;
}
