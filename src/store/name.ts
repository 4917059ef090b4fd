import { invariant } from '#kernel';

/**
 * Names (streams, kinds, keys, types, leases, owners) are text that every database keeps unchanged. They come from our
 * own code, so a bad one is a mistake in the program.
 */
export function checkName(name: string): string {
  invariant(
    name !== '' && name.isWellFormed() && !name.includes('\0'),
    `a name in the store is well-formed text without NUL, not ${JSON.stringify(name)}`,
  );
  return name;
}

/** Order of names: by code point, which is the byte order of UTF-8 (JavaScript's own order differs above U+FFFF). */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
