import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { sendProblem } from './answer.ts';
import type { Host, Parts } from './service-types.ts';

/** What a server has under way. */
export interface UnderWay {
  readonly responses: ReadonlySet<ServerResponse>;
  /** Connections that are no longer HTTP, as WebSockets. */
  readonly upgraded: ReadonlySet<Duplex>;
  /** Resolves as soon as no response is open. */
  empty(): Promise<void>;
}

/**
 * Watches what is under way; called when all that serves is attached. Once stopping, each answer says that its connection ends, so that
 * no other request is sent on it.
 */
export function watch(server: Server, stopping: AbortSignal): UnderWay {
  const responses = new Set<ServerResponse>();
  const upgraded = new Set<Duplex>();
  let onEmpty: (() => void)[] = [];
  server.prependListener('request', (_, response) => {
    responses.add(response);
    response.shouldKeepAlive &&= !stopping.aborted;
    response.once('close', () => {
      responses.delete(response);
      if (responses.size > 0) return;
      for (const tell of onEmpty) tell();
      onEmpty = [];
    });
  });
  // One listener, and node leaves every offer of another protocol to it: without anybody to answer, none would be.
  if (server.listenerCount('upgrade') > 0)
    server.prependListener('upgrade', (_, socket) => {
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
    });
  stopping.addEventListener('abort', () => {
    for (const response of responses) if (!response.headersSent) response.shouldKeepAlive = false;
  });
  return {
    responses,
    upgraded,
    empty: () => (responses.size === 0 ? Promise.resolve() : new Promise((resolve) => onEmpty.push(resolve))),
  };
}

export type Ending = 'finished' | 'cut';

/** Milliseconds for saying that it is over, and for closing what has to be closed. */
export const lastWords = 1_000;

/**
 * The end, `stopping` being aborted already: takes what still comes for a moment, stops accepting, finishes what is under way
 * within the grace, answers what takes longer with 503 (the caller may try again), and closes the rest.
 */
export async function shutDown(
  {
    server,
    underWay,
    parts,
    hurry,
  }: { server: Server; underWay: UnderWay; parts: Parts; hurry: AbortSignal },
  { settings, clock, log }: Host,
): Promise<Ending> {
  const { graceMillis, drainMillis } = settings;
  const over = new AbortController();
  const finishing = (async (): Promise<Ending> => {
    await clock.sleep(Math.min(drainMillis, graceMillis), hurry);
    server.close();
    await Promise.all([underWay.empty(), finishWork(parts)]);
    return 'finished';
  })();
  const grace = clock.sleep(graceMillis, AbortSignal.any([over.signal, hurry])).then((): Ending => 'cut');
  const ending = await Promise.race([finishing, grace]).catch((reason: unknown): Ending => {
    log.error('the end was not orderly', { reason });
    return 'cut';
  });
  // What the loser of the race has to say is of no use any more.
  finishing.catch(() => undefined);
  over.abort();
  server.close();
  refuse(underWay);
  await Promise.race([underWay.empty(), clock.sleep(lastWords)]);
  server.closeAllConnections();
  for (const socket of underWay.upgraded) socket.destroy();
  await within(lastWords, Promise.resolve(parts.close?.()), 'closing', { clock, log });
  return ending;
}

async function finishWork(parts: Parts): Promise<void> {
  await parts.consumer?.pause();
  await parts.finish?.();
}

/** Those without an answer yet get one that says: try again. Those that are being sent can only be cut. */
function refuse({ responses }: UnderWay): void {
  for (const response of responses) {
    if (response.headersSent) response.destroy();
    else {
      const headers = { 'retry-after': '1', connection: 'close' };
      sendProblem(response, 503, 'stopping', 'The service is being stopped. Try again.', headers);
      deafen(response);
    }
  }
}

/** Its handler does not know yet that it was answered: what it says now must not throw, wherever it says it. */
function deafen(response: ServerResponse): void {
  const same = () => response;
  const no = () => false;
  Object.assign(response, { writeHead: same, setHeader: same, appendHeader: same, removeHeader: same });
  Object.assign(response, { flushHeaders: same, end: same, write: no, writeContinue: same });
}

/** Waits for it, but not for long; what fails is told. */
export async function within(
  most: number,
  work: Promise<unknown>,
  what: string,
  { clock, log }: Pick<Host, 'clock' | 'log'>,
): Promise<void> {
  const done = new AbortController();
  const late = clock.sleep(most, done.signal).then(() => 'late');
  const outcome = await Promise.race([work.catch((reason: unknown) => ({ reason })), late]);
  done.abort();
  if (outcome === 'late') log.warning(`${what} took too long`);
  else if (typeof outcome === 'object' && outcome !== null && 'reason' in outcome)
    log.warning(`${what} failed`, { reason: outcome.reason });
}
