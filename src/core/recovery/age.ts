import type { Instant, Millis } from '#kernel';
import { isAhead } from './finding.ts';

/**
 * How old a moment is for retention. A time without copies counts as the longest gap that is usual: after a machine
 * was off for a year, or its clock has jumped ahead, the old copies go one by one as new ones come, not all at once.
 */
export function agesBy(
  begins: readonly Instant[],
  longestGap: Millis | null,
  now: Instant,
): (moment: Instant) => number {
  const most = longestGap ?? Number.POSITIVE_INFINITY;
  const edges = [...begins.filter((begin) => !isAhead(begin, now)).toSorted((a, b) => a - b), now];
  const behind = edges.map(() => 0);
  for (let i = edges.length - 2; i >= 0; i--)
    behind[i] = (behind[i + 1] ?? 0) + Math.min(most, Math.max(0, (edges[i + 1] ?? now) - (edges[i] ?? now)));
  return (moment) => {
    const next = edges.findIndex((edge) => edge > moment);
    if (next === -1) return 0;
    return (behind[next] ?? 0) + Math.min(most, (edges[next] ?? now) - moment);
  };
}
