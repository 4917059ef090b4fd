import type { Random } from '#kernel';
import type { RouterRoute } from './contract.ts';

type Affinity = NonNullable<RouterRoute['affinity']>;

/**
 * Where a client stands between 0 and 100. Clients below the canary's weight go to the canary: while the weight grows
 * a client moves once, from stable to canary, and never back and forth.
 */
export interface Point {
  readonly value: number;
  /** The `set-cookie` that tells the client its new point; null when it brought one. */
  readonly cookie: string | null;
}

/** The point the client brought, or a new one: whatever is not exactly as we write it counts as none. */
export function pointOf(affinity: Affinity, cookies: string | null, random: Random): Point {
  const brought = cookies === null ? null : cookieNamed(affinity.cookie, cookies);
  if (brought !== null && wellFormed.test(brought)) return { value: Number(brought), cookie: null };
  const value = Math.floor(random() * 100_000_000) / 1_000_000;
  const age = Math.max(1, Math.round(affinity.lifetimeMillis / 1_000));
  const attributes = `Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax`;
  return { value, cookie: `${affinity.cookie}=${value.toFixed(6)}; ${attributes}` };
}

const wellFormed = /^\d{1,2}\.\d{6}$/;

function cookieNamed(name: string, cookies: string): string | null {
  for (const pair of cookies.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
