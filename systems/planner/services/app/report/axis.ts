/**
 * Round values to label an axis with: about so many, beginning at zero, each 1, 2 or 5 times a power of ten apart.
 *
 * @param most the largest value that is drawn, above 0
 */
export function ticksUpTo(most: number, about = 5): readonly number[] {
  const raw = most / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

/** Dollars in few characters: $950, $40k, $1.5M, $2B. */
export function shortDollars(value: number): string {
  const [divisor, unit] = units.find(([least]) => Math.abs(value) >= least) ?? ([1, ''] as const);
  const scaled = value / divisor;
  return `$${Number(scaled.toFixed(scaled < 10 ? 1 : 0)).toLocaleString('en-US')}${unit}`;
}

const units = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;
