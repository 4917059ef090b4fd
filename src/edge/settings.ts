import { isIP } from 'node:net';
import { z } from 'zod';

/*
 * The public edge of an environment as a router is told it: complete, with every default filled in. Times in milliseconds,
 * sizes in bytes, paths absolute.
 */

const port = z.int().min(1).max(65_535);
/** It goes into a head: no line ends, no control characters. */
const headerValue = z
  .string()
  .max(4_000)
  .regex(/^[\x20-\x7e]*$/, 'is printable ASCII');
const headerName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9!#$%&'*+.^`|~_-]+$/, 'is a lower-case header name');
const host = z
  .string()
  .max(253)
  .regex(/^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/, 'is a host name');
const path = z.string().max(500).startsWith('/');
const file = z.string().min(1).max(4_096);
const network = z.string().refine(isNetwork, 'is an address or a network such as 10.0.0.0/8');
const networks = z.array(network).max(10_000);

const listen = z.strictObject({
  address: z.string().refine((text) => isIP(text) !== 0, 'is an IP address'),
  port,
  /** null: plain HTTP, for redirects and the questions of a certificate authority, or for traffic. */
  tls: z.enum(['files', 'acme']).nullable(),
});

const acme = z.strictObject({
  directory: z.url(),
  email: z.string().min(3).max(254),
  /** A file with the certificate authority that the directory itself is trusted by; null: those of the system. */
  authority: file.nullable(),
});

const userSource = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('header'), name: headerName }),
  z.strictObject({ from: z.literal('cookie'), name: z.string().min(1).max(100) }),
  /** The subject of a bearer token. Its signature is not checked here. */
  z.strictObject({ from: z.literal('token') }),
]);

const rateLimit = z.strictObject({
  name: z
    .string()
    .max(40)
    .regex(/^[a-z][a-z0-9-]*$/),
  per: z.enum(['ip', 'user', 'route']),
  requests: z.int().min(1).max(1_000_000),
  everyMillis: z.number().min(1),
  /** What may come at once. */
  burst: z.int().min(1).max(1_000_000),
  /** Beginnings of paths that are counted; empty: all. */
  paths: z.array(path).max(100),
});

/** `z.infer` would repeat it; the schema is the contract. */
export const edgeSchema = z.strictObject({
  listen: z.array(listen).min(1).max(20),
  minimumTls: z.enum(['TLSv1.2', 'TLSv1.3']),
  certificates: z.array(z.strictObject({ certificate: file, key: file })).max(100),
  acme: acme.nullable(),
  hosts: z
    .array(
      z.strictObject({
        host,
        paths: z
          .array(z.strictObject({ path, service: z.string().max(200) }))
          .min(1)
          .max(1_000),
      }),
    )
    .max(1_000),
  redirectToHttps: z.boolean(),
  hsts: z
    .strictObject({ maxAgeMillis: z.number().min(0), includeSubdomains: z.boolean(), preload: z.boolean() })
    .nullable(),
  headers: z.array(z.tuple([headerName, headerValue])).max(100),
  /** Writing requests that a browser sends from another site are refused, but for paths that begin with one of `except`. */
  csrf: z.strictObject({ except: z.array(path).max(100) }).nullable(),
  user: userSource.nullable(),
  rateLimits: z.array(rateLimit).max(50),
  allow: networks,
  deny: networks,
  /** Proxies whose `x-forwarded-for` is believed. */
  trusted: networks,
  compression: z.boolean(),
  maintenance: z.strictObject({
    on: z.boolean(),
    file: file.nullable(),
    retryAfterMillis: z.number().min(0),
    /** Callers from here pass all the same. */
    testers: networks,
  }),
  /** Requests wait for a replica while a service has none. */
  hold: z.strictObject({ requests: z.int().min(0).max(100_000), millis: z.number().min(0) }),
  accessLog: z
    .strictObject({
      file,
      maxBytes: z.number().min(1_000),
      keep: z.int().min(0).max(1_000),
      query: z.boolean(),
    })
    .nullable(),
  limits: z.strictObject({
    bodyBytes: z.number().min(0),
    headerBytes: z.number().min(1_024),
    headerCount: z.int().min(10).max(2_000),
    connections: z.int().min(1),
    /** Streams of one HTTP/2 connection. */
    streams: z.int().min(1).max(10_000),
  }),
});

export type EdgeSettings = z.infer<typeof edgeSchema>;
export type EdgeListen = EdgeSettings['listen'][number];
export type RateLimit = EdgeSettings['rateLimits'][number];
export type UserSource = NonNullable<EdgeSettings['user']>;
export type AcmeSettings = NonNullable<EdgeSettings['acme']>;

/** An address, or a network: `10.0.0.0/8`, `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (length === undefined) return true;
  return /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}
