import type { Facts, Instant } from '#kernel';
import { after, minutes } from '#kernel';

/** Something about copies that people should know: its sentence stands in the error catalogue, under its code. */
export interface RecoveryFinding {
  readonly code: RecoveryFindingCode;
  readonly facts: Facts;
  readonly severity: 'warning' | 'error';
}

export type RecoveryFindingCode =
  | 'recovery_no_copy'
  | 'recovery_copy_old'
  | 'recovery_rpo_at_risk'
  | 'recovery_log_off'
  | 'recovery_log_failing'
  | 'recovery_log_gap'
  | 'recovery_same_machine'
  | 'recovery_drill_overdue'
  | 'recovery_drill_failed'
  | 'recovery_rto_missed'
  | 'recovery_rpo_missed'
  | 'recovery_clock_jumped';

/** Clocks are set right by small steps all the time; a moment that lies further ahead shows a jump. */
const smallStep = minutes(5);

/** Whether a moment lies ahead of the clock by more than setting it right explains: the clock has jumped back since. */
export function isAhead(moment: Instant, now: Instant): boolean {
  return moment > after(now, smallStep);
}

export function isoText(moment: Instant): string {
  return new Date(moment).toISOString();
}
