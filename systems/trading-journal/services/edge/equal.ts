import { timingSafeEqual } from 'node:crypto';

/** Compares texts of any length in constant time for equal lengths. */
export function equalTexts(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
