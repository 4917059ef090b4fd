export { compare, harmOf, type Learned, openComparison } from './comparison.ts';
export { bucketCount, bucketOf, bucketUpperMillis } from './buckets.ts';
export type { Counts, ReplicaCounts } from './counts.ts';
export { addCrashes, type CrashEvidence, type CrashTick, openCrashes } from './crashes.ts';
export { harmDistance, proofDistance } from './distance.ts';
export {
  addEvidence,
  between,
  type Evidence,
  noEvidence,
  quantile,
  type Reading,
  readingOf,
  replicasBetween,
  slowerThan,
} from './evidence.ts';
export { visibleErrorShare } from './estimate.ts';
export type { GateInput, JudgePolicy, ServiceInput } from './input.ts';
export { judge, settingsOf } from './judge.ts';
export { defaultSettings, type GateSettings } from './settings.ts';
export { type Comparison, isStableGone, type Tick } from './state.ts';
export type { Estimate, Signal, Verdict } from './verdict.ts';
