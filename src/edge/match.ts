import type { EdgeSettings } from './settings.ts';

/** The service a request is for, or why there is none. */
export type Match =
  | { readonly service: string; readonly path: string }
  | { readonly service: null; readonly reason: 'host' | 'path' };

export type Matcher = (host: string | null, path: string) => Match;

/**
 * Finds services by host, then by the longest path that begins the request's, counted in whole segments: `/api` covers
 * `/api` and `/api/x`, not `/apis`. An exact host goes before `*.example.com`, which covers exactly one further label
 * (as certificates do, RFC 9525, section 6.3), and that before `*`.
 */
export function createMatcher(hosts: EdgeSettings['hosts']): Matcher {
  const byHost = new Map(
    hosts.map(({ host, paths }) => [host, [...paths].sort((a, b) => b.path.length - a.path.length)] as const),
  );
  return (host, path) => {
    const name = nameOf(host);
    const paths = byHost.get(name) ?? byHost.get(name.replace(/^[^.]+\./, '*.')) ?? byHost.get('*');
    if (paths === undefined) return { service: null, reason: 'host' };
    const plain = pathOf(path);
    const found = paths.find((one) => begins(plain, one.path));
    return found === undefined
      ? { service: null, reason: 'path' }
      : { service: found.service, path: found.path };
  };
}

/** Whether a path begins with another one, in whole segments. */
export function begins(path: string, prefix: string): boolean {
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return path === bare || path.startsWith(`${bare}/`);
}

/**
 * The path by which a service is found: without query, percent signs of plain characters read, dot segments and double
 * slashes taken out. Otherwise `/%61dmin` or `/x/../admin` would pass by the row of `/admin`, and the service
 * behind the other row might read it as `/admin` all the same.
 */
export function pathOf(target: string): string {
  const [raw = ''] = target.split(/[?#]/, 1);
  if (!/%|\.\.?(\/|$)|\/\/|\\/.test(raw)) return raw;
  const read = raw.replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w.~\\/-]/.test(character) ? character : whole;
  });
  const segments: string[] = [];
  for (const segment of read.replaceAll('\\', '/').split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}${/\/\.{0,2}$/.test(read) && segments.length > 0 ? '/' : ''}`;
}

/** The name in a `host` field: lower case, without port and final dot. */
export function nameOf(host: string | null): string {
  const text = (host ?? '').toLowerCase();
  const bare = text.startsWith('[') ? text.slice(0, text.indexOf(']') + 1) : text.replace(/:\d*$/, '');
  return bare.replace(/\.$/, '');
}
