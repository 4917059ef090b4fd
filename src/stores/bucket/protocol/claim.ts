import { type Instant, instant, ok } from '#kernel';
import { type Answer, refuse } from './refusal.ts';
import { ALGORITHM, type Headers, type Scope, UNSIGNED_PAYLOAD } from './signature.ts';
import type { Query, Target } from './target.ts';

/** What a request says about who signed it, when, and which parts: nothing of it is verified yet. */
export interface Claim {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedAt: Instant;
  /** Seconds the request stays valid; null where it was signed in headers, for use at once. */
  readonly expiresAfterSeconds: number | null;
  readonly signedHeaders: readonly string[];
  readonly signature: Buffer;
  /** The value of the payload line in the signed text. */
  readonly payload: string;
  /** The query as it was signed. */
  readonly query: Query;
}

/** Reads the claim from the `Authorization` header or from a presigned address. Failure: `AccessDenied`. */
export function readClaim(target: Target, headers: Headers): Answer<Claim> {
  const presigned = target.query.some(([name]) => name === 'X-Amz-Signature');
  if (headers['authorization'] === undefined)
    return presigned ? fromQuery(target.query, headers) : anonymous();
  if (presigned) return denied('A request is signed in its headers or in its address, not in both.');
  return fromHeaders(headers['authorization'], headers, target.query);
}

const PRESIGNED_SECONDS_MAX = 7 * 24 * 3600;

function fromHeaders(authorization: string, headers: Headers, query: Query): Answer<Claim> {
  const found =
    /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (found === null) return denied(`The Authorization header is not one of ${ALGORITHM}.`);
  const payload = headers['x-amz-content-sha256'];
  if (payload === undefined) return denied('The header x-amz-content-sha256 is missing.');
  const [, credential = '', signedHeaders = '', signature = ''] = found;
  const timestamp = headers['x-amz-date'] ?? '';
  return assemble({
    credential,
    signedHeaders,
    signature,
    timestamp,
    payload,
    query,
    expiresAfterSeconds: null,
  });
}

function fromQuery(query: Query, headers: Headers): Answer<Claim> {
  const value = (name: string) => query.find(([other]) => other === name)?.[1] ?? '';
  if (value('X-Amz-Algorithm') !== ALGORITHM) return denied(`X-Amz-Algorithm is not ${ALGORITHM}.`);
  const expires = value('X-Amz-Expires');
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > PRESIGNED_SECONDS_MAX) {
    return denied(`X-Amz-Expires lies between 1 and ${PRESIGNED_SECONDS_MAX} seconds.`);
  }
  if (!/^[0-9a-f]{64}$/.test(value('X-Amz-Signature'))) return refuse('SignatureDoesNotMatch');
  return assemble({
    credential: value('X-Amz-Credential'),
    signedHeaders: value('X-Amz-SignedHeaders'),
    signature: value('X-Amz-Signature'),
    timestamp: value('X-Amz-Date'),
    payload: value('X-Amz-Content-Sha256') || (headers['x-amz-content-sha256'] ?? UNSIGNED_PAYLOAD),
    query: query.filter(([name]) => name !== 'X-Amz-Signature'),
    expiresAfterSeconds: Number(expires),
  });
}

interface ClaimTexts {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly payload: string;
  readonly query: Query;
  readonly expiresAfterSeconds: number | null;
}

function assemble(texts: ClaimTexts): Answer<Claim> {
  const { credential, timestamp, payload, query, expiresAfterSeconds } = texts;
  // An access key may hold slashes, the four parts after it do not.
  const found = /^(.+)\/(\d{8})\/([^/]+)\/s3\/aws4_request$/.exec(credential);
  const signedAt = parseTimestamp(timestamp);
  if (found === null || signedAt === null)
    return denied('The credential scope or the date is not well formed.');
  const [, accessKeyId = '', day = '', region = ''] = found;
  if (!timestamp.startsWith(day)) return denied('The credential scope is of another day than the request.');
  return ok({
    accessKeyId,
    scope: { timestamp, region },
    signedAt,
    expiresAfterSeconds,
    signedHeaders: texts.signedHeaders.split(';'),
    signature: Buffer.from(texts.signature, 'hex'),
    payload,
    query,
  });
}

function parseTimestamp(text: string): Instant | null {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return null;
  const parsed = Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(parsed) ? null : instant(parsed);
}

const anonymous = () => denied('The request is not signed.');
const denied = (sentence: string) => refuse('AccessDenied', sentence);
