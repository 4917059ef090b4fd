import { z } from 'zod';
import { host, label, name, port, positive, text, urlPath } from './names.ts';
import { named, object } from './object.ts';
import { duration, size } from './units.ts';

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`;
const fourth = String.raw`(?:${octet}\.){3}${octet}(?:/(?:[12]?\d|3[0-2]))?`;
const sixth = String.raw`[\da-fA-F:]*:[\da-fA-F:.]*(?:/(?:\d{1,2}|1[01]\d|12[0-8]))?`;

const network = z
  .string('write an address or a network, such as "10.0.0.0/8"')
  .regex(
    new RegExp(`^(?:${fourth}|${sixth})$`),
    'write an address or a network, such as "10.0.0.0/8" or "2001:db8::/32"',
  );

const headerName = z
  .string('write the name of a header')
  .regex(/^[A-Za-z0-9!#$%&'*+.^`|~_-]+$/, 'write the name of a header, such as "x-frame-options"')
  .max(100, 'write at most 100 characters');

export const edgeListenSchema = object('EdgeListen', {
  /** Address of this machine; "0.0.0.0" for all of them. Left out: this machine alone. */
  address: z.union([z.ipv4('write an IP address'), z.ipv6('write an IP address')]).default('127.0.0.1'),
  /** Port. One below 1024 needs the right to it: `setcap cap_net_bind_service=+ep` on Node, or a service manager. */
  port,
  /** Whose certificates are shown: those of `certificates`, those of `acme`, or "none" for plain HTTP. */
  tls: z.enum(['files', 'acme', 'none']).default('files'),
});

export const edgeCertificateSchema = object('EdgeCertificate', {
  /** File with the certificate and those that lead to its authority (PEM). Read again when it changes. */
  certificate: text,
  /** File with its key (PEM). Keep it out of the folders of services. */
  key: text,
});

export const edgeAcmeSchema = object('EdgeAcme', {
  /** Where the authority writes to when something is wrong with a certificate. */
  email: z.email('write an e-mail address').optional(),
  /** Directory of the authority. */
  directory: z.url('write a URL').default('https://acme-v02.api.letsencrypt.org/directory'),
  /** File with the certificate that the directory itself is trusted by; for authorities of your own. */
  authority: text.optional(),
});

export const edgeHstsSchema = object('EdgeHsts', {
  /** For how long browsers come back by HTTPS only. */
  lifetime: duration.prefault('365d'),
  /** All names below the host too. */
  subdomains: z.boolean().default(false),
  /** Asks the makers of browsers to build it in. Hard to take back. */
  preload: z.boolean().default(false),
});

export const edgeRateLimitSchema = object('EdgeRateLimit', {
  /** Whose requests are counted together: an address (of IPv6 a /64), a user (who has none: his address), a service. */
  per: z.enum(['ip', 'user', 'route']).default('ip'),
  /** How many are let through … */
  requests: positive,
  /** … in this time, evenly. */
  every: duration.prefault('1m'),
  /** How many may come at once; left out: as many as `requests`. */
  burst: positive.optional(),
  /** Only requests whose path begins so are counted. */
  paths: z.array(urlPath).default([]),
});

export const edgeUserSchema = object('EdgeUser', {
  /** Where a request says who its user is; "token": the subject of a bearer token, whose signature is not checked here. */
  from: z.enum(['header', 'cookie', 'token']),
  /** Of the header or the cookie. */
  name: headerName.optional(),
});

export const edgeMaintenanceSchema = object('EdgeMaintenance', {
  /** Everybody but the testers gets 503. */
  on: z.boolean().default(false),
  /** Page they see (HTML), read when the edge is brought into force; left out: a plain sentence. */
  file: text.optional(),
  /** When they are told to come again. */
  retryAfter: duration.prefault('5m'),
  /** Addresses and networks that pass all the same, and may choose a revision by `x-fairway-arm`. */
  testers: z.array(network).default([]),
});

