export { type Collector, type CollectorOptions, createCollector } from './collector.ts';
export type { RevisionReading } from './entry.ts';
export type { ReplicaSource, Subject } from './subject.ts';
