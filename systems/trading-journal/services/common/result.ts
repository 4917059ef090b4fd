/** What may fail in the world is returned: a code for programs and a sentence for people. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly detail: string };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const fail = (code: string, detail: string): Result<never> => ({ ok: false, code, detail });
