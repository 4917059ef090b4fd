/**
 * Asks the planner. A newer question of the same kind takes the place of an older one, and one that was refused because of
 * too many requests is asked again when the planner says so.
 */

/** What went wrong, in words for the person. */
export class Refused extends Error {}

const underWay = new Map();

/**
 * @param {string} path such as /api/simulations
 * @param {object | Blob} body
 * @param {{ kind: string, onWait?: (seconds: number) => void }} options `kind`: of each kind only the newest goes on
 * @returns {Promise<Response | null>} null when a newer one took its place
 */
export async function ask(path, body, { kind, onWait }) {
  underWay.get(kind)?.abort();
  const controller = new AbortController();
  underWay.set(kind, controller);
  const isFile = body instanceof Blob;
  const request = {
    method: 'POST',
    headers: { 'content-type': isFile ? 'application/pdf' : 'application/json' },
    body: isFile ? body : JSON.stringify(body),
    signal: controller.signal,
  };
  try {
    for (;;) {
      const response = await fetch(path, request);
      if (response.ok) return response;
      const wait = Number(response.headers.get('retry-after'));
      if (![429, 503].includes(response.status) || !(wait > 0)) throw new Refused(await sentenceOf(response));
      onWait?.(wait);
      await pause(wait * 1_000, controller.signal);
    }
  } catch (reason) {
    if (controller.signal.aborted) return null;
    throw reason instanceof Refused
      ? reason
      : new Refused('The planner cannot be reached. Is there a network?');
  } finally {
    if (underWay.get(kind) === controller) underWay.delete(kind);
  }
}

async function sentenceOf(response) {
  const { detail } = await response.json().catch(() => ({}));
  return detail ?? `The planner answered with ${response.status}.`;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