export const edgeHoldSchema = object('EdgeHold', {
  /** How many requests may wait for a replica while a service has none. */
  requests: z
    .int('write a whole number')
    .min(0, 'write 0 or more')
    .max(100_000, 'write at most 100000')
    .default(1_000),
  /** How long each of them waits before it gets 503. */
  wait: duration.prefault('10s'),
});

export const edgeAccessLogSchema = object('EdgeAccessLog', {
  /** File, one JSON line for each request; left out: beside the logs of the services. */
  file: text.optional(),
  /** A file of this size is set aside. */
  size: size.prefault('100MB'),
  /** How many of those are kept. */
  keep: z.int('write a whole number').min(0, 'write 0 or more').max(1_000, 'write at most 1000').default(5),
  /** The values in queries are kept too. They may be secrets. */
  query: z.boolean().default(false),
});

export const edgeLimitsSchema = object('EdgeLimits', {
  /** Largest body of a request; beyond it 413. */
  body: size.prefault('10MB'),
  /** Largest head of a request; beyond it 431. */
  headers: size.prefault('32KB'),
  /** Most fields of a head. */
  fields: positive.max(2_000, 'write at most 2000').default(100),
  /** Connections at once, for each thread of the router. */
  connections: positive.default(10_000),
  /** Requests at once on one HTTP/2 connection. */
  streams: positive.max(10_000, 'write at most 10000').default(100),
});

const edgeHost = z.union([host, z.literal('*')], 'write a host name, such as "app.example.com"');

/** What stands between the public and the services, on one machine: TLS, hosts and paths, guards. */
export const edgeSchema = object('Edge', {
  /** Where it listens. */
  listen: z.array(edgeListenSchema).min(1, 'write at least one place to listen'),
  /** Which service answers, by host and the beginning of the path; "*" for every other host. The longest path counts. */
  hosts: named(edgeHost, named(urlPath, name)),
  /** Certificates of files. */
  certificates: z.array(edgeCertificateSchema).default([]),
  /** Certificates that an authority issues by itself (RFC 8555, HTTP-01): it asks on port 80 of every host. */
  acme: edgeAcmeSchema.optional(),
  /** Oldest version of TLS that is spoken. */
  minimumTls: z.enum(['1.2', '1.3']).default('1.2'),
  /** Callers over plain HTTP are sent to the first listener with TLS; false: they are served. */
  redirectToHttps: z.boolean().default(true),
  /** Browsers are told to come by HTTPS only. */
  hsts: z.union([z.boolean(), edgeHstsSchema]).default(true),
  /** Headers of every answer where the service has not set them; `false` leaves one of the usual ones out. */
  headers: named(headerName, z.union([text, z.literal(false)])).default({}),
  /** Writing requests that a browser sends from another site get 403; left out for paths that begin as in `csrfExcept`. */
  csrf: z.boolean().default(false),
  /** Paths that other sites may write to: webhooks, answers of a sign-on. */
  csrfExcept: z.array(urlPath).default([]),
  /** Who the user of a request is, for rate limits. */
  user: edgeUserSchema.optional(),
  /** How many requests are let through, by name of the rule; beyond it 429. */
  rateLimits: named(
    label.regex(/^[a-z][a-z0-9-]*$/, 'write small letters, digits and hyphens').max(40),
    edgeRateLimitSchema,
  ).default({}),
  /** Addresses and networks that may come in; left out: all. */
  allow: z.array(network).default([]),
  /** Addresses and networks that may not. */
  deny: z.array(network).default([]),
  /** Proxies before this one, whose word about the caller's address is believed. */
  trusted: z.array(network).default([]),
  /** Texts of 1 kB or more are made shorter on the way (zstd, Brotli, gzip). Not where secrets and what callers write share a page. */
  compression: z.boolean().default(false),
  /** Closed for work. The router can be told so, too, while it runs. */
  maintenance: edgeMaintenanceSchema.prefault({}),
  /** Requests that come while a service has no replica. */
  hold: edgeHoldSchema.prefault({}),
  /** One line for each request. */
  accessLog: z.union([z.boolean(), edgeAccessLogSchema]).default(true),
  /** What is too much. A larger head counts from the next start of the router on. */
  limits: edgeLimitsSchema.prefault({}),
});
