import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { type Failure, millis } from '#kernel';
import type { Digests } from './digest.ts';
import { beats, whileRead } from './live.ts';
import { isOurs, readEnvironment, type ReadingOptions } from './reading.ts';
import { createNarrator } from './timeline.ts';

export { createLogStream } from './logs.ts';

const pageSize = 200;
/** Every commit wakes us; this is for what a commit might be missed by. */
const quietFor = millis(15_000);
/** How often the store is asked for what another control plane wrote: nobody tells us of it. */
const pollEvery = millis(1_000);
/** What a line says depends on those before it: so many are read again where a client goes on. */
const lookBack = 50;

/**
 * The journal as server-sent events: the id is the sequence, so that a client that lost us goes on where it was
 * (`Last-Event-ID`, or `?after=`). `?follow=false` ends after what is there now; otherwise a `beat` without data comes every
 * five seconds, so that a page notices a dead connection.
 */
export function eventStream(
  context: Context,
  options: ReadingOptions & { readonly digests: Digests },
  environment: string,
  explain: (failure: Failure) => string,
): Response {
  const { engine, clock, inCharge, digests } = options;
  const asked = context.req.header('last-event-id') ?? context.req.query('after') ?? '0';
  const follow = context.req.query('follow') !== 'false';
  let last = Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Number.parseInt(asked, 10) || 0));
  return streamSSE(context, (stream) =>
    whileRead(stream, { clock, beat: beats.events }, async (left) => {
      const narrator = createNarrator(
        async (rollout) => digests.planOf(await readEnvironment(options, environment), rollout),
        explain,
      );
      const before = await engine.entries(
        environment,
        Math.max(0, last - lookBack),
        Math.min(last, lookBack),
      );
      for (const entry of before) if (entry.sequence <= last) await narrator.tell(entry);
      let changed = new AbortController();
      const unsubscribe = engine.subscribe((name) => {
        if (name === environment) changed.abort();
      });
      left.addEventListener('abort', () => changed.abort(), { once: true });
      try {
        while (!left.aborted) {
          changed = new AbortController(); // before the look: what is written after it wakes us
          const entries = await engine.entries(environment, last, pageSize);
          for (const entry of entries) {
            await stream.writeSSE({
              id: String(entry.sequence),
              data: JSON.stringify(await narrator.tell(entry)),
            });
            last = entry.sequence;
          }
          if (entries.length === pageSize) continue;
          if (!follow) return;
          await clock.sleep(isOurs(inCharge, environment, clock) ? quietFor : pollEvery, changed.signal);
        }
      } finally {
        unsubscribe();
      }
    }),
  );
}
