import type { Role } from './roles.ts';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
}

/** What a login opens: a family of refresh tokens, of which only the newest is good. Times in ms since 1970. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  /** One more with each refresh and with the end: which of two copies is the newer. */
  readonly version: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

export const isActive = ({ expiresAt, revokedAt }: Session, now: number): boolean =>
  revokedAt === null && now < expiresAt;

export type RefreshVerdict = 'good' | 'unknown' | 'reused' | 'revoked' | 'expired';

/**
 * What becomes of a refresh token. A token that was used before has two owners, one of whom is a thief: nobody knows which,
 * so the whole family is revoked (RFC 9700, 4.14.2).
 */
export function judgeRefresh(
  token: { readonly usedAt: number | null; readonly session: Session } | null,
  now: number,
): RefreshVerdict {
  if (token === null) return 'unknown';
  if (token.session.revokedAt !== null) return 'revoked';
  if (token.usedAt !== null) return 'reused';
  return isActive(token.session, now) ? 'good' : 'expired';
}

/** The session after the verdict; null when it stays as it is. */
export function afterRefresh(
  session: Session,
  verdict: RefreshVerdict,
  { now, expiresAt }: { readonly now: number; readonly expiresAt: number },
): Session | null {
  if (verdict === 'good') return { ...session, version: session.version + 1, expiresAt };
  if (verdict === 'reused') return { ...session, version: session.version + 1, revokedAt: now };
  return null;
}
