import { invariant } from './invariant.ts';

declare const unit: unique symbol;
type Branded<Unit extends string> = number & { readonly [unit]: Unit };

/** A length of time in milliseconds. */
export type Millis = Branded<'Millis'>;
/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Branded<'Instant'>;
/** A share of a whole, 0 to 100. */
export type Percent = Branded<'Percent'>;
/** A size in bytes. */
export type Bytes = Branded<'Bytes'>;
/** An amount of money in hundredths of a US dollar. */
export type Cents = Branded<'Cents'>;

export function millis(value: number): Millis {
  invariant(Number.isFinite(value) && value >= 0, `a length of time is a number of at least 0, not ${value}`);
  return value as Millis;
}
export const seconds = (value: number): Millis => millis(value * 1_000);
export const minutes = (value: number): Millis => millis(value * 60_000);
export const hours = (value: number): Millis => millis(value * 3_600_000);
export const days = (value: number): Millis => millis(value * 86_400_000);

export function instant(value: number): Instant {
  invariant(Number.isFinite(value), `a point in time is a finite number, not ${value}`);
  return value as Instant;
}
export const after = (start: Instant, wait: Millis): Instant => (start + wait) as Instant;
/** Time from `start` to `end`; 0 when the clock was set back in between. */
export const between = (start: Instant, end: Instant): Millis => Math.max(0, end - start) as Millis;

export function percent(value: number): Percent {
  invariant(value >= 0 && value <= 100, `a percentage lies between 0 and 100, not ${value}`);
  return value as Percent;
}

export function bytes(value: number): Bytes {
  invariant(Number.isFinite(value) && value >= 0, `a size is a number of at least 0, not ${value}`);
  return value as Bytes;
}
export const mebibytes = (value: number): Bytes => bytes(value * 1_048_576);

export function cents(value: number): Cents {
  invariant(Number.isFinite(value), `an amount of money is a finite number, not ${value}`);
  return value as Cents;
}
