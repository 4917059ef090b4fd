import type { Failure } from '#kernel';

/** The failure that a store throws where it cannot be read; null for anything else. */
export function failureOf(reason: unknown): Failure | null {
  const failure = reason instanceof Error && 'failure' in reason ? reason.failure : null;
  return failure !== null && typeof failure === 'object' && 'code' in failure ? (failure as Failure) : null;
}
