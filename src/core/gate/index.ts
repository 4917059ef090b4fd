export { bucketBounds, type Counts } from './counts.ts';
export { accumulate, type Evidence, noEvidence, quantile, type Reading, readingOf } from './evidence.ts';
export { type GateInput, judge } from './judge.ts';
export type { Signal, Verdict } from './verdict.ts';
