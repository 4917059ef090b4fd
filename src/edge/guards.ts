import { begins, nameOf, pathOf } from './match.ts';
import type { EdgeSettings } from './settings.ts';

type Header = readonly [name: string, value: string];

/** What is added to every answer over HTTPS or HTTP, where the service has not said something itself. */
export function securityHeaders({ headers, hsts }: EdgeSettings, isSecure: boolean): readonly Header[] {
  if (hsts === null || !isSecure) return headers; // browsers ignore it over plain HTTP (RFC 6797, section 7.2)
  const parts = [`max-age=${Math.floor(hsts.maxAgeMillis / 1_000)}`];
  if (hsts.includeSubdomains) parts.push('includeSubDomains');
  if (hsts.preload) parts.push('preload');
  return [...headers, ['strict-transport-security', parts.join('; ')]];
}

/**
 * Whether a browser sends this writing request from another site than the one it goes to. Browsers say so in
 * `sec-fetch-site` (Fetch Metadata, section 2.4), older ones in `origin`; a caller that says neither is no browser, and nobody
 * rides on its cookies.
 */
export function isForged(request: {
  readonly method: string;
  readonly host: string | null;
  readonly header: (name: string) => string | null;
}): boolean {
  if (['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(request.method)) return false;
  const site = request.header('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = request.header('origin');
  if (origin === null) return false;
  return hostIn(origin) !== (request.host ?? '').toLowerCase();
}

/** The host and port of an origin; the empty text for `null` and what is none, which fit no host. */
function hostIn(origin: string): string {
  return /^https?:\/\/([^/?#@\s]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? '';
}

/** Whether a path is one of those that other sites may write to: webhooks, sign-on answers. */
export function isExcepted(except: readonly string[], target: string): boolean {
  const path = pathOf(target);
  return except.some((prefix) => begins(path, prefix));
}

/**
 * Where a request over plain HTTP should have gone. 308 keeps the method and the body. `port`: that of the first secure
 * listener. Null when the host is not one that the edge serves: an answer must not name what a caller made up.
 */
export function secureAddress(
  host: string | null,
  target: string,
  port: number,
  isServed: (host: string) => boolean,
): string | null {
  const name = nameOf(host);
  if (name === '' || !isServed(name) || !target.startsWith('/')) return null;
  return `https://${name}${port === 443 ? '' : `:${port}`}${target}`;
}

/** The secret that an HTTP-01 challenge asks for (RFC 8555, section 8.3), or null for any other path. */
export function challengeIn(target: string): string | null {
  return /^\/\.well-known\/acme-challenge\/([\w-]{1,200})$/.exec(target)?.[1] ?? null;
}
