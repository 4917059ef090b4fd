import type { RequestListener } from 'node:http';
import { isFromOutside, sendJson, sendProblem } from './answer.ts';
import type { Log } from './log.ts';
import type { Consumer, Paths } from './service-types.ts';

/**
 * The controls by which a platform makes sure that no job is done by two versions: the passive one is paused before the
 * active one begins. Only for inside, and only by POST.
 */
export function controlsOf(
  consumer: Consumer | undefined,
  paths: Paths,
  log: Log,
): ReadonlyMap<string, RequestListener> {
  if (consumer === undefined) return new Map();
  const control =
    (paused: boolean) =>
    async (...[request, response]: Parameters<RequestListener>) => {
      if (isFromOutside(request)) return sendProblem(response, 404, 'not_found', 'There is nothing here.');
      if (request.method !== 'POST')
        return sendProblem(response, 405, 'method_not_allowed', 'Only POST.', { allow: 'POST' });
      await (paused ? consumer.pause() : consumer.resume());
      log.info(paused ? 'paused' : 'resumed');
      return sendJson(response, 200, { paused });
    };
  const answering =
    (work: ReturnType<typeof control>): RequestListener =>
    (request, response) => {
      work(request, response).catch((reason: unknown) => {
        log.error('the consumer did not obey', { reason });
        if (!response.headersSent) sendProblem(response, 500, 'unforeseen', 'The consumer did not obey.');
      });
    };
  return new Map([
    [paths.pause, answering(control(true))],
    [paths.resume, answering(control(false))],
  ]);
}
