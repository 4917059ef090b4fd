import type { RequestListener } from 'node:http';
import { isFromOutside, send, sendJson, sendProblem } from './answer.ts';
import { askAll, type Readiness } from './ready.ts';
import type { Host, Parts, Paths } from './service-types.ts';

/** What a platform asks of every service, by path. Nothing of it counts as a request of a user. */
export function probesOf(
  { name, paths }: { readonly name: string; readonly paths: Paths },
  parts: Parts,
  { settings, metrics, clock, stopping }: Host,
): ReadonlyMap<string, RequestListener> {
  const { version, revision } = settings;
  const alive = { status: 'ok', service: name, version, revision };
  // Any number of probes at the same time ask the dependencies once.
  let asking: Promise<Readiness> | null = null;
  const readiness = () => (asking ??= askAll(parts.ready ?? {}, clock).finally(() => (asking = null)));

  const health: RequestListener = (_, response) => sendJson(response, 200, alive);

  const ready = async (...[request, response]: Parameters<RequestListener>) => {
    const shown = stopping.aborted ? ending : await readiness();
    sendJson(response, shown.ready ? 200 : 503, isFromOutside(request) ? { ready: shown.ready } : shown);
  };

  const startup = async (...[, response]: Parameters<RequestListener>) => {
    const started = await Promise.resolve()
      .then(() => parts.started?.() ?? true)
      .catch(() => false);
    sendJson(response, started ? 200 : 503, { started });
  };

  const numbers = async (...[request, response]: Parameters<RequestListener>) => {
    if (isFromOutside(request))
      return sendProblem(response, 404, 'not_found', `There is no ${paths.metrics}.`);
    send(response, 200, await metrics.render(), {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    });
  };

  return new Map<string, RequestListener>([
    [paths.health, reading(health)],
    [paths.ready, reading(ready)],
    [paths.startup, reading(startup)],
    [paths.metrics, reading(numbers)],
  ]);
}

const ending: Readiness = { ready: false, checks: { service: { reason: 'it is stopping' } } };

/** Only GET and HEAD. What fails is answered, never thrown: a probe must not end the process. */
function reading(answer: (...of: Parameters<RequestListener>) => unknown): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendProblem(response, 405, 'method_not_allowed', 'Only GET.', { allow: 'GET, HEAD' });
    Promise.resolve(answer(request, response)).catch(() => {
      if (!response.headersSent) sendProblem(response, 500, 'unforeseen', 'The probe failed.');
    });
  };
}
