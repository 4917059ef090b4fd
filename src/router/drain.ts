import { type Clock, millis, type Random } from '#kernel';
import type { Backend, OpenSocket } from './backend.ts';
import type { DrainOutcome, DrainRequest } from './contract.ts';

/**
 * Waits until nothing is open in replicas that have left the table. Requests that take longer than they may are cut;
 * WebSockets are ended one by one, spread over their time, so that their callers do not come back all at once. When the
 * signal is aborted it stops waiting and cuts nothing more.
 */
export async function drain(
  backends: readonly Backend[],
  { requestsMillis, websocketsMillis }: DrainRequest,
  { clock, random, signal }: { clock: Clock; random: Random; signal: AbortSignal },
): Promise<DrainOutcome> {
  const cuts = await Promise.all([
    ...backends.map((backend) => drainRequests(backend, requestsMillis, clock, signal)),
    drainSockets(
      backends.flatMap(({ sockets }) => [...sockets]),
      websocketsMillis,
      { clock, random, signal },
    ),
  ]);
  return { cut: cuts.reduce((sum, cut) => sum + cut, 0) };
}

/** Only what is open now: should the replica come back into the table, its new requests are left alone. */
async function drainRequests(
  backend: Backend,
  limit: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const open = [...backend.requests];
  const left = () => open.filter((request) => backend.requests.has(request));
  const isEmpty = new AbortController();
  const watch = () => {
    if (left().length === 0) isEmpty.abort();
  };
  backend.watchers.add(watch);
  watch();
  await clock.sleep(millis(limit), AbortSignal.any([isEmpty.signal, signal]));
  backend.watchers.delete(watch);
  if (signal.aborted) return 0;
  const late = left();
  for (const request of late) request.cut();
  return late.length;
}

/** Each socket has its own part of the time and ends at a random moment within. */
async function drainSockets(
  sockets: readonly OpenSocket[],
  limit: number,
  { clock, random, signal }: { clock: Clock; random: Random; signal: AbortSignal },
): Promise<number> {
  const part = limit / Math.max(1, sockets.length);
  const outcomes = await Promise.all(
    sockets.map(async (socket, index) => {
      await clock.sleep(millis((index + random()) * part), signal);
      return signal.aborted ? 'ended' : socket.end();
    }),
  );
  return outcomes.filter((outcome) => outcome === 'cut').length;
}
