import type { Context } from 'hono';
import { streamSSE, streamText } from 'hono/streaming';
import type { Runner } from '#engine';
import { type Failure, millis } from '#kernel';
import type { Digests } from './digest.ts';
import { isOurs, readEnvironment, type ReadingOptions } from './reading.ts';
import { createNarrator } from './timeline.ts';

const pageSize = 200;
const heartbeat = millis(15_000);
/** How often the store is asked for what another control plane wrote: nobody tells us of it. */
const pollEvery = millis(1_000);
/** What a line says depends on those before it: so many are read again where a client goes on. */
const lookBack = 50;

/**
 * The journal as server-sent events: the id is the sequence, so that a client that lost us goes on where it was
 * (`Last-Event-ID`, or `?after=`). `?follow=false` ends after what is there now.
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
  let last = Math.max(0, Number.parseInt(asked, 10) || 0);
  return streamSSE(context, async (stream) => {
    let changed = new AbortController();
    const narrator = createNarrator(
      async (rollout) => digests.planOf(await readEnvironment(options, environment), rollout),
      explain,
    );
    const before = await engine.entries(environment, Math.max(0, last - lookBack), Math.min(last, lookBack));
    for (const entry of before) if (entry.sequence <= last) await narrator.tell(entry);
    const unsubscribe = engine.subscribe((name) => {
      if (name === environment) changed.abort();
    });
    stream.onAbort(() => changed.abort());
    while (!stream.aborted) {
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
      if (!follow || stream.aborted) break;
      await clock.sleep(isOurs(inCharge, environment, clock) ? heartbeat : pollEvery, changed.signal);
      if (!stream.aborted && !changed.signal.aborted) await stream.write(': still here\n\n');
    }
    unsubscribe();
  });
}

/** Lines of services as text; `?follow=true` goes on until the client leaves. */
export function logStream(context: Context, runner: Runner): Response {
  const service = context.req.query('service') ?? null;
  const lines = Math.min(10_000, Math.max(0, Number.parseInt(context.req.query('lines') ?? '100', 10) || 0));
  const follow = context.req.query('follow') === 'true';
  return streamText(context, async (stream) => {
    const left = new AbortController();
    stream.onAbort(() => left.abort());
    for await (const line of runner.target.logs({ service, lines, follow }, left.signal)) {
      await stream.writeln(JSON.stringify(line));
    }
  });
}
