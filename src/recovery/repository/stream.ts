import { type Failure, fail, type Result, Thrown } from '#kernel';
import type { Content } from '#ports';

/** What work on a place runs into when it is told to stop. */
export const cancelled = (): Thrown => new Thrown({ code: 'cancelled', facts: { what: 'Work on a backup' } });

/**
 * Runs work that ends in the failure of a stream, and returns that failure. Anything else that is thrown is a defect and
 * goes on.
 */
export async function settled<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (reason) {
    if (reason instanceof Thrown) return { ok: false, error: reason.failure };
    throw reason;
  }
}

/** Throws the failure of a result where only throwing is possible. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Thrown(result.error);
}

/** Passes content on and lets `look` see every piece of it; stops when told to. */
export async function* watched(
  content: Content,
  signal: AbortSignal,
  look: (piece: Uint8Array) => void,
): Content {
  for await (const piece of content) {
    if (signal.aborted) throw cancelled();
    if (piece.length === 0) continue;
    look(piece);
    yield piece;
  }
}

/** All of it in memory; null when it is longer than `most`. */
export async function collected(content: Content, most: number): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of content) {
    length += piece.length;
    if (length > most) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

export async function* contentOf(...pieces: readonly Uint8Array[]): Content {
  yield* pieces;
}

/** The message of whatever was thrown. */
export const reasonOf = (reason: unknown): string =>
  reason instanceof Error ? reason.message || reason.name : String(reason);

export const codeOf = (reason: unknown): string =>
  reason instanceof Error && 'code' in reason ? String(reason.code) : '';

/** A full disk is named as such; every other error of a disk makes the place unreachable. */
export function diskFailure(place: string, reason: unknown): Failure {
  const code = codeOf(reason);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return fail('backup_place_full', { place }).error;
  }
  return fail('backup_place_unreachable', { place, reason: reasonOf(reason) }).error;
}
