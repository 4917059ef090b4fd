import type { StreamingApi } from 'hono/utils/stream';
import { type Clock, millis } from '#kernel';

/** A reader that has heard nothing for three of these may take the connection for dead. */
const beatEvery = millis(5_000);

/** How a stream says that it is alive: pages cannot see a comment, and programs skip an event or a line without data. */
export const beats = { events: 'event: beat\ndata:\n\n', lines: '\n' } as const;

/**
 * Runs `work` for a stream and says now and then that it is alive. The signal is aborted as soon as the reader leaves, or when
 * `ended` is: what `work` waits for must end with it.
 */
export async function whileRead(
  stream: StreamingApi,
  options: { readonly clock: Clock; readonly beat: string; readonly ended?: AbortSignal | undefined },
  work: (left: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock, beat, ended } = options;
  const left = new AbortController();
  const leave = () => left.abort();
  stream.onAbort(leave);
  if (stream.aborted || ended?.aborted === true) leave();
  ended?.addEventListener('abort', leave, { once: true });
  const beating = beatUntil(left.signal, stream, clock, beat);
  try {
    await work(left.signal);
  } finally {
    leave();
    ended?.removeEventListener('abort', leave);
    await beating;
  }
}

async function beatUntil(left: AbortSignal, stream: StreamingApi, clock: Clock, beat: string): Promise<void> {
  while (!left.aborted) {
    await clock.sleep(beatEvery, left);
    // One at a time: a reader that does not read is not sent beats without end.
    if (!left.aborted) await stream.write(beat);
  }
}
