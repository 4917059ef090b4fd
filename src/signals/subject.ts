import type { Measure } from '#core/system';
import type { Instant } from '#kernel';

/** A service that tells its counts itself, and what runs of it. */
export interface Subject {
  readonly service: string;
  readonly measure: Exclude<Measure, { readonly from: 'router' }>;
  readonly revisions: readonly {
    readonly revision: string;
    readonly replicas: readonly ReplicaSource[];
  }[];
}

export interface ReplicaSource {
  readonly replica: string;
  /** On loopback; null: there is nothing to ask now, as before it is ready for the first time. */
  readonly port: number | null;
  /** Names the process behind the port, as number and start time do: another one has counters of its own. */
  readonly process: string;
  /** When the replica was made. */
  readonly bornAt: Instant;
  /** Whether that process is still the one behind the port: an answer of its successor must not count as its own. */
  readonly stillRuns: () => boolean;
}
