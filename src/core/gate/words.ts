import { formatDuration, millis } from '#kernel';
import { type Evidence, quantile } from './evidence.ts';
import type { Tally } from './tally.ts';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1080 → "1,080". */
export const count = (value: number) => grouped.format(value);

/** E-values as people read them: two digits below ten, whole above, nothing beyond a billion or a thousandth. */
export function eValue(value: number): string {
  if (value >= 1e9) return 'over 1,000,000,000';
  if (value < 0.001) return 'under 0.001';
  return value >= 10 ? count(value) : value.toPrecision(2);
}

export const share = (value: number) => `${(100 * value).toFixed(2)} %`;

export const shareOf = ({ hits, trials }: Tally) => (trials === 0 ? 'none' : share(hits / trials));

/** Rounded to what is worth saying: whole seconds below a minute, minutes below an hour, hours above. */
export function about(seconds: number): string {
  const unit = seconds < 60 ? 1 : seconds < 3_600 ? 60 : 3_600;
  return formatDuration(millis(1_000 * unit * Math.max(1, Math.round(seconds / unit))));
}

export function quantiles(evidence: Evidence): string {
  const text = (share: number) => {
    const value = quantile(evidence, share);
    return value === null ? 'none' : `${value >= 100 ? count(value) : value.toPrecision(2)} ms`;
  };
  return `p50 ${text(0.5)}, p95 ${text(0.95)}, p99 ${text(0.99)}`;
}
