import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { between, type Instant } from '#kernel';

/**
 * Browsers keep one jar for all ports of a machine: with the port in its name the cookie of one system's control plane does
 * not displace the other's. Behind a public name there is only one.
 */
export function cookieName(origin: string): string {
  const { port, protocol } = new URL(origin);
  return protocol === 'https:' || port === '' ? 'fairway_session' : `fairway_session_${port}`;
}

export const readSession = (context: Context, origin: string): string | null =>
  getCookie(context, cookieName(origin)) ?? null;

/** Not to be read by scripts, not sent along from other sites, and over https only where we are reached by it. */
export function writeSession(
  context: Context,
  origin: string,
  secret: string,
  span: { now: Instant; until: Instant },
): void {
  const maxAge = Math.max(0, Math.floor(between(span.now, span.until) / 1_000));
  setCookie(context, cookieName(origin), secret, { ...flags(origin), maxAge });
}

export const removeSession = (context: Context, origin: string): void =>
  setCookie(context, cookieName(origin), '', { ...flags(origin), maxAge: 0 });

const flags = (origin: string) =>
  ({ httpOnly: true, sameSite: 'Strict', path: '/', secure: origin.startsWith('https:') }) as const;
