import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, millis } from '#kernel';
import { answer } from '../answer.ts';
import { type Fault, tooLarge } from './faults.ts';
import type { ListenerSettings } from './settings.ts';

/** Watches bodies while they come: their size, their pace, and that they end soon once nobody wants them any more. */
export interface BodyGuard {
  watch(request: IncomingMessage, response: ServerResponse): void;
  /** Looks for the last time. */
  stop(): void;
}

interface Watched {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What its connection had read when the body began; and when the present window began. */
  readonly first: number;
  before: number;
  /** Milliseconds of the present window. */
  window: number;
  /** Milliseconds since the answer was complete. */
  lingered: number;
}

const longestLook = 1_000;

/**
 * One look at all bodies every second, instead of timers of each. What it finds it answers itself: for whoever passes
 * the request on, the caller has gone away, which is nobody's failure.
 */
export function guardBodies(settings: ListenerSettings, clock: Clock): BodyGuard {
  const watched = new Set<Watched>();
  const stopping = new AbortController();
  const step = Math.min(longestLook, settings.bodyMillis / 4, settings.lingerMillis / 2);

  async function look(): Promise<void> {
    while (watched.size > 0 && !stopping.signal.aborted) {
      await clock.sleep(millis(step), stopping.signal);
      for (const each of watched) if (!isPending(each, settings, step)) watched.delete(each);
    }
  }

  return {
    watch(request, response) {
      const first = request.socket.bytesRead;
      watched.add({ request, response, first, before: first, window: 0, lingered: 0 });
      if (watched.size === 1) void look();
    },
    stop: () => stopping.abort(),
  };
}

/** Whether the body shall be looked at again. */
function isPending(each: Watched, settings: ListenerSettings, step: number): boolean {
  const { request, response } = each;
  if (request.complete || request.socket.destroyed) return false;
  const now = request.socket.bytesRead;
  if (response.writableFinished) {
    each.lingered += step;
    if (each.lingered < settings.lingerMillis) return true;
    request.socket.destroy();
    return false;
  }
  if (now - each.first > settings.body) return giveUp(each, tooLarge(settings));
  // While we do not read, because the replica does not, the caller cannot send.
  const isHeldBack = request.readableLength > 0;
  each.window = isHeldBack ? 0 : each.window + step;
  if (isHeldBack || now - each.before >= settings.bodyBytes) {
    if (isHeldBack || each.window >= settings.bodyMillis) [each.window, each.before] = [0, now];
    return true;
  }
  return each.window < settings.bodyMillis || giveUp(each, tooSlow);
}

function giveUp({ request, response }: Watched, { status, sentence }: Fault): false {
  if (response.headersSent) request.socket.destroy();
  else answer(response, status, sentence, { connection: 'close' });
  return false;
}

const tooSlow: Fault = { status: 408, sentence: 'the body of the request did not come in time' };
