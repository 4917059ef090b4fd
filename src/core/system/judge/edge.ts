import { days } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { insteadOf } from '../read/nearest.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Edge = NonNullable<EnvironmentDeclaration['edge']>;

/** An edge that would not work, or would let in what it should not. */
export function judgeEdge(environment: EnvironmentDeclaration): readonly Problem[] {
  const { edge } = environment;
  if (edge === undefined) return [];
  return [
    ...hostsOf(edge, environment.services),
    ...listenersOf(edge, environment.services),
    ...certificatesOf(edge),
    ...guardsOf(edge),
    ...limitsOf(edge),
  ];
}

function hostsOf(edge: Edge, services: EnvironmentDeclaration['services']): readonly Problem[] {
  const rows = Object.entries(edge.hosts).flatMap(([host, paths]) =>
    Object.entries(paths).map(([path, service]) => ({ host, path, service })),
  );
  const empty = rows.length === 0 ? [nothingServed()] : [];
  const seen = new Map<string, string>();
  return [
    ...empty,
    ...rows.flatMap(({ host, path, service }) => {
      const place: Path = ['edge', 'hosts', host, path];
      const found: Problem[] = [];
      const same = `${host} ${path.replace(/\/+$/, '')}`;
      const before = seen.get(same);
      if (before !== undefined) found.push(overlap(place, before));
      seen.set(same, path);
      if (/[?*]|\/\/|\/\.\.?(\/|$)/.test(path)) found.push(oddPath(place, path));
      const target = Object.hasOwn(services, service) ? services[service] : undefined;
      if (target === undefined) found.push(unknownService(place, service, Object.keys(services)));
      else if (target.traffic === 'none') found.push(withoutTraffic(place, service));
      else if (target.exposure !== 'public') found.push(notPublic(place, service, target.exposure));
      return found;
    }),
  ];
}

function nothingServed(): Problem {
  return problem(
    'definition_edge_hosts',
    ['edge', 'hosts'],
    'The edge serves no host: every request would get 421.',
    {
      hint: 'write hosts: { "app.example.com": { "/": "web" } }',
    },
  );
}

function overlap(path: Path, before: string): Problem {
  const sentence = `${pathText(path)} means the same paths as "${before}" of this host.`;
  return problem('definition_edge_hosts', path, sentence, { point: 'key', hint: 'keep one of the two' });
}

function oddPath(path: Path, written: string): Problem {
  const sentence = `${pathText(path)}: "${written}" would match nothing.`;
  const hint = 'write the beginning of a path, such as "/api"; what lies below it is covered';
  return problem('definition_edge_hosts', path, sentence, { point: 'key', hint });
}

function unknownService(path: Path, service: string, known: readonly string[]): Problem {
  const sentence = `${pathText(path)} names "${service}", which is not among the services.`;
  return problem('definition_unknown_reference', path, sentence, {
    received: shown(service),
    hint: insteadOf(service, known, 'services'),
  });
}

function withoutTraffic(path: Path, service: string): Problem {
  const sentence = `${pathText(path)} leads to "${service}", which has no traffic.`;
  return problem('definition_edge_hosts', path, sentence, {
    received: shown(service),
    hint: 'name a service with traffic: "http"',
  });
}

function notPublic(path: Path, service: string, exposure: string | undefined): Problem {
  const sentence = `${pathText(path)} makes "${service}" public, whose exposure is "${exposure ?? 'private'}".`;
  return problem('definition_edge_exposure', path, sentence, {
    received: shown(service),
    hint: `write exposure: "public" at services.${service} if that is meant`,
  });
}

function listenersOf(edge: Edge, services: EnvironmentDeclaration['services']): readonly Problem[] {
  const ports = new Map<number, string>(
    Object.entries(services).flatMap(([name, { port }]) =>
      port === undefined ? [] : [[port, `services.${name}`] as const],
    ),
  );
  const hasTls = edge.listen.some(({ tls }) => tls !== 'none');
  return edge.listen.flatMap(({ address, port, tls }, index) => {
    const place: Path = ['edge', 'listen', index];
    const found: Problem[] = [];
    const other = ports.get(port);
    if (other !== undefined) found.push(portTwice([...place, 'port'], port, other));
    ports.set(port, pathText(place));
    const isServedPlainly = tls === 'none' && !(edge.redirectToHttps && hasTls);
    if (isServedPlainly && !isLoopback(address)) found.push(plainAndPublic([...place, 'tls'], address, port));
    return found;
  });
}

function portTwice(path: Path, port: number, other: string): Problem {
  const sentence = `${pathText(path)} is ${port}, on which ${other} listens.`;
  return problem('definition_edge_listen', path, sentence, {
    received: shown(port),
    hint: 'write another port',
  });
}

