import type { Clock } from '#kernel';
import type { PlannedRequest, PlannedSession } from './plan.ts';

/** Somebody who uses the system: remembers its cookies and its CSRF token. */
export interface VirtualUser {
  /** From 1. */
  readonly number: number;
  readonly cookies: Map<string, string>;
  token: string | null;
}

export function createUsers(count: number): readonly [VirtualUser, ...VirtualUser[]] {
  const user = (number: number): VirtualUser => ({ number, cookies: new Map(), token: null });
  return [user(1), ...Array.from({ length: count - 1 }, (_, index) => user(index + 2))];
}

/** What is sent on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** A planned request as this user sends it: placeholders filled, with cookies and, where it changes something, token. */
export function wireRequest(
  planned: Pick<PlannedRequest, 'method' | 'path' | 'headers' | 'body'>,
  user: VirtualUser,
  request: number,
  csrf: PlannedSession['csrf'],
): WireRequest {
  const fill = (text: string) =>
    text.replaceAll('{user}', String(user.number)).replaceAll('{request}', String(request));
  const headers: Record<string, string> = {};
  if (planned.body !== null) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(planned.headers)) headers[name.toLowerCase()] = fill(value);
  if (user.cookies.size > 0) headers['cookie'] = cookieHeader(user);
  if (csrf !== null && user.token !== null && !safeMethods.includes(planned.method.toUpperCase())) {
    headers[csrf.header.toLowerCase()] = user.token;
  }
  const body = planned.body === null ? null : fill(planned.body);
  return { method: planned.method.toUpperCase(), path: fill(planned.path), headers, body };
}

export function cookieHeader(user: VirtualUser): string {
  return [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/**
 * Remembers the cookies of an answer, as RFC 6265 section 5.2 reads them. All belong to the one target, so domain and
 * path are not looked at; of the life time only whether it is over already.
 */
export function rememberCookies(
  user: VirtualUser,
  setCookie: string | readonly string[] | undefined,
  clock: Clock,
): void {
  for (const line of typeof setCookie === 'string' ? [setCookie] : (setCookie ?? [])) {
    const [pair = '', ...attributes] = line.split(';');
    const split = pair.indexOf('=');
    if (split < 1) continue;
    const name = pair.slice(0, split).trim();
    if (isOver(attributes, clock)) user.cookies.delete(name);
    else user.cookies.set(name, pair.slice(split + 1).trim());
  }
}

function isOver(attributes: readonly string[], clock: Clock): boolean {
  const valueOf = (wanted: string) =>
    attributes
      .map((attribute) => attribute.split('='))
      .findLast(([name = '']) => name.trim().toLowerCase() === wanted)?.[1];
  const maxAge = valueOf('max-age'); // outranks expires
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = valueOf('expires');
  return expires !== undefined && Date.parse(expires) <= clock.now();
}
