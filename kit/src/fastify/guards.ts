import { Readable } from 'node:stream';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onSendAsyncHookHandler,
  preHandlerAsyncHookHandler,
  preParsingAsyncHookHandler,
} from 'fastify';
import type { Clock } from '../clock.ts';
import {
  idempotencyKey,
  isKeptHeader,
  isReading,
  keyMissing,
  largestBody,
  rateLimitHeaders,
  type Refusal,
  replayedHeader,
  tooLarge,
  tooMany,
} from '../guard.ts';
import { verify } from '../hmac.ts';
import type { Idempotency, Idempotent, KeptAnswer } from '../idempotency.ts';
import type { RateLimit } from '../rate-limit.ts';
import { problem } from './problem.ts';

/** A preHandler: takes one token per request from the bucket of `keyOf`; without one 429. */
export function rateLimited(
  rateLimit: RateLimit,
  keyOf: (request: FastifyRequest) => string,
): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const taken = await rateLimit.take(keyOf(request));
    reply.headers(rateLimitHeaders(rateLimit, taken));
    return taken.allowed ? undefined : refused(reply, tooMany(taken));
  };
}

/** A preParsing hook: lets pass what was signed with one of the secrets (see `sign`); otherwise 401. */
export function signed({
  largest = largestBody,
  ...rules
}: {
  readonly secrets: readonly string[];
  readonly skew?: number;
  readonly clock: Clock;
  readonly largest?: number;
}): preParsingAsyncHookHandler {
  return async (request, reply, payload) => {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of payload) {
      const bytes = Buffer.from(part as Uint8Array);
      length += bytes.length;
      if (length > largest) return refused(reply, tooLarge(largest));
      parts.push(bytes);
    }
    const body = Buffer.concat(parts);
    const { method, originalUrl: path, headers } = request;
    const verified = verify(rules, { method, path, body, headers });
    if (!verified.ok) return refused(reply, { status: 401, code: verified.code, detail: verified.sentence });
    return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
  };
}

interface Waiting {
  readonly keep: (answer: KeptAnswer) => void;
  readonly outcome: Promise<Idempotent>;
}

/**
 * Makes the routes of this app idempotent that change something: done once per Idempotency-Key and owner; the same request
 * again gets the same answer. Call it within a plugin to cover the routes of that plugin only.
 */
export function idempotent(
  app: FastifyInstance,
  idempotency: Idempotency,
  ownerOf: (request: FastifyRequest) => string,
): void {
  const waiting = new WeakMap<FastifyReply, Waiting>();

  const claim: preHandlerAsyncHookHandler = async (request, reply) => {
    if (isReading(request.method)) return;
    const header = request.headers['idempotency-key'];
    const key = idempotencyKey(typeof header === 'string' ? header : undefined);
    if (key === null) return refused(reply, keyMissing);
    const { method, originalUrl: path } = request;
    const body = JSON.stringify(request.body ?? null);
    const answered = Promise.withResolvers<KeptAnswer>();
    const ours = Promise.withResolvers<null>();
    const outcome = idempotency.run({ owner: ownerOf(request), key, method, path, body }, () => {
      ours.resolve(null);
      return answered.promise;
    });
    const known = await Promise.race([ours.promise, outcome]);
    if (known === null) waiting.set(reply, { keep: answered.resolve, outcome });
    else return sendKnown(reply, known);
  };

  /** The answer goes out when it is kept: who asks again after it finds it. */
  const keep: onSendAsyncHookHandler = async (_, reply, payload) => {
    const found = waiting.get(reply);
    if (found === undefined) return payload;
    const body =
      typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString('utf8') : '';
    found.keep({ status: reply.statusCode, headers: keptHeaders(reply), body });
    await found.outcome.catch(() => null); // the effect is there, only its answer is not kept
    return payload;
  };

  app.addHook('preHandler', claim);
  app.addHook('onSend', keep);
}

function sendKnown(reply: FastifyReply, known: Idempotent): FastifyReply {
  if (known.ok) {
    const { status, headers, body } = known.answer;
    return reply.code(status).headers(headers).header(replayedHeader, 'true').serializer(String).send(body);
  }
  if (known.status === 409) reply.header('retry-after', '1');
  return refused(reply, { status: known.status, code: known.code, detail: known.sentence });
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  const headers = Object.entries(reply.getHeaders()).filter(([name]) => isKeptHeader(name));
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
}

const refused = (reply: FastifyReply, { status, code, detail }: Refusal) =>
  problem(reply, status, code, detail);
