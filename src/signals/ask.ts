import { request } from 'undici';
import { type Clock, fail, type Millis, ok, type Result } from '#kernel';

export interface Ask {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly accept: string;
  readonly form?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export interface AskLimits {
  readonly clock: Clock;
  readonly atMost: Millis;
  readonly signal: AbortSignal;
}

const mostBytes = 4 * 1_048_576;

/**
 * Asks over HTTP, once: no redirect is followed, since it might lead anywhere, and nobody is waited for beyond `atMost`.
 * Failures: `measure_unreachable` (facts: url, reason), `measure_too_late` (facts: url, waited), `measure_too_large` (facts:
 * url, limit).
 */
export async function ask(what: Ask, { clock, atMost, signal }: AskLimits): Promise<Result<Answer>> {
  const { url } = what;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(atMost, either).then(() => 'late' as const);
  try {
    const answer = await Promise.race([exchange(what, either), late]);
    return answer === 'late' ? fail('measure_too_late', { url, waited: atMost }) : answer;
  } catch (reason) {
    return fail('measure_unreachable', { url, reason: reasonOf(reason) });
  } finally {
    over.abort();
  }
}

async function exchange({ url, method, accept, form }: Ask, signal: AbortSignal): Promise<Result<Answer>> {
  const body = form === undefined ? null : new URLSearchParams(form).toString();
  const type = body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await request(url, {
    method,
    body,
    signal,
    // A kept connection would hold up a replica that waits for its connections before it ends.
    reset: true,
    // A page in another encoding could grow beyond any limit when it is unpacked.
    headers: { accept, 'accept-encoding': 'identity', 'user-agent': 'fairway-measure', ...type },
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return fail('measure_too_large', { url, limit: mostBytes });
    chunks.push(chunk);
  }
  const contentType = response.headers['content-type'];
  return ok({
    status: response.statusCode,
    contentType: typeof contentType === 'string' ? contentType : '',
    text: Buffer.concat(chunks).toString('utf8'),
  });
}

function reasonOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  // Several addresses were tried: the error itself says nothing.
  const inner = reason instanceof AggregateError ? (reason.errors as unknown[])[0] : reason;
  return inner instanceof Error && inner.message !== '' ? inner.message : reason.name;
}
