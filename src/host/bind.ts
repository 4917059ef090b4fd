import { createServer as createTlsServer } from 'node:https';
import { serve as listen } from '@hono/node-server';
import { fail, ok, type Result } from '#kernel';
import type { Door } from './listen.ts';

export interface Closable {
  close(): void;
}

type Fetch = Parameters<typeof listen>[0]['fetch'];

/** Milliseconds that a request may take to come in, its headers alone, and how often that is looked at. */
export interface Patience {
  readonly requestTimeout: number;
  readonly headersTimeout: number;
  readonly connectionsCheckingInterval: number;
}

/** No request is larger than a MiB: who sends it slower than that only keeps a connection busy. */
const usualPatience: Patience = {
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
};

/** Listens at an address. Failures: `port_taken` (facts: port), `listen_failed` (facts: address, reason), `tls_unusable` (facts: reason). */
export function bind(
  fetch: Fetch,
  { host, port, tls }: Door,
  patience: Patience = usualPatience,
): Promise<Result<Closable>> {
  return new Promise((resolve) => {
    const started = startOf(tls, { fetch, port, hostname: host, patience }, () =>
      resolve(started.ok ? ok({ close: () => end(started.value) }) : started),
    );
    if (!started.ok) return resolve(started);
    started.value.once('error', (reason: NodeJS.ErrnoException) =>
      resolve(
        reason.code === 'EADDRINUSE'
          ? fail('port_taken', { port })
          : fail('listen_failed', { address: `${host}:${port}`, reason: reason.message }),
      ),
    );
  });
}

type Server = ReturnType<typeof listen>;

function startOf(
  tls: Door['tls'],
  { patience, ...options }: { fetch: Fetch; port: number; hostname: string; patience: Patience },
  told: () => void,
): Result<Server> {
  if (tls === null) return ok(listen({ ...options, serverOptions: { ...patience } }, told));
  try {
    const serverOptions = { ...tls, ...patience, minVersion: 'TLSv1.2' } as const;
    return ok(listen({ ...options, createServer: createTlsServer, serverOptions }, told));
  } catch (reason) {
    // What OpenSSL says names neither key nor file.
    return fail('tls_unusable', { reason: reason instanceof Error ? reason.message : '' });
  }
}

function end(server: Server): void {
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
}
