import { resolve } from 'node:path';
import type { Edge } from '#core/system';
import type { RouterTable } from '#router';

type RouterEdge = NonNullable<RouterTable['edge']>;

/**
 * The edge as the router is told it. Files are relative to the system's folder; the access log lies beside the logs of the
 * services where nobody says otherwise. Null: there is none.
 */
export function edgeOf(
  edge: Edge | null | undefined,
  { systemFolder, logs }: { readonly systemFolder: string; readonly logs: string },
): RouterEdge | null {
  if (edge == null || edge.hosts.length === 0) return null;
  const file = (path: string) => resolve(systemFolder, path);
  const fileOrNull = (path: string | null) => (path === null ? null : file(path));
  const { acme, user, hsts, maintenance, accessLog, limits, csrf } = edge;
  return {
    listen: edge.listen.map((listen) => ({ ...listen })),
    minimumTls: edge.minimumTls === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    certificates: edge.certificates.map(({ certificate, key }) => ({
      certificate: file(certificate),
      key: file(key),
    })),
    acme: acme === null ? null : { ...acme, authority: fileOrNull(acme.authority) },
    hosts: edge.hosts.map(({ host, paths }) => ({ host, paths: paths.map((row) => ({ ...row })) })),
    redirectToHttps: edge.redirectToHttps,
    hsts:
      hsts === null
        ? null
        : { maxAgeMillis: hsts.lifetime, includeSubdomains: hsts.subdomains, preload: hsts.preload },
    headers: edge.headers.map(([name, value]): [string, string] => [name, value]),
    csrf: csrf === null ? null : { except: [...csrf.except] },
    user: userOf(user),
    rateLimits: edge.rateLimits.map(({ every, paths, ...rule }) => ({
      ...rule,
      everyMillis: every,
      paths: [...paths],
    })),
    allow: [...edge.allow],
    deny: [...edge.deny],
    trusted: [...edge.trusted],
    compression: edge.compression,
    maintenance: {
      on: maintenance.on,
      file: fileOrNull(maintenance.file),
      retryAfterMillis: maintenance.retryAfter,
      testers: [...maintenance.testers],
    },
    hold: { requests: edge.hold.requests, millis: edge.hold.wait },
    accessLog:
      accessLog === null
        ? null
        : {
            file: accessLog.file === null ? resolve(logs, 'access.jsonl') : file(accessLog.file),
            maxBytes: accessLog.size,
            keep: accessLog.keep,
            query: accessLog.query,
          },
    limits: {
      bodyBytes: limits.body,
      headerBytes: limits.headers,
      headerCount: limits.fields,
      connections: limits.connections,
      streams: limits.streams,
    },
  };
}

function userOf(user: Edge['user']): RouterEdge['user'] {
  if (user === null) return null;
  if (user.from === 'token') return { from: 'token' };
  const name = user.name ?? '';
  return user.from === 'header' ? { from: 'header', name: name.toLowerCase() } : { from: 'cookie', name };
}
