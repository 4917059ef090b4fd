import { createHash, createHmac } from 'node:crypto';
import type { Instant } from '#kernel';
import { percentEncode, type Query } from './target.ts';

/**
 * AWS Signature Version 4 for S3: the arithmetic that server and client share.
 * Source: "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3 API reference.
 */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** Request headers: names in lower case, repeated ones joined. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** When and for which region something is signed. */
export interface Scope {
  /** `20260131T235959Z` */
  readonly timestamp: string;
  readonly region: string;
}

/** What of a request is signed. */
export interface SignedParts {
  readonly method: string;
  /** In percent encoding, not normalized: for S3 a key may hold `//` and `..`. */
  readonly path: string;
  /** Without the signature itself. */
  readonly query: Query;
  readonly headers: Headers;
  /** Lower case and sorted. */
  readonly signedHeaders: readonly string[];
  /** Hexadecimal SHA-256 of the body, or the word that stands for it. */
  readonly payload: string;
}

export function timestampOf(now: Instant): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
}

export const scopeText = (scope: Scope) => `${scope.timestamp.slice(0, 8)}/${scope.region}/s3/aws4_request`;

/** The key of one day, region and service; a leaked one is worthless tomorrow. */
export function signingKey(secretAccessKey: string, scope: Scope): Buffer {
  const steps = scopeText(scope).split('/');
  return steps.reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
}

/** The signature of a request. */
export function signRequest(key: Buffer, scope: Scope, parts: SignedParts): Buffer {
  return hmac(
    key,
    [ALGORITHM, scope.timestamp, scopeText(scope), sha256(canonicalRequest(parts))].join('\n'),
  );
}

/** The signature of one chunk of an aws-chunked body: each one covers the one before. */
export function signChunk(key: Buffer, scope: Scope, previous: string, contentSha256: string): Buffer {
  const lines = [
    `${ALGORITHM}-PAYLOAD`,
    scope.timestamp,
    scopeText(scope),
    previous,
    sha256(''),
    contentSha256,
  ];
  return hmac(key, lines.join('\n'));
}

/** The signature of the trailer of an aws-chunked body; `trailer` is `name:value\n` for each line. */
export function signTrailer(key: Buffer, scope: Scope, previous: string, trailer: string): Buffer {
  const lines = [`${ALGORITHM}-TRAILER`, scope.timestamp, scopeText(scope), previous, sha256(trailer)];
  return hmac(key, lines.join('\n'));
}

export const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

function canonicalRequest({ method, path, query, headers, signedHeaders, payload }: SignedParts): string {
  const headerLines = signedHeaders.map((name) => `${name}:${canonicalValue(headers[name] ?? '')}`);
  return [method, path, canonicalQuery(query), ...headerLines, '', signedHeaders.join(';'), payload].join(
    '\n',
  );
}

function canonicalQuery(query: Query): string {
  return query
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const canonicalValue = (value: string) => value.trim().replace(/ +/g, ' ');
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
