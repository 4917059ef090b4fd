/**
 * Lower end of the Wilson score interval for a share of `hits` in `trials`, one-sided with `z` standard deviations
 * (2.326: wrong in at most about 1 of 100). Unlike the share itself it is careful with few trials.
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209–212.
 */
export function wilsonLower(hits: number, trials: number, z = 2.326): number {
  if (trials === 0) return 0;
  const share = hits / trials;
  const centre = share + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return Math.max(0, (centre - spread) / (1 + (z * z) / trials));
}
