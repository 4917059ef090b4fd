import type { HttpBindings } from '@hono/node-server';
import type { Context, ErrorHandler, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { routePath } from 'hono/route';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Clock, Random } from './clock.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { messageOf } from './result.ts';
import { traceIdOf, type Trail, trailOf } from './trace.ts';

/** What every request carries through a service's handlers. */
export interface Web {
  Bindings: HttpBindings;
  Variables: { trail: Trail };
}

/** An answer that says what is wrong: RFC 9457 problem details, with a code for programs. */
export function problem(c: Context, status: ContentfulStatusCode, code: string, detail: string): Response {
  c.header('content-type', 'application/problem+json');
  return c.body(
    JSON.stringify({ type: 'about:blank', title: titles[status] ?? 'Failed', status, code, detail }),
    status,
  );
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Gives each request its trail, and counts, measures and logs it. */
export function observed(world: { clock: Clock; log: Log; metrics: Metrics }): MiddlewareHandler<Web> {
  const seconds = world.metrics.histogram(
    'http_server_request_duration_seconds',
    'Time from the request to its answer.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  return async (c, next) => {
    const trail = trailOf((name) => c.req.header(name));
    c.set('trail', trail);
    const begun = world.clock.now();
    await next();
    const took = world.clock.now() - begun;
    const { status } = c.res;
    const route = routePath(c, -1);
    c.header('x-request-id', trail.requestId);
    seconds(took / 1_000, { method: c.req.method, route, status: String(status) });
    world.log[status >= 500 ? 'warning' : 'info']('request', {
      method: c.req.method,
      path: c.req.path,
      status,
      took_ms: took,
      request_id: trail.requestId,
      trace_id: traceIdOf(trail),
    });
  };
}

/** What nobody foresaw: logged with its stack, answered without. */
export function onUnforeseen(log: Log): ErrorHandler<Web> {
  return (reason, c) => {
    if (reason instanceof HTTPException) return reason.getResponse();
    log.error('unforeseen', { request_id: c.get('trail').requestId, reason });
    if (isOutage(reason)) return problem(c, 503, 'database_away', 'The database does not answer. Try again.');
    return problem(c, 500, 'unforeseen', 'This should not have happened. It is logged under the request id.');
  };
}

/** Postgres cancelled the statement, gave up a lock, stops or starts; or there is no connection, or none in time. */
function isOutage(reason: unknown): boolean {
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  const isTold = ['57014', '55P03', '57P01', '57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(code);
  return isTold || /timeout exceeded|Query read timeout|Connection terminated/.test(messageOf(reason));
}

/**
 * Makes a version bad on purpose: this share of the users' requests is answered with 500, and all come late. Checks, which name
 * the revision they ask, are not failed: it is the kind of fault that no probe knows. For demonstrations of a release that
 * goes back; it does nothing unless FAULT_ERROR_SHARE or FAULT_DELAY_MILLIS is set.
 */
export function faults(options: {
  readonly errorShare: number;
  readonly delayMillis: number;
  readonly clock: Clock;
  readonly random: Random;
}): MiddlewareHandler<Web> {
  return async (c, next) => {
    if (options.delayMillis > 0) await options.clock.sleep(options.delayMillis, c.req.raw.signal);
    const isCheck = c.req.header('x-fairway-arm') !== undefined;
    if (!isCheck && options.errorShare > 0 && options.random() < options.errorShare) {
      return problem(c, 500, 'fault', 'A fault that was asked for with FAULT_ERROR_SHARE.');
    }
    return next();
  };
}
