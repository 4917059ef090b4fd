import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { TrafficSample } from '#api';
import type { Clock } from '#kernel';
import { beats, whileRead } from '../live.ts';
import type { History } from './history.ts';
import { merge } from './merge.ts';
import { rounded } from './view.ts';

export type Listener = (sample: TrafficSample) => void;

/** Samples as they are made; `listen` returns how to end that. */
export interface Source {
  readonly history: Pick<History, 'last' | 'after'>;
  readonly listen: (listener: Listener) => () => void;
}

/**
 * Each new sample as a server-sent event whose id is the time of its end; first the last one, or for a client that goes on
 * (`Last-Event-ID`) those that it missed. What a slow reader has not taken yet is merged, so that it gets all requests and
 * nothing grows. A `beat` without data comes every five seconds.
 */
export function trafficStream(
  context: Context,
  clock: Clock,
  { history, listen }: Source,
  ended: AbortSignal,
): Response {
  const asked = Number.parseInt(context.req.header('last-event-id') ?? '', 10);
  return streamSSE(context, (stream) =>
    whileRead(stream, { clock, beat: beats.events, ended }, async (left) => {
      let waiting: TrafficSample | null = null;
      let come = Promise.withResolvers<undefined>();
      const wake = () => come.resolve(undefined);
      left.addEventListener('abort', wake, { once: true });
      const unlisten = listen((sample) => {
        waiting = waiting === null ? sample : merge(waiting, sample);
        wake();
      });
      const tell = (sample: TrafficSample) =>
        stream.writeSSE({ id: String(sample.at), data: JSON.stringify(rounded(sample)) });
      try {
        for (const sample of missed(history, asked)) if (!left.aborted) await tell(sample);
        while (!left.aborted) {
          await come.promise;
          come = Promise.withResolvers();
          const next: TrafficSample | null = waiting;
          waiting = null;
          if (next !== null) await tell(next);
        }
      } finally {
        unlisten();
      }
    }),
  );
}

function missed(history: Source['history'], after: number): readonly TrafficSample[] {
  const last = history.last();
  return Number.isNaN(after) ? (last === null ? [] : [last]) : history.after(after);
}
