import type { RecoveryPolicy, TimeBound } from '#core/system';
import { between, days, formatDuration, hours, type Instant, type Millis, millis, minutes } from '#kernel';
import { newestDrill } from './due.ts';
import { isoText, type RecoveryFinding } from './finding.ts';
import type { DrillRecord } from './records.ts';

export function withinBound(measured: Millis, { limit, strict }: TimeBound): boolean {
  return strict ? measured < limit : measured <= limit;
}

/** As it was declared: "<15m", "4h". */
export function boundText({ limit, strict }: TimeBound): string {
  return `${strict ? '<' : ''}${formatDuration(limit)}`;
}

/** A declared bound beside what was measured; `ok` null: it was never measured. */
export interface Measured {
  readonly declared: string;
  readonly measured: Millis | null;
  readonly ok: boolean | null;
}

export interface Verdict {
  /** The drill went through, and both figures were measured and are within their bounds. */
  readonly ok: boolean;
  readonly rto: Measured;
  readonly rpo: Measured;
  readonly findings: readonly RecoveryFinding[];
}

/** What a drill says of the declared bounds. A figure that a failed drill did not reach is not fulfilled. */
export function verdictOf(drill: DrillRecord, policy: RecoveryPolicy): Verdict {
  const rto = measuredBy(drill, drill.rto, policy.rto);
  const rpo = measuredBy(drill, drill.rpo, policy.rpo);
  const findings = [
    ...(drill.ok ? [] : [failed(drill)]),
    ...missed(drill.rto, policy.rto, (facts) => ({ code: 'recovery_rto_missed', facts, severity: 'error' })),
    ...missed(drill.rpo, policy.rpo, (facts) => ({ code: 'recovery_rpo_missed', facts, severity: 'error' })),
  ];
  return { ok: drill.ok && rto.ok === true && rpo.ok === true, rto, rpo, findings };
}

export interface Bounds {
  readonly rto: Measured;
  readonly rpo: Measured;
  readonly measuredAt: Instant | null;
}

/** The declared bounds beside what the newest drill has measured. */
export function boundsOf(policy: RecoveryPolicy, drills: readonly DrillRecord[], now: Instant): Bounds {
  const drill = newestDrill(drills, now);
  if (drill !== null) {
    const { rto, rpo } = verdictOf(drill, policy);
    return { rto, rpo, measuredAt: drill.at };
  }
  const never = (bound: TimeBound) => ({ declared: boundText(bound), measured: null, ok: null });
  return { rto: never(policy.rto), rpo: never(policy.rpo), measuredAt: null };
}

/** A line of a checklist for going live, as it is printed and kept. */
export interface ChecklistRow {
  readonly id: 'rto' | 'rpo' | 'drill';
  /** What is looked at. */
  readonly item: string;
  /** As declared: "<15m". */
  readonly declared: string;
  /** For people; null: never measured. */
  readonly measured: string | null;
  readonly millis: Millis | null;
  readonly ok: boolean;
  /** When it was measured, ISO 8601; null: never. */
  readonly at: string | null;
}

/** A restore has to have been proven within this time before a system goes live. */
export const provenWithin = days(30);

/** Declared bounds beside measured figures, and how old these are: rows that have no figure are not fulfilled. */
export function checklistRows(
  policy: RecoveryPolicy,
  drills: readonly DrillRecord[],
  now: Instant,
): readonly ChecklistRow[] {
  const { rto, rpo, measuredAt } = boundsOf(policy, drills, now);
  const drill = newestDrill(drills, now);
  const at = measuredAt === null ? null : isoText(measuredAt);
  const age = measuredAt === null ? null : between(measuredAt, now);
  const row = (id: 'rto' | 'rpo', item: string, { declared, measured, ok }: Measured): ChecklistRow => ({
    ...{ id, item, declared, measured: measured === null ? null : shortly(measured), millis: measured },
    ...{ ok: ok === true, at },
  });
  return [
    row('rto', 'Time until it serves again', rto),
    row('rpo', 'Loss of data, as time', rpo),
    {
      ...{
        id: 'drill',
        item: 'Age of the last restore that was proven',
        declared: formatDuration(provenWithin),
      },
      ...{ measured: age === null ? null : shortly(age), millis: age },
      ...{ ok: drill?.ok === true && age !== null && age <= provenWithin, at },
    },
  ];
}

function measuredBy({ ok }: DrillRecord, measured: Millis | null, bound: TimeBound): Measured {
  const unmeasured = ok ? null : false;
  return {
    declared: boundText(bound),
    measured,
    ok: measured === null ? unmeasured : withinBound(measured, bound),
  };
}

function failed({ id, at, findings }: DrillRecord): RecoveryFinding {
  const facts = { drill: id, at: isoText(at), reason: findings[0] ?? 'it says no reason' };
  return { code: 'recovery_drill_failed', facts, severity: 'error' };
}

function missed(
  measured: Millis | null,
  bound: TimeBound,
  finding: (facts: { readonly measured: string; readonly declared: string }) => RecoveryFinding,
): readonly RecoveryFinding[] {
  if (measured === null || withinBound(measured, bound)) return [];
  return [finding({ measured: shortly(measured), declared: boundText(bound) })];
}

/**
 * A span for people: tenths of a second below ten, else at most two neighbouring units. Rounded up, so that what is over a bound
 * never reads as if it were within.
 */
export function shortly(time: Millis): string {
  const upTo = (unit: number) => Math.ceil(time / unit) * unit;
  if (time <= 9_900) return `${upTo(100) / 1_000}s`;
  const second = upTo(1_000);
  if (second < hours(1)) return formatDuration(millis(second));
  const minute = upTo(minutes(1));
  return formatDuration(millis(minute < days(1) ? minute : upTo(hours(1))));
}
