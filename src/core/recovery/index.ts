export {
  type Bounds,
  boundsOf,
  boundText,
  type ChecklistRow,
  checklistRows,
  type Measured,
  type Verdict,
  verdictOf,
  withinBound,
} from './bounds.ts';
export { type Due, type DueCopy, type DueDrill, dueCopy, dueDrill, sideGoesAt } from './due.ts';
export type { RecoveryFinding, RecoveryFindingCode } from './finding.ts';
export type { Histories } from './lineage.ts';
export { type Aim, planRestore, type RestorePlan, type RestoreQuestion } from './plan.ts';
export type { CopyRecord, DrillRecord, Hold, LogRecord, PartRecord } from './records.ts';
export { type Expendable, expendable, type KeptBecause, type RetentionQuestion } from './retention.ts';
export { type Safety, safetyOf } from './safety.ts';
export { drillFindings } from './safety-findings.ts';
export type { SafetyQuestion } from './safety-question.ts';
