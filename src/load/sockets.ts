import { WebSocket } from 'ws';
import { millis } from '#kernel';
import type { PlannedSockets } from './plan.ts';
import type { Tally } from './tally.ts';
import { cookieHeader, rememberCookies, type VirtualUser } from './user.ts';
import type { LoadWorld } from './world.ts';

/** Closes that ask the client to come again: going away, service restart (RFC 6455 section 7.4 and the IANA registry). */
const politeCloses: readonly number[] = [1001, 1012];
const openingSpread = 2; // milliseconds per socket: a thousand at the same moment is not what users do
const closingGrace = millis(500);

/** Holds the planned number of sockets open until `ending` is aborted; resolves when all are closed. */
export async function holdSockets(
  plan: PlannedSockets,
  place: { readonly url: string; readonly timeout: number },
  users: readonly [VirtualUser, ...VirtualUser[]],
  { world, tally, ending }: { world: LoadWorld; tally: Tally; ending: AbortSignal },
): Promise<void> {
  const { clock, random } = world;
  await Promise.all(
    Array.from({ length: plan.count }, async (_, index) => {
      const user = users[index % users.length] ?? users[0];
      await clock.sleep(millis(random() * plan.count * openingSpread), ending);
      let opened = 0;
      while (!ending.aborted) {
        const gone = await oneConnection(plan, place, user, { world, tally, ending, again: opened > 0 });
        if (gone.opened) opened += 1;
        const soon = politeCloses.includes(gone.code);
        await clock.sleep(millis(soon ? 50 + random() * 450 : 500 + random() * 1_000), ending);
      }
    }),
  );
}

interface Gone {
  readonly opened: boolean;
  readonly code: number;
}

async function oneConnection(
  plan: PlannedSockets,
  { url, timeout }: { readonly url: string; readonly timeout: number },
  user: VirtualUser,
  { world, tally, ending, again }: { world: LoadWorld; tally: Tally; ending: AbortSignal; again: boolean },
): Promise<Gone> {
  const cookies = user.cookies.size > 0 ? { cookie: cookieHeader(user) } : {};
  const socket = new WebSocket(url, {
    headers: { ...plan.headers, ...cookies },
    handshakeTimeout: timeout,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const gone = new AbortController();
  let opened = false;
  let problem = 'the connection ended without a close frame';
  socket.on('upgrade', ({ headers }) => rememberCookies(user, headers['set-cookie'], world.clock));
  socket.on('error', (reason) => (problem = reason.message));
  socket.on('message', () => (tally.sockets.messages += 1));
  socket.on('open', () => {
    opened = true;
    tally.sockets.opened += 1;
    tally.sockets.open += 1;
    if (again) tally.sockets.reopened += 1;
  });
  const closed = new Promise<Gone>((resolve) => {
    socket.once('close', (code) => {
      gone.abort();
      if (opened) tally.sockets.open -= 1;
      resolve({ opened, code });
    });
  });
  const [outcome] = await Promise.all([
    closed,
    talk(socket, plan.traffic, { world, gone: gone.signal }, (silent) => {
      if (silent < timeout) return;
      problem = `no ping was answered for ${Math.round(silent)} ms`;
      socket.terminate();
    }),
    closeAtEnd(socket, world, ending, gone.signal),
  ]);
  if (!ending.aborted) countClose(tally, outcome, `GET ${plan.path}`, problem);
  return outcome;
}

function countClose(tally: Tally, { opened, code }: Gone, request: string, problem: string): void {
  if (!opened) tally.socketFailed('socket_not_opened', request, problem);
  else if (code === 1006) tally.socketFailed('socket_cut', request, problem);
  else tally.sockets.closed[code] = (tally.sockets.closed[code] ?? 0) + 1;
}

/** What is said on an open socket until it is gone; `onSilence` is told for how long (ms) pings have had no answer. */
async function talk(
  socket: WebSocket,
  traffic: PlannedSockets['traffic'],
  { world, gone }: { readonly world: LoadWorld; readonly gone: AbortSignal },
  onSilence: (millis: number) => void,
): Promise<void> {
  if (traffic.kind === 'none') return;
  let unanswered = 0;
  let askedFirst = 0;
  socket.on('pong', () => (unanswered = 0));
  while (!gone.aborted) {
    await world.clock.sleep(traffic.every, gone);
    if (socket.readyState !== WebSocket.OPEN) continue;
    if (traffic.kind === 'message') {
      socket.send(traffic.text);
      continue;
    }
    // One may be unanswered because we were busy ourselves, and its answer lies unread; two are not.
    if (unanswered >= 2) onSilence(world.monotonic() - askedFirst);
    if (socket.readyState !== WebSocket.OPEN) continue;
    if (unanswered === 0) askedFirst = world.monotonic();
    unanswered += 1;
    socket.ping();
  }
}

/** At the end of the run: a close frame, a short grace, then a cut. */
async function closeAtEnd(
  socket: WebSocket,
  { clock }: LoadWorld,
  ending: AbortSignal,
  gone: AbortSignal,
): Promise<void> {
  await eitherAborted(ending, gone);
  if (gone.aborted) return;
  if (socket.readyState === WebSocket.OPEN) {
    socket.close(1000);
    await clock.sleep(closingGrace, gone);
  }
  if (!gone.aborted) socket.terminate();
}

function eitherAborted(one: AbortSignal, other: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      one.removeEventListener('abort', done);
      other.removeEventListener('abort', done);
      resolve();
    };
    if (one.aborted || other.aborted) return done();
    one.addEventListener('abort', done);
    other.addEventListener('abort', done);
  });
}
