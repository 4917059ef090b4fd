import { fail, ok, type Result } from '#kernel';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** The parts of a request that say where it comes from and what for. */
export interface Coming {
  readonly method: string;
  /** Headers by their lower-case names. */
  header(name: string): string | undefined;
}

/**
 * Refuses names that are not ours, so that a page elsewhere cannot reach us through a name of its own that leads to this
 * machine (DNS rebinding). `origin` is where browsers find us. Failure: `host_not_allowed` (facts: host).
 */
export function checkHost(request: Coming, origin: string): Result<null> {
  const host = request.header('host') ?? '';
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  const isOurs =
    name !== undefined && (loopbackNames.includes(name) || name === new URL(origin).hostname.toLowerCase());
  return isOurs ? ok(null) : fail('host_not_allowed', { host: host.slice(0, 200) });
}

export const changes = (method: string) => !['GET', 'HEAD', 'OPTIONS'].includes(method);

/**
 * Whether a change may have been sent by a page of somebody else. Browsers say where a request comes from and pages cannot
 * alter that; who sends neither header is no browser, and must not come with a cookie. `SameSite` alone is not enough:
 * every port of this machine is the same site, also those of the services that are released here.
 */
export function isForeign(request: Coming, origin: string, withCookie: boolean): boolean {
  if (!changes(request.method)) return false;
  const from = request.header('origin');
  if (from !== undefined) return !isOwn(from, request.header('host') ?? '', origin);
  const site = request.header('sec-fetch-site');
  return site === undefined ? withCookie : site !== 'same-origin';
}

/** The public address, or the very loopback address and port that was asked. */
function isOwn(from: string, host: string, origin: string): boolean {
  if (from === origin) return true;
  const url = URL.parse(from);
  return url !== null && loopbackNames.includes(url.hostname) && url.host === host.toLowerCase();
}
