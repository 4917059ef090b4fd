import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sendProblem } from './answer.ts';
import { contextOf, type RequestContext, withRequest } from './context.ts';
import type { LogFormat } from './log.ts';
import type { Handler, Host } from './service-types.ts';

/** Bounds in seconds that OpenTelemetry advises for durations of requests. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Gives each request its context, and counts, measures and logs it. What the handler throws becomes a 500. */
export function observed(handler: Handler, host: Host, format: LogFormat): RequestListener {
  const { metrics, log, settings, tracing } = host;
  const seconds = metrics.histogram(
    'http_server_request_duration_seconds',
    'Time from a request to the end of its answer.',
    bounds,
    ['http_request_method', 'http_route', 'http_response_status_code'],
  );
  const finished = (context: RequestContext, response: ServerResponse, took: number) => {
    const status = response.headersSent ? response.statusCode : gone;
    const { method, route, path } = context;
    seconds(took / 1_000, {
      http_request_method: methods.has(method) ? method : '_OTHER',
      http_route: route,
      http_response_status_code: String(status),
    });
    if (!settings.logRequests) return;
    const duration_ms = Math.round(took * 10) / 10;
    const outcome =
      format === 'operation'
        ? { operation: `${method} ${route === '' ? path : route}`, duration_ms, success: status < 500 }
        : { method, path, status, duration_ms };
    log[status >= 500 ? 'warning' : 'info']('request', outcome);
  };

  return (request, response) => {
    const begun = performance.now();
    const context = contextOf(request, request.socket.remoteAddress);
    response.setHeader('x-request-id', context.correlationId);
    tracing.serve(context, request, response);
    response.once('close', () =>
      withRequest(context, () => finished(context, response, performance.now() - begun)),
    );
    withRequest(context, () => safely(handler, request, response, host));
  };
}

/** The client went before there was an answer; nginx's number for it. */
const gone = 499;

/** Methods the semantic conventions know; any other text would make a series of its own. */
const methods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'],
]);

function safely(handler: Handler, request: IncomingMessage, response: ServerResponse, { log }: Host): void {
  const failed = (reason: unknown) => {
    log.error('unforeseen', { reason });
    if (response.headersSent) response.destroy();
    else
      sendProblem(
        response,
        500,
        'unforeseen',
        'This should not have happened. It is logged under the request id.',
      );
  };
  try {
    const outcome = handler(request, response);
    if (outcome instanceof Promise) outcome.catch(failed);
  } catch (reason) {
    failed(reason);
  }
}
