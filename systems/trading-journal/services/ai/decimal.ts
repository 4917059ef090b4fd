/**
 * Decimal numbers as whole multiples of 10^-8 in a bigint. Every operation rounds once, half away from zero, so that
 * the result does not depend on the machine or its floating point.
 */
export type Decimal = bigint;

const digits = 8;
export const one: Decimal = 10n ** BigInt(digits);

export const whole = (value: number): Decimal => BigInt(value) * one;

/** Null when the text is no decimal number of at most 12 digits before and 8 behind the point. */
export function parseDecimal(text: string): Decimal | null {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,8}))?$/.exec(text);
  if (match === null) return null;
  const [, sign, before = '', behind = ''] = match;
  const value = BigInt(before + behind.padEnd(digits, '0'));
  return sign === '-' ? -value : value;
}

export function formatDecimal(value: Decimal): string {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  return `${value < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** `value * numerator / denominator`, rounded once. The denominator is positive. */
export function scale(value: Decimal, numerator: bigint, denominator: bigint): Decimal {
  const product = value * numerator;
  const half = denominator / 2n;
  return (product + (product < 0n ? -half : half)) / denominator;
}

export const mean = (values: readonly Decimal[]): Decimal => scale(sum(values), 1n, BigInt(values.length));

export const sum = (values: readonly Decimal[]): Decimal =>
  values.reduce((total, value) => total + value, 0n);

/** The square root of a value that is not negative, rounded down (Newton's method on whole numbers). */
export function squareRoot(value: Decimal): Decimal {
  const radicand = value * one;
  if (radicand < 2n) return radicand;
  let guess = 1n << BigInt((radicand.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + radicand / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}