function plainAndPublic(path: Path, address: string, port: number): Problem {
  const sentence = `The edge would serve plain HTTP on ${address}:${port}: everybody on the way could read and change it.`;
  const hint = 'add a listener with TLS and leave redirectToHttps on, or listen on 127.0.0.1';
  return problem('definition_edge_plain', path, sentence, { hint });
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1';

function certificatesOf(edge: Edge): readonly Problem[] {
  const { acme, certificates, hosts, listen } = edge;
  const found: Problem[] = [];
  const at = (kind: Edge['listen'][number]['tls']) => listen.findIndex(({ tls }) => tls === kind);
  if (at('files') !== -1 && certificates.length === 0) {
    const sentence = `${pathText(['edge', 'listen', at('files')])} speaks TLS, but there is no certificate.`;
    const hint = 'write certificates: [{ certificate: "tls/app.pem", key: "tls/app.key" }], or tls: "acme"';
    found.push(
      problem('definition_edge_certificates', ['edge', 'listen', at('files'), 'tls'], sentence, { hint }),
    );
  }
  if (at('acme') === -1) return found;
  const place: Path = ['edge', 'listen', at('acme'), 'tls'];
  if (acme?.email === undefined) {
    const sentence =
      'Certificates are to be issued by an authority, but there is no e-mail address for its warnings.';
    const hint = 'write acme: { email: "ops@example.com" }';
    found.push(
      problem('definition_edge_acme', acme === undefined ? place : ['edge', 'acme'], sentence, { hint }),
    );
  }
  if (at('none') === -1) {
    const sentence = 'An authority asks over plain HTTP who holds a host, and no listener would answer.';
    const hint = 'add { port: 80, tls: "none" } to listen (or the port that 80 leads to)';
    found.push(problem('definition_edge_acme', place, sentence, { hint }));
  }
  const unnamed = Object.keys(hosts).filter((host) => host.startsWith('*') || !host.includes('.'));
  for (const host of certificates.length > 0 ? [] : unnamed) {
    const sentence = `No authority issues a certificate for "${host}" by HTTP-01.`;
    const hint = 'name each host, or give certificates of files for it';
    found.push(problem('definition_edge_acme', ['edge', 'hosts', host], sentence, { point: 'key', hint }));
  }
  return found;
}

function guardsOf({ allow, deny, trusted, hsts, csrf, csrfExcept }: Edge): readonly Problem[] {
  const found: Problem[] = [];
  for (const [index, network] of trusted.entries()) {
    if (!network.endsWith('/0')) continue;
    const sentence = `edge.trusted[${index}] believes everybody what address he has: limits and lists would mean nothing.`;
    const hint = 'write the addresses of your proxies';
    found.push(
      problem('definition_edge_guards', ['edge', 'trusted', index], sentence, {
        received: shown(network),
        hint,
      }),
    );
  }
  for (const [index, network] of deny.entries()) {
    const isAll = network.endsWith('/0') || allow.includes(network);
    if (!isAll) continue;
    const sentence = `edge.deny[${index}] shuts out ${network.endsWith('/0') ? 'everybody' : 'what edge.allow lets in'}.`;
    const hint = 'deny goes before allow; leave one of the two out';
    found.push(
      problem('definition_edge_guards', ['edge', 'deny', index], sentence, {
        received: shown(network),
        hint,
      }),
    );
  }
  if (typeof hsts === 'object' && hsts.preload && (hsts.lifetime < days(365) || !hsts.subdomains)) {
    const sentence = 'Browsers build in only names with a lifetime of a year and all names below.';
    const hint = 'write hsts: { lifetime: "365d", subdomains: true, preload: true }';
    found.push(problem('definition_edge_guards', ['edge', 'hsts'], sentence, { hint }));
  }
  if (!csrf && csrfExcept.length > 0) {
    const sentence = 'edge.csrfExcept makes exceptions of a rule that is off.';
    found.push(
      problem('definition_edge_guards', ['edge', 'csrfExcept'], sentence, {
        severity: 'warning',
        point: 'key',
        hint: 'write csrf: true',
      }),
    );
  }
  return found;
}

function limitsOf({ rateLimits, user }: Edge): readonly Problem[] {
  const found: Problem[] = [];
  const rules = Object.entries(rateLimits);
  const first = rules.find(([, { per }]) => per === 'user')?.[0];
  if (user !== undefined && user.from !== 'token' && user.name === undefined) {
    const sentence = `edge.user is in a ${user.from}, but it is not said in which.`;
    found.push(problem('definition_edge_limits', ['edge', 'user'], sentence, { hint: 'write its name' }));
  }
  if (first === undefined) return found;
  if (user === undefined) {
    const sentence = `edge.rateLimits.${first} counts users, but nothing says who the user of a request is.`;
    const hint = 'write user: { from: "token" }, or from: "cookie" or "header" with its name';
    found.push(problem('definition_edge_limits', ['edge', 'rateLimits', first, 'per'], sentence, { hint }));
  } else if (!rules.some(([, { per }]) => per === 'ip')) {
    const sentence = `edge.rateLimits.${first} counts users only: who invents a new one for each request is never held up.`;
    found.push(
      problem('definition_edge_limits', ['edge', 'rateLimits', first, 'per'], sentence, {
        severity: 'warning',
        hint: 'add a rule per: "ip" beside it, a more generous one',
      }),
    );
  }
  return found;
}
