import { Agent, type ClientRequest, type IncomingMessage, request, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answer } from '../answer.ts';
import { Attempts, type Mishap } from '../attempts.ts';
import type { Backend, OpenSocket } from '../backend.ts';
import { stopwatch } from '../counters.ts';
import { type Entry, enter } from '../entry.ts';
import { headersBack } from '../headers.ts';
import type { Site } from '../site.ts';
import { Tunnel } from './tunnel.ts';

/** Only WebSockets are upgraded; every other `Upgrade` is left out and the request goes its normal way. */
export const isWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';

/** Passes a WebSocket on to a replica. Its handshake counts as a request of the revision, unless its arm was named. */
export function upgrade(site: Site, incoming: IncomingMessage, socket: Socket, early: Buffer): void {
  const began = stopwatch();
  socket.on('error', () => socket.destroy()); // the caller went away; closing is handled where it is noticed
  const entry = enter(site, incoming);
  if (!('choice' in entry)) {
    responseOn(incoming, socket, (response) =>
      answer(response, entry.status, entry.sentence, { 'x-request-id': entry.requestId }),
    );
  } else if (entry.head.hasBody) {
    // What follows would be read as a body by one side and as frames by the other.
    responseOn(incoming, socket, (response) => answer(response, 400, 'a WebSocket request has no body'));
  } else new Handshake({ site, incoming, socket, early, entry, began }).begin();
}

interface Parts {
  readonly site: Site;
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  readonly early: Buffer;
  readonly entry: Entry;
  readonly began: number;
}

const handshakeMillis = 30_000;
/** A connection per WebSocket: one that was used for a refused handshake is closed. */
const agent = new Agent({ keepAlive: false });

/**
 * From the choice of the replica to the open tunnel. Nothing the caller sends behind its head reaches the replica before
 * that has agreed: otherwise a refusal would let the rest through as requests of its own.
 */
class Handshake implements OpenSocket {
  readonly #parts: Parts;
  readonly #attempts: Attempts;
  #backend: Backend | null = null;
  #asking: ClientRequest | null = null;
  #tunnel: Tunnel | null = null;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.site, parts.entry.choice, 'sockets', parts.began);
  }

  begin(): void {
    this.#parts.socket.once('close', () => this.#finish());
    const backend = this.#attempts.first();
    if (backend !== null) this.#ask(backend);
    else this.#refuse(503, `the service ${this.#service()} has no replica for this WebSocket now`);
  }

  /** Before the tunnel is open, another replica is asked instead: the caller notices nothing. */
  end(): Promise<'ended' | 'cut'> {
    if (this.#tunnel !== null) return this.#tunnel.end();
    this.#asking?.destroy();
    return Promise.resolve('ended');
  }

  sweep(): void {
    this.#attempts.sweep();
  }

  #ask(backend: Backend): void {
    const { entry } = this.#parts;
    this.#backend = backend;
    backend.sockets.add(this);
    const asking = request({
      host: '127.0.0.1',
      port: backend.port,
      path: entry.path,
      agent,
      headers: [...entry.head.onward, 'connection', 'Upgrade', 'upgrade', 'websocket'],
    });
    this.#asking = asking;
    let isConnected = false;
    let isLate = false;
    asking.setTimeout(handshakeMillis, () => {
      isLate = true;
      asking.destroy();
    });
    asking.once('socket', (socket) => socket.once('connect', () => (isConnected = true)));
    asking.once('upgrade', (agreed, socket, head) => this.#open(agreed, socket, head));
    asking.once('response', (refused) => this.#passRefusal(refused));
    asking.on('error', () => {
      this.#failed(backend, isLate ? 'timeout' : isConnected ? 'lost' : 'refused');
    });
    asking.end();
  }

  #failed(backend: Backend, mishap: Mishap): void {
    if (this.#isOver || this.#tunnel !== null || this.#backend !== backend) return;
    this.#release();
    // A handshake is a safe request without a body: it may be repeated like one.
    const next = this.#attempts.after(backend, mishap, mishap !== 'timeout');
    if (next !== null) this.#ask(next);
    else this.#refuse(mishap === 'timeout' ? 504 : 502, `the service ${this.#service()} did not answer`);
  }

  #open(agreed: IncomingMessage, upstream: Duplex, head: Buffer): void {
    const { socket, early, site } = this.#parts;
    upstream.on('error', () => upstream.destroy()); // noticed by its closing
    if (this.#isOver) {
      upstream.destroy();
      return;
    }
    this.#attempts.answered(101);
    socket.write(this.#agreement(agreed), 'latin1');
    this.#tunnel = new Tunnel({ caller: socket, service: upstream as Socket, world: site.world });
    this.#tunnel.begin(early, head);
  }

  #agreement(agreed: IncomingMessage): string {
    const headers = [...this.#routerHeaders(headersBack(agreed.rawHeaders)), 'connection', 'Upgrade'];
    headers.push('upgrade', 'websocket');
    let text = 'HTTP/1.1 101 Switching Protocols\r\n';
    for (let at = 0; at + 1 < headers.length; at += 2)
      text += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
    return `${text}\r\n`;
  }

  #routerHeaders(headers: string[]): string[] {
    const { entry } = this.#parts;
    headers.push('x-fairway-revision', this.#attempts.arm.revision, 'x-request-id', entry.requestId);
    if (entry.choice.cookie !== null) headers.push('set-cookie', entry.choice.cookie);
    return headers;
  }

  /** The service answered with something else than 101: a normal answer, and the end of the connection. */
  #passRefusal(refused: IncomingMessage): void {
    const { incoming, socket } = this.#parts;
    if (this.#isOver) {
      refused.destroy();
      return;
    }
    const status = refused.statusCode ?? 502;
    this.#attempts.answered(status);
    responseOn(incoming, socket, (response) => {
      response.writeHead(
        status,
        refused.statusMessage ?? '',
        this.#routerHeaders(headersBack(refused.rawHeaders)),
      );
      refused.pipe(response);
      refused.once('error', () => socket.destroy());
    });
  }

  #refuse(status: number, sentence: string): void {
    const { incoming, socket, entry } = this.#parts;
    const headers = {
      'x-fairway-revision': this.#attempts.arm.revision,
      'x-request-id': entry.requestId,
    };
    responseOn(incoming, socket, (response) => answer(response, status, sentence, headers));
  }

  /** The caller's connection is closed, for whatever reason. */
  #finish(): void {
    this.#isOver = true;
    this.#attempts.callerGone();
    if (this.#tunnel === null) this.#asking?.destroy();
    else this.#tunnel.callerIsGone();
    this.#release();
  }

  #release(): void {
    const backend = this.#backend;
    this.#backend = null;
    backend?.release(this);
  }

  #service(): string {
    return this.#parts.entry.route.service;
  }
}

/** Answers on a connection that came as an upgrade, and closes it behind the answer. */
function responseOn(
  incoming: IncomingMessage,
  socket: Socket,
  write: (response: ServerResponse) => void,
): void {
  if (socket.destroyed) return;
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.destroySoon();
  });
  write(response);
}
