import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.ts';

export const timestampHeader = 'x-timestamp';
export const signatureHeader = 'x-signature';

/** What a signature covers: a changed method, path, query or body is noticed. */
export interface SignedRequest {
  readonly method: string;
  /** With the query, as it stands in the request line: `/v1/coach?lang=de`. */
  readonly path: string;
  /** As sent, not parsed. */
  readonly body?: string | Uint8Array;
}

/** HTTP header fields by their names in lower case. */
export type SignatureHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Verified =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: 'signature_missing' | 'signature_wrong' | 'signature_old';
      readonly sentence: string;
    };

/** The two header fields that show who made this request and when (HMAC-SHA-256, RFC 2104; milliseconds since 1970). */
export function sign(
  request: SignedRequest & { readonly secret: string; readonly clock: Clock },
): Record<string, string> {
  const timestamp = String(Math.trunc(request.clock.now()));
  return {
    [timestampHeader]: timestamp,
    [signatureHeader]: `v1=${digest(request.secret, timestamp, request).toString('hex')}`,
  };
}

/**
 * Whether the request was signed with one of the secrets within the skew, in milliseconds, of our own time. All secrets
 * are tried, so that a new one can be introduced before the old one is dropped. Within the skew a recorded request can be
 * sent again: what must not happen twice needs an Idempotency-Key as well.
 */
export function verify(
  rules: { readonly secrets: readonly string[]; readonly skew?: number; readonly clock: Clock },
  request: SignedRequest & { readonly headers: SignatureHeaders },
): Verified {
  const { secrets, skew = 5 * 60_000, clock } = rules;
  const timestamp = textOf(request.headers[timestampHeader]);
  const signature = /^v1=([0-9a-f]{64})$/.exec(textOf(request.headers[signatureHeader]))?.[1];
  if (signature === undefined || !/^\d{1,15}$/.test(timestamp)) {
    const sentence = `The request needs the header fields ${timestampHeader} (milliseconds) and ${signatureHeader} (v1=…).`;
    return { ok: false, code: 'signature_missing', sentence };
  }
  const given = Buffer.from(signature, 'hex');
  // An empty one, as of a variable that is there and has no value, everybody knows.
  const known = secrets.filter((secret) => secret !== '');
  const matches = known.map((secret) => timingSafeEqual(given, digest(secret, timestamp, request)));
  if (!matches.includes(true)) {
    return { ok: false, code: 'signature_wrong', sentence: 'The signature does not fit the request.' };
  }
  if (Math.abs(clock.now() - Number(timestamp)) > skew) {
    const sentence = `The signature is more than ${skew / 1_000} seconds away from our time.`;
    return { ok: false, code: 'signature_old', sentence };
  }
  return { ok: true };
}

function digest(secret: string, timestamp: string, { method, path, body = '' }: SignedRequest): Buffer {
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const text = [timestamp, method.toUpperCase(), path, bodyHash].join('\n');
  return createHmac('sha256', secret).update(text).digest();
}

const textOf = (field: string | readonly string[] | undefined): string =>
  typeof field === 'string' ? field : '';
