import type { Context } from 'hono';
import { streamSSE, streamText } from 'hono/streaming';
import type { Engine, Runner } from '#engine';
import { type Clock, type Failure, millis } from '#kernel';
import { timelineEntry } from './timeline.ts';

const pageSize = 200;
const heartbeat = millis(15_000);

/**
 * The journal as server-sent events: the id is the sequence, so that a client that lost us goes on where it was
 * (`Last-Event-ID`, or `?after=`). `?follow=false` ends after what is there now.
 */
export function eventStream(
  context: Context,
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
  environment: string,
  explain: (failure: Failure) => string,
): Response {
  const asked = context.req.header('last-event-id') ?? context.req.query('after') ?? '0';
  const follow = context.req.query('follow') !== 'false';
  let last = Math.max(0, Number.parseInt(asked, 10) || 0);
  return streamSSE(context, async (stream) => {
    let changed = new AbortController();
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
          data: JSON.stringify(timelineEntry(entry, explain)),
        });
        last = entry.sequence;
      }
      if (entries.length === pageSize) continue;
      if (!follow || stream.aborted) break;
      await clock.sleep(heartbeat, changed.signal);
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
