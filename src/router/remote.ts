import type { Plane } from './plane.ts';

/** Two-way messages between threads or processes; they arrive whole and in order, or not at all. */
export interface Channel {
  send(message: unknown): void;
  onMessage(take: (message: unknown) => void): void;
  /** Called once when the other side is gone. */
  onClosed(closed: () => void): void;
}

type Method = keyof Plane;
type Message =
  | { readonly plane: 'ask'; readonly id: number; readonly method: Method; readonly args: readonly unknown[] }
  | { readonly plane: 'abort'; readonly id: number }
  | { readonly plane: 'answer'; readonly id: number; readonly value: unknown };

/** The other side is gone before it answered. */
export class PlaneGone extends Error {}

/** The plane on the other side of the channel. Every call is rejected with `PlaneGone` when that side is gone. */
export function remotePlane(channel: Channel): Plane {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(reason: Error): void }>();
  let last = 0;
  let isGone = false;
  channel.onMessage((message) => {
    if (!isMessage(message) || message.plane !== 'answer') return;
    waiting.get(message.id)?.resolve(message.value);
    waiting.delete(message.id);
  });
  channel.onClosed(() => {
    isGone = true;
    for (const caller of waiting.values()) caller.reject(new PlaneGone());
    waiting.clear();
  });
  function ask<M extends Method>(
    method: M,
    args: readonly unknown[],
    signal?: AbortSignal,
  ): ReturnType<Plane[M]> {
    last += 1;
    const id = last;
    const abort = () => send({ plane: 'abort', id });
    const send = (message: Message) => channel.send(message);
    const answer = new Promise<unknown>((resolve, reject) => {
      if (isGone) {
        reject(new PlaneGone());
        return;
      }
      waiting.set(id, { resolve, reject });
      send({ plane: 'ask', id, method, args });
      signal?.addEventListener('abort', abort, { once: true });
    }).finally(() => signal?.removeEventListener('abort', abort));
    return answer as ReturnType<Plane[M]>;
  }
  return {
    prepare: (openings, patient) => ask('prepare', [openings, patient]),
    discard: () => ask('discard', []),
    take: (change) => ask('take', [change]),
    front: (asked) => ask('front', [asked]),
    look: () => ask('look', []),
    drain: (request, signal) => ask('drain', [request], signal),
    sockets: () => ask('sockets', []),
    leave: (limits) => ask('leave', [limits]),
    close: (requestsMillis) => ask('close', [requestsMillis]),
  };
}

/** Lets the other side of the channel use this plane. Asks of one channel begin in the order they came in. */
export function servePlane(plane: Plane, channel: Channel): void {
  const aborts = new Map<number, AbortController>();
  channel.onMessage((message) => {
    if (!isMessage(message)) return;
    if (message.plane === 'abort') aborts.get(message.id)?.abort();
    if (message.plane !== 'ask') return;
    const { id, method, args } = message;
    const abort = new AbortController();
    aborts.set(id, abort);
    const perform = plane[method] as (...all: readonly unknown[]) => Promise<unknown>;
    void perform(...args, abort.signal).then((value) => {
      aborts.delete(id);
      channel.send({ plane: 'answer', id, value } satisfies Message);
    });
  });
}

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'plane' in message;
