import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What one request carries through everything that is done for it. */
export interface RequestContext {
  /** The caller's x-request-id, or one made here. */
  readonly correlationId: string;
  readonly traceId: string;
  /** Of the span that answers this request. */
  readonly spanId: string;
  /** What is handed on: the trace with this request's span as the parent. https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
  readonly tracestate: string | null;
  /** Which arm of a release the caller asks for. */
  readonly arm: 'stable' | 'canary' | null;
  /** The client's address: the last entry of x-forwarded-for, or the peer where no proxy stands before the service. */
  readonly address: string | null;
  readonly method: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  /** The template of the route that answers, such as /orders/:id; empty until it is known. */
  route: string;
  userId?: string;
  tenantId?: string;
  clientId?: string;
}

const requests = new AsyncLocalStorage<RequestContext>();

/** The request that is being worked on; undefined outside of one. */
export const currentRequest = (): RequestContext | undefined => requests.getStore();

/** Does `work` for a request: whatever it begins finds the context. Also for jobs, with `contextOf` and their stored headers. */
export const withRequest = <T>(context: RequestContext, work: () => T): T => requests.run(context, work);

/** Says who asks, once that is known; for the log. */
export function identify(who: { userId?: string; tenantId?: string; clientId?: string }): void {
  const context = requests.getStore();
  if (context !== undefined) Object.assign(context, who);
}

/** Says which route answers, for the metrics; honoHandler and fastifyHandler do it by themselves. */
export function setRoute(template: string): void {
  const context = requests.getStore();
  if (context !== undefined) context.route = template;
}

/** The headers that carry the current request to the next service; none outside of a request. */
export function outgoingHeaders(): Record<string, string> {
  const context = requests.getStore();
  if (context === undefined) return {};
  const { correlationId, traceparent, tracestate, arm } = context;
  return {
    'x-request-id': correlationId,
    traceparent,
    ...(tracestate === null ? {} : { tracestate }),
    ...(arm === null ? {} : { 'x-fairway-arm': arm }),
  };
}

/** Continues the caller's trace, or begins one. What cannot be read is replaced. */
export function contextOf(
  request: Pick<IncomingMessage, 'headers' | 'method' | 'url'>,
  peer?: string,
): RequestContext {
  const { headers, method = 'GET', url = '/' } = request;
  const given = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(oneOf(headers['traceparent']));
  const isValid = given !== null && !/^0+$/.test(given[1] ?? '') && !/^0+$/.test(given[2] ?? '');
  const traceId = isValid ? (given[1] ?? '') : hex(16);
  const spanId = hex(8);
  const requestId = oneOf(headers['x-request-id']);
  const arm = headers['x-fairway-arm'];
  const state = oneOf(headers['tracestate']);
  const query = url.indexOf('?');
  return {
    correlationId: /^[!-~]{1,128}$/.test(requestId) ? requestId : `req-${randomUUID()}`,
    traceId,
    spanId,
    traceparent: `00-${traceId}-${spanId}-${isValid ? (given[3] ?? '01') : '01'}`,
    tracestate: isValid && state !== '' && state.length <= 512 ? state : null,
    arm: arm === 'stable' || arm === 'canary' ? arm : null,
    address: oneOf(headers['x-forwarded-for']).split(',').at(-1)?.trim() || (peer ?? null),
    method,
    path: query === -1 ? url : url.slice(0, query),
    route: '',
  };
}

const oneOf = (header: string | string[] | undefined) =>
  typeof header === 'string' ? header : (header?.join(',') ?? '');

const poolSize = 4_096;
let pool = Buffer.alloc(0);
let used = 0;

/** Random bytes as text. Drawn in one go for many requests: a draw is dear, ids are small. */
function hex(bytes: number): string {
  if (used + bytes > pool.length) {
    pool = randomBytes(poolSize);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
