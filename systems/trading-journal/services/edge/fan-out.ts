import type { Redis } from 'ioredis';
import type { WebSocket } from 'ws';
import type { Clock } from 'fairway-kit';
import { channels, type JournalEvent } from '../common/jobs.ts';
import type { Metrics } from 'fairway-kit';
import type { OpenSession } from './sessions.ts';

export interface FanOut {
  /** Sends this session's user everything that happens to him, until the socket closes. */
  add(socket: WebSocket, session: OpenSession): void;
  /** Asks all clients to come again elsewhere (1012, service restart); resolves when they have gone. */
  end(): Promise<void>;
}

interface Listener {
  readonly socket: WebSocket;
  readonly session: OpenSession;
  isAlive: boolean;
}

const lagBounds = [10, 50, 100, 250, 500, 1_000, 3_000, 10_000];
const mostUnsent = 1_000_000; // bytes; a client that is so far behind must begin anew
const codes = { restart: 1012, overload: 1013, signedOut: 4401 } as const;

/** `redis` is a connection of its own, because a subscriber can do nothing else. */
export function createFanOut(options: {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly pingMillis: number;
  readonly stopping: AbortSignal;
}): FanOut {
  const { redis, clock, metrics, pingMillis, stopping } = options;
  const listeners = new Set<Listener>();
  const lag = metrics.histogram(
    'event_delivery_lag_ms',
    'From the commit of an event to its WebSocket.',
    lagBounds,
  );
  metrics.gauge('websocket_connections', 'Open WebSockets.', () => listeners.size);

  const deliver = (event: JournalEvent) => {
    const { id, topic, payload, createdAt } = event;
    const { userId, ...data } = payload;
    const message = JSON.stringify({ id, topic, data, createdAt });
    for (const { socket, session } of listeners) {
      if (session.userId !== userId || socket.readyState !== socket.OPEN) continue;
      if (socket.bufferedAmount > mostUnsent) socket.close(codes.overload, 'too slow');
      else socket.send(message);
      lag(Math.max(0, clock.now() - createdAt));
    }
  };
  const signOut = (hash: string) => {
    for (const { socket, session } of listeners) {
      if (session.hash === hash) socket.close(codes.signedOut, 'signed out');
    }
  };

  redis.on('message', (channel: string, text: string) => {
    if (channel === channels.events) deliver(JSON.parse(text) as JournalEvent);
    else signOut(text);
  });
  // Queued until there is a connection, and repeated by itself on every new one.
  void redis.subscribe(channels.events, channels.signedOut).catch(() => undefined);

  const beat = async () => {
    while (!stopping.aborted) {
      await clock.sleep(pingMillis, stopping);
      for (const listener of listeners) {
        if (!listener.isAlive) listener.socket.terminate();
        else if (listener.session.expiresAt <= clock.now()) listener.socket.close(codes.signedOut, 'expired');
        else listener.socket.ping();
        listener.isAlive = false;
      }
    }
  };
  void beat();

  return {
    add(socket, session) {
      const listener = { socket, session, isAlive: true };
      listeners.add(listener);
      socket.on('pong', () => (listener.isAlive = true));
      socket.on('message', () => (listener.isAlive = true));
      socket.on('error', () => socket.terminate());
      socket.on('close', () => listeners.delete(listener));
      socket.send(JSON.stringify({ topic: 'welcome', data: {} }));
    },

    async end() {
      const gone = [...listeners].map(
        ({ socket }) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
      );
      for (const { socket } of listeners) socket.close(codes.restart, 'service restart');
      await Promise.all(gone);
    },
  };
}
