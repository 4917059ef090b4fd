import type { RowWrite } from '#ports';
import { type Failure, fail, type Result } from '#kernel';

type Failed = Extract<Result<never>, { ok: false }>;

/**
 * Rejection of a read (`read`, `last`, `row`, `rows`, `verify`): reads return plain values, so a disk that cannot be
 * read reaches the caller this way. `failure` is `store_unavailable`.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.code}: ${String(failure.facts['reason'])}`);
    this.failure = failure;
  }
}

export function unavailable(store: string, reason: string): Failed {
  return fail('store_unavailable', { store, reason });
}

export function streamConflict(stream: string, expected: number, found: number): Failed {
  return fail('store_conflict', { subject: `stream ${stream}`, expected, found });
}

export function rowConflict({ kind, key, expected }: RowWrite, found: number): Failed {
  return fail('store_conflict', { subject: `${kind} ${key}`, expected, found });
}
