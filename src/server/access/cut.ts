import type { Clock } from '#kernel';

/** How old the knowledge may be that somebody may still look, in milliseconds. */
const checkEvery = 2_000;

/**
 * An answer that goes on for long, cut as soon as who asked for it may not any more: asked before a piece is passed on, so
 * that nothing is told to somebody whose token was revoked more than two seconds before. Null: the answer is a short one.
 */
export function whileGood(response: Response, clock: Clock, isGood: () => Promise<boolean>): Response | null {
  const { body } = response;
  if (body === null || !isLong(response.headers.get('content-type') ?? '')) return null;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  let checkedAt = clock.now();
  const stillGood = async () => {
    if (clock.now() - checkedAt < checkEvery) return true;
    checkedAt = clock.now();
    return isGood().catch(() => false); // where it cannot be known, who comes back is asked again
  };
  const cut = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done && (await stillGood())) return controller.enqueue(value);
      if (!done) await reader.cancel();
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(cut, response);
}

const isLong = (type: string) => /^(?:text\/event-stream|application\/x-ndjson|text\/plain)/.test(type);
