import { sendProblem } from './answer.ts';
import type { Handler, Host } from './service-types.ts';

/**
 * Makes a version bad on purpose, to see a release go back: this share of users' requests is answered with 500, and all come
 * late. Checks, which name the arm they ask, are spared: it is the kind of fault that no probe knows.
 */
export function withFaults(handler: Handler, { settings, clock, random }: Host): Handler {
  const { faultErrorShare, faultDelayMillis } = settings;
  if (faultErrorShare === 0 && faultDelayMillis === 0) return handler;
  return async (request, response) => {
    if (request.headers['x-fairway-arm'] !== undefined) return handler(request, response);
    if (faultDelayMillis > 0) await clock.sleep(faultDelayMillis);
    if (response.destroyed) return;
    if (faultErrorShare > 0 && random() < faultErrorShare)
      return sendProblem(response, 500, 'fault', 'A fault that was asked for with FAULT_ERROR_SHARE.');
    return handler(request, response);
  };
}
