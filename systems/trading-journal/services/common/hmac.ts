import { createHmac, timingSafeEqual } from 'node:crypto';
import { fail, ok, type Result } from './result.ts';

export const signatureHeader = 'x-journal-signature';
const skewMillis = 5 * 60_000;

/** `t=<milliseconds>,v1=<hex>`: HMAC-SHA-256 over the time, a point and the body. */
export function signBody(secret: string, body: string | Buffer, now: number): string {
  return `t=${now},v1=${digest(secret, now, body)}`;
}

/**
 * Whether the body was signed with one of the secrets not longer ago than the skew. All secrets are tried, in constant
 * time each. Failures: `signature_missing`, `signature_old`, `signature_wrong`.
 */
export function verifyBody(
  secrets: readonly string[],
  body: Buffer,
  header: string | undefined,
  now: number,
): Result<null> {
  const match = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/.exec(header ?? '');
  if (match === null)
    return fail('signature_missing', `The request has no header ${signatureHeader}: t=…,v1=….`);
  const time = Number(match[1]);
  const given = Buffer.from(match[2] ?? '', 'hex');
  const matches = secrets.map((secret) =>
    timingSafeEqual(given, Buffer.from(digest(secret, time, body), 'hex')),
  );
  if (!matches.includes(true)) return fail('signature_wrong', 'The signature does not fit the body.');
  if (Math.abs(now - time) > skewMillis)
    return fail('signature_old', 'The signature is not of the last 5 minutes.');
  return ok(null);
}

function digest(secret: string, time: number, body: string | Buffer): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
}

/** Compares texts of any length in constant time for equal lengths. */
export function equalTexts(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
