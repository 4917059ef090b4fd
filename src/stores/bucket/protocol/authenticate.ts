import { createHash, timingSafeEqual } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Instant, minutes, ok } from '#kernel';
import { type Claim, readClaim } from './claim.ts';
import { type Answer, refuse } from './refusal.ts';
import {
  type Credentials,
  type Headers,
  type Scope,
  signingKey,
  signRequest,
  UNSIGNED_PAYLOAD,
} from './signature.ts';
import type { Target } from './target.ts';

/** How the body of an authenticated request is framed and what of it was signed. */
export type Payload =
  | { readonly kind: 'plain'; readonly sha256: string | null }
  | { readonly kind: 'chunked'; readonly chain: SignatureChain | null; readonly trailer: boolean };

/** What is needed to check the signature of each chunk of an aws-chunked body. */
export interface SignatureChain {
  readonly key: Buffer;
  readonly scope: Scope;
  /** The signature of the request, which the first chunk covers. */
  readonly seed: string;
}

/** A request whose signature is right. */
export interface Authentic {
  readonly payload: Payload;
  /** The headers, with those that a presigned address carries in its query. */
  readonly headers: Headers;
}

const CLOCK_SKEW_MAX = minutes(15);

/** Decides whether a request was signed by the holder of the credentials, for this very request, and recently. */
export function authenticate(
  request: { readonly method: string; readonly target: Target; readonly headers: Headers },
  credentials: Credentials,
  now: Instant,
): Answer<Authentic> {
  const { method, target, headers } = request;
  const read = readClaim(target, headers);
  if (!read.ok) return read;
  const claim = read.value;
  if (!equalInConstantTime(digest(claim.accessKeyId), digest(credentials.accessKeyId))) {
    return refuse('InvalidAccessKeyId');
  }
  if (claim.scope.region !== credentials.region) {
    return refuse('AccessDenied', `The request is signed for another region than ${credentials.region}.`);
  }
  const unsigned = unsignedHeader(headers, claim.signedHeaders);
  if (unsigned !== null) return refuse('AccessDenied', `The header ${unsigned} is sent but not signed.`);
  const key = signingKey(credentials.secretAccessKey, claim.scope);
  const expected = signRequest(key, claim.scope, { ...claim, method, path: target.path, headers });
  if (!equalInConstantTime(expected, claim.signature)) return refuse('SignatureDoesNotMatch');
  const timely = checkTime(claim, now);
  if (!timely.ok) return timely;
  const payload = parsePayload(claim, key);
  if (!payload.ok) return payload;
  const hoisted = hoistHeaders(claim, headers);
  return hoisted.ok ? ok({ payload: payload.value, headers: hoisted.value }) : hoisted;
}

/**
 * Buffers are compared without telling by the time taken where they differ; lengths are no secret.
 */
export function equalInConstantTime(expected: Buffer, received: Buffer): boolean {
  return expected.length === received.length && timingSafeEqual(expected, received);
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** A header of ours that was added or changed on the way would change the meaning of the request: all must be signed. */
function unsignedHeader(headers: Headers, signedHeaders: readonly string[]): string | null {
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  return needed.find((name) => !signedHeaders.includes(name)) ?? null;
}

function checkTime({ signedAt, expiresAfterSeconds }: Claim, now: Instant): Answer<null> {
  if (signedAt > now + CLOCK_SKEW_MAX) return refuse('RequestTimeTooSkewed');
  if (expiresAfterSeconds === null) {
    return signedAt < now - CLOCK_SKEW_MAX ? refuse('RequestTimeTooSkewed') : ok(null);
  }
  const expired = now > signedAt + expiresAfterSeconds * 1000;
  return expired ? refuse('AccessDenied', 'The presigned request has expired.') : ok(null);
}

function parsePayload({ payload, scope, signature }: Claim, key: Buffer): Answer<Payload> {
  const chain: SignatureChain = { key, scope, seed: signature.toString('hex') };
  switch (payload) {
    case UNSIGNED_PAYLOAD:
      return ok({ kind: 'plain', sha256: null });
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return ok({ kind: 'chunked', chain, trailer: false });
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return ok({ kind: 'chunked', chain, trailer: true });
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return ok({ kind: 'chunked', chain: null, trailer: true });
    default:
      return /^[0-9a-f]{64}$/.test(payload)
        ? ok({ kind: 'plain', sha256: payload })
        : refuse('InvalidArgument', 'x-amz-content-sha256 is neither a SHA-256 nor one of the known words.');
  }
}

/**
 * Who presigns a request puts its `x-amz-…` headers into the query, where they are signed: they count as headers. But not
 * the checksum: SDKs sign the one of an empty body there, since the body is not known yet, and S3 ignores it.
 */
function hoistHeaders({ query, expiresAfterSeconds }: Claim, headers: Headers): Answer<Headers> {
  if (expiresAfterSeconds === null) return ok(headers);
  const hoisted = query
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(
      ([name]) => name.startsWith('x-amz-') && !name.startsWith('x-amz-checksum-') && !PRESIGNING.has(name),
    );
  // They may come back as headers of an answer, where not every text can stand.
  const unfit = hoisted.find(([name, value]) => !isHeader(name, value));
  if (unfit !== undefined)
    return refuse('InvalidArgument', `The query parameter ${unfit[0]} cannot be a header.`);
  return ok({ ...Object.fromEntries(hoisted), ...headers });
}

/** Whether this can be sent as a header. */
export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

const PRESIGNING: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-content-sha256',
]);
