import { createHash, timingSafeEqual } from 'node:crypto';

/** As many random bytes as are asked for; of a quality that secrets need. */
export type SecretBytes = (count: number) => Uint8Array;

export const tokenPrefix = 'fw_';

/** 256 random bits: guessing is hopeless, so a plain hash keeps them safe at rest and no slow one is needed. */
export const newSecret = (bytes: SecretBytes, prefix = '') =>
  `${prefix}${Buffer.from(bytes(32)).toString('base64url')}`;

/** What is kept of a secret: SHA-256, hex. */
export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

/** Names a token in lists and paths. Taken from its hash, so that a token leads to its row without a search. */
export const idOf = (hash: string) => hash.slice(0, 16);

export const isId = (text: string) => /^[0-9a-f]{16}$/.test(text);

/** Compares digests, so that neither length nor content shows in the time it takes. */
export function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
