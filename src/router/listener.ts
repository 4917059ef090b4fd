import { createServer, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { addressList } from '#edge';
import { type Clock, fail, millis, ok, type Result } from '#kernel';
import type { TrustingSite } from './entry.ts';
import { serve, serverOptions } from './protocol/serve.ts';
import { defaultSettings, type ListenerSettings } from './protocol/settings.ts';
import type { Site, World } from './site.ts';
import { fdOf } from './socket.ts';

/** A port that is listened on. */
export interface Listener {
  readonly port: number;
  readonly site: Site;
  /**
   * No new connections. Those that wait for a request are closed, the others when their last answer is out; resolves
   * then.
   */
  close(): Promise<void>;
  /**
   * No new connections, since another process accepts them now. Those that are open stay until their next answer is out,
   * also the idle ones: a request may be on its way on them. Resolves when none is left.
   */
  leave(): Promise<void>;
  /** Closes all that is left. */
  destroy(): void;
  /** The number of the listening socket, for another process to go on with. */
  fd(): number;
}

export interface SocketOptions {
  /** A socket that listens on the port already and was given to this process; null: a new one. */
  readonly fd: number | null;
  /** Several threads have a socket of their own on this port, between which the system spreads connections. */
  readonly isShared: boolean;
}

const newSocket: SocketOptions = { fd: null, isShared: false };
const backlog = 1_024;

/** Listens on a loopback port, for no route yet. Failure: `port_taken` (facts: port, service). */
export function openListener(
  port: number,
  service: string,
  world: World,
  settings: ListenerSettings = defaultSettings,
  { fd, isShared }: SocketOptions = newSocket,
): Promise<Result<Listener>> {
  const site: TrustingSite = { route: null, isPreview: false, world, trusted: addressList(settings.trusted) };
  const server = createServer(serverOptions(settings));
  serve(server, site, settings);
  return new Promise((resolve) => {
    server.once('error', () => resolve(fail('port_taken', { port, service })));
    const where = { port, host: '127.0.0.1', backlog, exclusive: true, reusePort: isShared };
    server.listen(fd === null ? where : { fd, backlog }, () => {
      resolve(
        ok({
          port,
          site,
          close: () => close(server, world.clock),
          leave: () => leave(server),
          destroy: () => server.closeAllConnections(),
          fd: () => fdOf(server),
        }),
      );
    });
  });
}

/** `close` of an HTTP server would close the idle connections at once. */
function leave(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}

/** Node closes the connections that are idle at this moment; those that become idle later are ours to close. */
async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new AbortController();
  server.close(() => closed.abort());
  while (!closed.signal.aborted) {
    server.closeIdleConnections();
    await clock.sleep(millis(100), closed.signal);
  }
}
