import { createHmac, randomBytes } from 'node:crypto';

/** A new secret of 192 bits: letters, digits, `-` and `_`. Not from the Random that is passed around, whose seed replays. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** Another secret of 256 bits for one purpose, always the same one; nobody can tell the first from it. */
export function derivedSecret(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('base64url');
}
