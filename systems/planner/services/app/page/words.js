/** Figures as people read them. */

export const dollars = (value) => `$${Math.round(value).toLocaleString('en-US')}`;

/** $950, $40k, $1.5M: for axes. */
export function shortDollars(value) {
  const [divisor, unit] = [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ].find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  const scaled = value / divisor;
  return `$${Number(scaled.toFixed(scaled < 10 ? 1 : 0)).toLocaleString('en-US')}${unit}`;
}

/** The same thresholds and roundings as the planner's own analysis. */
export function verdictOf(success) {
  if (success >= 0.95) return 'strong';
  if (success >= 0.85) return 'sound';
  return success >= 0.5 ? 'fragile' : 'unlikely';
}

/** "81 of 100", and never "all" or "none" because of rounding. */
export function inHundred(success) {
  if (success === 1) return '100 of 100';
  if (success === 0) return '0 of 100';
  const rounded = Math.round(success * 100);
  if (rounded === 100) return 'over 99 of 100';
  return rounded === 0 ? 'under 1 of 100' : `${rounded} of 100`;
}

export function headlineOf({ plan, success }) {
  const span = plan.years === 1 ? 'the year' : `${plan.years} years`;
  const words = {
    strong: 'A strong plan that has room to spare.',
    sound: 'A sound plan, if you can bend a little in bad years.',
    fragile: 'A fragile plan: bad years early on would break it.',
    unlikely: 'More often than not the money runs out.',
  };
  return `futures in which the money lasts ${span}. ${words[verdictOf(success)]}`;
}

/** One year of the fan, as a sentence. */
export function readingOf({ year, p10, p50, p90, lasting }) {
  if (year === 0) return `Today: ${dollars(p50)}.`;
  const range = `between ${dollars(p10)} and ${dollars(p90)} in eight of ten futures`;
  return `In ${year === 1 ? 'a year' : `${year} years`}: ${dollars(p50)} in the middle, ${range}; the money has lasted in ${Math.round(lasting * 100)} %.`;
}
