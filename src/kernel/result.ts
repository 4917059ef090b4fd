/** The outcome of something that may fail for reasons a caller has to look at. */
export type Result<T, E = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/**
 * A failure as data: which kind it is and the facts needed to phrase it. The sentence, the hint, the HTTP status and
 * the exit code live in the error catalogue, so that wording stands in one place.
 */
export interface Failure {
  readonly code: string;
  readonly facts: Facts;
}

/** Facts of a failure, by name. Values are shown to people: never put a secret here. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Shorthand for the common case: a failure with a code of the catalogue and its facts. */
export function fail(code: string, facts: Facts = {}): { readonly ok: false; readonly error: Failure } {
  return err({ code, facts });
}

/** A failure on its way through what can only throw: streams. */
export class Thrown extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.code);
    this.name = 'Thrown';
    this.failure = failure;
  }
}
