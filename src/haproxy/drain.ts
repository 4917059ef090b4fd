import { type Clock, fail, millis, ok, type Random, type Result } from '#kernel';
import type { DrainOutcome, DrainRequest } from '#router';
import type { Book } from './book.ts';
import type { Kind } from './config.ts';
import type { Runtime, Which } from './worker.ts';

interface Means {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const lookMillis = millis(20);

/**
 * Waits until nothing is open in these servers any more. Requests that take longer than they may are cut; WebSockets are
 * closed one by one, spread over their time. HAProxy cannot speak in a WebSocket: their callers see the connection
 * close, without a close frame. Servers that are routed again meanwhile are left alone.
 */
export async function drain(
  servers: () => Promise<
    Result<{ readonly numbers: readonly number[]; readonly processes: readonly Which[] }>
  >,
  { requestsMillis, websocketsMillis }: Pick<DrainRequest, 'requestsMillis' | 'websocketsMillis'>,
  means: Means,
): Promise<Result<DrainOutcome>> {
  const requests = drainRequests(servers, requestsMillis, means);
  const sockets = drainSockets(servers, websocketsMillis, means);
  const [first, second] = await Promise.all([requests, sockets]);
  if (!first.ok) return first;
  if (!second.ok) return second;
  if (means.signal.aborted) return fail('router_unreachable', { reason: 'the wait was given up' });
  return ok({ cut: first.value + second.value });
}

type Look = Parameters<typeof drain>[0];

interface Open {
  readonly which: Which;
  readonly id: string;
}

/** What is open in the servers, of some kinds of backends. */
async function openIn(
  look: Look,
  kinds: readonly Kind[],
  runtime: Runtime,
): Promise<Result<readonly Open[]>> {
  const asked = await look();
  if (!asked.ok) return asked;
  const names = new Set(asked.value.numbers.map((number) => `r${number}`));
  const open: Open[] = [];
  for (const which of asked.value.processes) {
    const streams = await runtime.streams(which);
    if (!streams.ok) {
      if (which === null) return streams;
      continue; // a process of before that has just ended
    }
    for (const { id, backend, server } of streams.value)
      if (names.has(server) && kinds.some((kind) => backend.endsWith(kind))) open.push({ which, id });
  }
  return ok(open);
}

async function drainRequests(
  look: Look,
  limit: number,
  { runtime, clock, signal }: Means,
): Promise<Result<number>> {
  const until = clock.now() + limit;
  for (;;) {
    const open = await openIn(look, ['h', 'x'], runtime);
    if (!open.ok) return open;
    if (open.value.length === 0 || signal.aborted) return ok(0);
    if (clock.now() >= until) return cut(open.value, runtime);
    await clock.sleep(lookMillis, signal);
  }
}

/** Each socket has its own part of the time and ends at a random moment within. */
async function drainSockets(look: Look, limit: number, means: Means): Promise<Result<number>> {
  const { runtime, clock, random, signal } = means;
  const began = clock.now();
  const first = await openIn(look, ['w'], runtime);
  if (!first.ok) return first;
  const part = limit / Math.max(1, first.value.length);
  let closed = 0;
  for (let turn = 0; ; turn += 1) {
    const due = began + (turn + random()) * part;
    while (clock.now() < due) {
      if (signal.aborted) return ok(closed);
      await clock.sleep(millis(Math.min(100, due - clock.now())), signal);
    }
    // Ids are addresses in memory and used again: each is looked up again before it is cut.
    const open = await openIn(look, ['w'], runtime);
    if (!open.ok) return open;
    if (open.value.length === 0 || signal.aborted) return ok(closed);
    const isLast = turn >= first.value.length - 1;
    const done = await cut(isLast ? open.value : open.value.slice(0, 1), runtime);
    if (!done.ok) return done;
    closed += done.value;
  }
}

async function cut(open: readonly Open[], runtime: Runtime): Promise<Result<number>> {
  for (const { which, id } of open) await runtime.ask(`shutdown session ${id}`, which);
  return ok(open.length);
}

/** The servers of some replicas that are on their way out. */
export const leavingOf = (book: Book, replicas: readonly string[]): readonly number[] =>
  book.servers.flatMap(({ number, replica, state }) =>
    state !== 'routed' && replicas.includes(replica) ? [number] : [],
  );
