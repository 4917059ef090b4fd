import { bytes, days } from '#kernel';
import type { Edge } from '../resolved-edge.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Declared = NonNullable<EnvironmentDeclaration['edge']>;

/** The edge with its defaults; rows that lead to services no target runs are left out. */
export function resolveEdge(declared: Declared | undefined, services: ReadonlySet<string>): Edge | null {
  if (declared === undefined) return null;
  const { hsts, accessLog, maintenance, acme, user, limits, hold } = declared;
  return {
    listen: declared.listen.map(({ address, port, tls }) => ({
      address,
      port,
      tls: tls === 'none' ? null : tls,
    })),
    minimumTls: declared.minimumTls,
    certificates: declared.certificates,
    acme:
      acme?.email === undefined
        ? null
        : { email: acme.email, directory: acme.directory, authority: acme.authority ?? null },
    hosts: Object.entries(declared.hosts).flatMap(([host, paths]) => {
      const rows = Object.entries(paths)
        .filter(([, service]) => services.has(service))
        .map(([path, service]) => ({ path, service }));
      return rows.length === 0 ? [] : [{ host, paths: rows }];
    }),
    redirectToHttps: declared.redirectToHttps,
    hsts: hsts === false ? null : hsts === true ? usualHsts : hsts,
    headers: headersOf(declared.headers),
    csrf: declared.csrf ? { except: declared.csrfExcept } : null,
    user: user === undefined ? null : { from: user.from, name: user.name ?? null },
    rateLimits: Object.entries(declared.rateLimits).map(([name, { burst, ...rule }]) => ({
      name,
      ...rule,
      burst: burst ?? rule.requests,
    })),
    allow: declared.allow,
    deny: declared.deny,
    trusted: declared.trusted,
    compression: declared.compression,
    maintenance: { ...maintenance, file: maintenance.file ?? null },
    hold,
    accessLog:
      accessLog === false
        ? null
        : accessLog === true
          ? usualLog
          : { ...accessLog, file: accessLog.file ?? null },
    limits,
  };
}

const usualHsts = { lifetime: days(365), subdomains: false, preload: false };
const usualLog: NonNullable<Edge['accessLog']> = {
  file: null,
  size: bytes(100_000_000),
  keep: 5,
  query: false,
};

/**
 * What browsers are told where nobody says otherwise: types are what they are said to be, other sites learn the origin only,
 * no foreign frames, no devices. A content security policy is the service's own: no usual one fits.
 */
const usualHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-frame-options': 'SAMEORIGIN',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

function headersOf(declared: Declared['headers']): Edge['headers'] {
  const own = Object.entries(declared).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all: Record<string, string | false> = { ...usualHeaders, ...Object.fromEntries(own) };
  return Object.entries(all).flatMap(([name, value]) => (value === false ? [] : [[name, value] as const]));
}
