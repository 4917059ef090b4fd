import { fail, ok, type Result } from '#kernel';

/**
 * A path of a depot: segments of letters, digits and `._+=@-`, joined by `/`. None begins with a dot, so nothing leaves
 * the place, and what a folder depot keeps for itself (`.incoming`) cannot be named. Failure: `backup_path_refused`
 * (facts: path).
 */
export function checkPath(path: string): Result<string> {
  const fits = path.length <= LONGEST && path.split('/').every((segment) => SEGMENT.test(segment));
  return fits ? ok(path) : fail('backup_path_refused', { path: path.slice(0, LONGEST) });
}

/** What a list begins with: empty, or the beginning of a path. */
export function checkPrefix(prefix: string): Result<string> {
  return prefix === '' ? ok(prefix) : checkPath(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}

export const isDepotPath = (path: string): boolean => checkPath(path).ok;

/** One name between two slashes. */
export const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,199}$/;

/** S3 takes keys of 1,024 bytes; the rest is left to the prefix of the place. */
const LONGEST = 900;
