import type { Headers } from '../protocol/signature.ts';
import { matches, type StoredObject } from '../storage/versions.ts';

/** Whether a read goes on. */
export type ReadVerdict = 'proceed' | 'not modified' | 'failed';

/**
 * Judges the conditions of a read in the order of RFC 9110, section 13.2.2: a condition on ETags hides the one on time
 * that stands beside it. `prefix` is `x-amz-copy-source-` for the source of a copy.
 */
export function judgeRead(headers: Headers, object: StoredObject, prefix = ''): ReadVerdict {
  const value = (name: string) => headers[prefix + name];
  const ifMatch = value('if-match');
  const unmodifiedSince = secondsOf(value('if-unmodified-since'));
  const modified = Math.floor(object.modifiedAt / 1000); // HTTP dates have no fractions
  if (ifMatch !== undefined && !matches(object, ifMatch)) return 'failed';
  if (ifMatch === undefined && unmodifiedSince !== null && modified > unmodifiedSince) return 'failed';
  const ifNoneMatch = value('if-none-match');
  const modifiedSince = secondsOf(value('if-modified-since'));
  if (ifNoneMatch !== undefined) return matches(object, ifNoneMatch) ? 'not modified' : 'proceed';
  return modifiedSince !== null && modified <= modifiedSince ? 'not modified' : 'proceed';
}

/** A date that cannot be read counts as absent, as RFC 9110 wants it. */
function secondsOf(date: string | undefined): number | null {
  const parsed = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(parsed) ? null : Math.floor(parsed / 1000);
}
