import { between, type Instant } from '#kernel';

/** Where the primary's log was at which time, oldest first; only what a standby may still have to replay. */
export type LagTrail = readonly { readonly at: Instant; readonly flushed: number }[];

const LONGEST = 4_000;

/**
 * Adds a look, unless the log has not moved. A very long trail grows no further: its last point stretches, and the lag of
 * a standby that is more than an hour behind may be said to be longer than it is, never shorter.
 */
export function lengthened(trail: LagTrail, at: Instant, flushed: number): LagTrail {
  const last = trail.at(-1);
  if (last !== undefined && last.flushed >= flushed) return trail;
  if (last !== undefined && trail.length >= LONGEST) return [...trail.slice(0, -1), { at: last.at, flushed }];
  return [...trail, { at, flushed }];
}

/** Forgets what every standby has replayed. */
export function shortened(trail: LagTrail, replayedByAll: number): LagTrail {
  const first = trail.findIndex(({ flushed }) => flushed > replayedByAll);
  return first <= 0 ? (first === 0 ? trail : trail.slice(-1)) : trail.slice(first - 1);
}

/**
 * Age in seconds of the oldest write that is not replayed, 0 when all are. It holds for a standby that is away, too, of
 * which `replay_lag` of pg_stat_replication knows nothing. As exact as the looks are frequent.
 */
export function lagSeconds(trail: LagTrail, replayed: number, now: Instant): number {
  const missed = trail.find(({ flushed }) => flushed > replayed);
  return missed === undefined ? 0 : between(missed.at, now) / 1_000;
}
