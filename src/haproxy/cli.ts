import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Clock, fail, type Millis, ok, type Result, seconds } from '#kernel';

/**
 * Says one command to a socket of HAProxy and returns its whole answer. The command may end in a payload. An answer takes
 * at most ten seconds. Failure: `router_unreachable` (facts: reason).
 */
export async function say(
  folder: string,
  socket: string,
  command: string,
  clock: Clock,
): Promise<Result<string>> {
  const done = new AbortController();
  const answer = exchange(folder, socket, `${command}\n`, done.signal).finally(() => done.abort());
  const late = clock
    .sleep(answerLimit, done.signal)
    .then(() => fail('router_unreachable', { reason: 'no answer in time' }));
  const first = await Promise.race([answer, late]);
  done.abort();
  return first;
}

const answerLimit: Millis = seconds(10);

function exchange(folder: string, name: string, text: string, signal: AbortSignal): Promise<Result<string>> {
  return new Promise((resolve) => {
    const socket = dial(folder, name);
    const chunks: Buffer[] = [];
    let problem: string | null = null;
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    // Half closed: the master waits for more until it hears that there is none.
    socket.on('connect', () => socket.end(text));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', (reason) => (problem = reason.message));
    socket.on('close', () =>
      resolve(
        problem === null
          ? ok(Buffer.concat(chunks).toString('utf8'))
          : fail('router_unreachable', { reason: problem }),
      ),
    );
  });
}

/** A connection that keeps a process of HAProxy alive after a reload, until it is let go. */
export interface Pin {
  release(): void;
}

/** Failure: `router_unreachable`. */
export function pin(folder: string, socket: string): Promise<Result<Pin>> {
  return new Promise((resolve) => {
    const held = dial(folder, socket);
    held.on('error', (reason) => resolve(fail('router_unreachable', { reason: reason.message })));
    held.once('connect', () => held.write('prompt; set timeout cli 1d\n'));
    held.once('data', () => {
      held.unref(); // no reason for this program to go on
      resolve(ok({ release: () => held.destroy() }));
    });
    held.once('close', () => resolve(fail('router_unreachable', { reason: 'it closed the connection' })));
  });
}

/** The longest path that every system takes as the address of a socket, with what HAProxy appends while it makes it. */
const longestPath = 90;

/** Addresses of sockets are short; a folder deep down is reached by its open descriptor (Linux). */
function dial(folder: string, name: string): Socket {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= longestPath || process.platform !== 'linux') return connect(path);
  const descriptor = openSync(folder, 'r');
  const socket = connect(`/proc/self/fd/${descriptor}/${name}`);
  const close = once(() => closeSync(descriptor));
  socket.once('connect', close).once('close', close);
  return socket;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
