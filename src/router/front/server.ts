import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { Server as NetServer, type Socket } from 'node:net';
import { type Certificate, certificateFor, type EdgeListen, type EdgeSettings, tlsOptions } from '#edge';
import { type Clock, fail, millis, ok, type Result } from '#kernel';
import { serverOptions } from '../protocol/serve.ts';
import { defaultSettings, type ListenerSettings } from '../protocol/settings.ts';
import { fdOf } from '../socket.ts';
import { isWebSocket } from '../websocket/upgrade.ts';

/** A public port. */
export interface FrontServer {
  readonly listen: EdgeListen;
  /** Number of its listening socket, for another process to go on with; -1: it has none. */
  fd(): number;
  open(): number;
  /**
   * Certificates and settings from now on. Connections that are open keep what they have; the largest head is fixed when a
   * listener is opened.
   */
  show(certificates: readonly Certificate[], settings: EdgeSettings): void;
  /** No new connections; callers are told not to use the present ones again (HTTP/2: GOAWAY). Resolves when all are closed. */
  close(): Promise<void>;
  /** The same, but idle connections stay until their next answer is out: a request may be on its way on them. */
  leave(): Promise<void>;
  destroy(): void;
}

export interface FrontHandlers {
  readonly request: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => void;
  readonly upgrade: (request: IncomingMessage, socket: Socket, early: Buffer) => void;
}

export const settingsFor = ({ limits, trusted }: EdgeSettings): ListenerSettings => ({
  ...defaultSettings,
  trusted,
  connections: limits.connections,
  head: limits.headerBytes,
  fields: limits.headerCount,
  body: limits.bodyBytes,
});

/**
 * Listens on one address and port. `fd`: on a socket that was handed over. Failure: `edge_listen_failed` (facts: address,
 * port, reason).
 */
export function openFrontServer(options: {
  listen: EdgeListen;
  settings: EdgeSettings;
  /** Shown from the first connection on. */
  certificates: readonly Certificate[];
  fd: number | null;
  isShared: boolean;
  handlers: FrontHandlers;
  clock: Clock;
}): Promise<Result<FrontServer>> {
  const { listen, settings, certificates, fd, isShared, handlers, clock } = options;
  let shown: readonly Certificate[] = [];
  const server =
    listen.tls === null
      ? createPlainServer(serverOptions(settingsFor(settings)))
      : createSecure(settings, (host) => certificateFor(shown, host));
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.maxConnections = settings.limits.connections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const { request } = handlers;
  if (isSecure(server)) {
    server.on('session', (session) => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
      session.on('error', () => session.destroy()); // a caller that breaks the protocol
      session.setTimeout(defaultSettings.idleMillis, () => session.close()); // streams that are open go on
    });
    server.on('tlsClientError', (_, socket: Socket) => {
      socket.destroy();
    });
    server.on('request', request).on('checkContinue', request);
  } else {
    server.on('request', request).on('checkContinue', request);
  }
  server.on('upgrade', (request: IncomingMessage, socket: Socket, early: Buffer) => {
    handlers.upgrade(request, socket, early);
  });
  const front: FrontServer = {
    listen,
    fd: () => fdOf(server),
    open: () => sockets.size,
    show(certificates, { limits, minimumTls }) {
      shown = certificates;
      server.maxConnections = limits.connections;
      if (!isSecure(server)) return;
      server.updateSettings({ maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes });
      const [first] = certificates;
      if (first === undefined) return;
      // For callers that name no host.
      server.setSecureContext({
        cert: first.chain,
        key: first.key,
        minVersion: minimumTls,
        ...tlsOptions,
      });
    },
    close: () => close(server, sessions, clock),
    leave() {
      for (const session of sessions) session.close();
      return new Promise((resolve) => {
        NetServer.prototype.close.call(server, () => resolve());
      });
    },
    destroy() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
  front.show(certificates, settings);
  return new Promise((resolve) => {
    const { address, port } = listen;
    const refused = (reason: Error) =>
      resolve(fail('edge_listen_failed', { address, port, reason: reason.message }));
    server.once('error', refused);
    const place = fd === null ? { host: address, port, exclusive: true, reusePort: isShared } : { fd };
    server.listen({ ...place, backlog: 1024 }, () => {
      server.off('error', refused);
      server.on('error', () => undefined); // out of files for a moment: the next connection is tried again
      resolve(ok(front));
    });
  });
}

/**
 * TLS for HTTP/1.1 and HTTP/2, chosen by ALPN. Against floods within HTTP/2: callers that reset streams faster than some
 * dozens a second lose their connection (CVE-2023-44487), a head may have neither more fields nor more bytes than over
 * HTTP/1 (endless CONTINUATION frames are bounded by nghttp2 beneath), nor may settings, pings and broken frames pile up.
 */
function createSecure(
  settings: EdgeSettings,
  choose: (host: string) => Certificate | null,
): Http2SecureServer {
  const { limits, minimumTls } = settings;
  const first = serverOptions(settingsFor(settings));
  const server = createSecureServer({
    allowHTTP1: true,
    ...first,
    ...tlsOptions,
    minVersion: minimumTls,
    honorCipherOrder: true,
    handshakeTimeout: 10_000,
    SNICallback: (host, done) => done(null, choose(host)?.context),
    maxHeaderListPairs: limits.headerCount + 4, // the pseudo fields are counted with the others
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxOutstandingPings: 5,
    maxSettings: 16,
    maxSessionMemory: 10,
    streamResetBurst: 200,
    streamResetRate: 33,
    settings: {
      enablePush: false,
      enableConnectProtocol: false,
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerBytes,
    },
  });
  // Node reads these of its HTTP/1 servers; one that falls back to it has them only where they are put.
  return Object.assign(server, { shouldUpgradeCallback: isWebSocket, maxHeadersCount: 0 });
}

const isSecure = (server: Server | Http2SecureServer): server is Http2SecureServer =>
  'setSecureContext' in server;

async function close(
  server: Server | Http2SecureServer,
  sessions: ReadonlySet<ServerHttp2Session>,
  clock: Clock,
): Promise<void> {
  const closed = new AbortController();
  server.close(() => closed.abort());
  const idle = server as { closeIdleConnections?: () => void };
  while (!closed.signal.aborted) {
    for (const session of sessions) if (!session.closed) session.close();
    idle.closeIdleConnections?.();
    await clock.sleep(millis(100), closed.signal);
  }
}
