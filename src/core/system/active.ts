import type { Percent } from '#kernel';

/** A share that is divided over whole replicas: how many of `replicas` take jobs at this weight, at least one where it has any. */
export function activeAt(weight: Percent, replicas: number): number {
  if (weight === 0 || replicas === 0) return 0;
  return Math.max(1, Math.round((replicas * weight) / 100));
}
