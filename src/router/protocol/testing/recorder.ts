import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A request as it came to a replica, split by rules of our own: the router's parser is what is being tested. */
export interface Received {
  /** The request line. */
  readonly line: string;
  /** The fields as they were written, one per line. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** A replica that is nothing but a socket: keeps every byte it gets and answers each complete request. */
export interface Recorder {
  readonly port: number;
  /** The complete requests, in order, over all connections. */
  received(): readonly Received[];
  /** All bytes of all connections, also those of requests that never became complete. */
  bytes(): string;
  connections(): number;
  /** Forgets what came so far. */
  reset(): void;
  close(): Promise<void>;
}

const greeting = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Starts a recorder; `act` replaces its answers: it is called with each complete request and the socket it came on. */
export async function startRecorder(
  act: (socket: Socket, request: Received) => void = (socket) => socket.write(greeting),
): Promise<Recorder> {
  let [received, bytes]: [Received[], string] = [[], ''];
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let rest = '';
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      bytes += text;
      rest += text;
      for (let found = split(rest); found !== null; found = split(rest)) {
        rest = rest.slice(found.length);
        received.push(found.request);
        act(socket, found.request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    bytes: () => bytes,
    connections: () => connections,
    reset: () => ([received, bytes] = [[], '']),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The first complete request of a text; null while there is none. */
function split(text: string): { readonly request: Received; readonly length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const valueOf = (name: string) =>
    fields.find((field) => field.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1);
  const start = end + 4;
  if (valueOf('transfer-encoding') !== undefined) return splitChunked({ line, fields }, text, start);
  const length = start + Number(valueOf('content-length') ?? 0);
  return text.length < length ? null : { request: { line, fields, body: text.slice(start, length) }, length };
}

function splitChunked(head: Pick<Received, 'line' | 'fields'>, text: string, start: number) {
  let [at, body] = [start, ''];
  for (;;) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return null;
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) {
      const last = text.indexOf('\r\n\r\n', end - 2);
      const length = last === -1 ? 0 : Math.max(last, end) + (last < end ? 4 : 4);
      return last === -1 ? null : { request: { ...head, body }, length };
    }
    if (text.length < end + 2 + size + 2) return null;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** What came back on a connection until it was closed, or until nothing came for a while. */
export interface Conversation {
  readonly text: string;
  /** Of each final answer, in order. */
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
}

/** Sends these bytes, part by part, to a port and listens. A connection that stays open is given up after `quietMillis`. */
export function converse(
  port: number,
  parts: string | readonly string[],
  quietMillis = 5_000,
): Promise<Conversation> {
  return new Promise((resolve) => {
    let [text, isClosed] = ['', false];
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, statuses: statusesOf(text), isClosed });
    };
    let timer = setTimeout(finish, quietMillis);
    socket.on('connect', () => {
      void (async () => {
        for (const part of typeof parts === 'string' ? [parts] : parts) {
          if (socket.writable) socket.write(Buffer.from(part, 'latin1'));
          await new Promise((next) => setTimeout(next, 15));
        }
      })();
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(finish, quietMillis);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isClosed = true;
      finish();
    });
  });
}

/** Answers are told apart by their lengths: a status line inside a body is none. */
export function statusesOf(text: string): readonly number[] {
  const statuses: number[] = [];
  let at = 0;
  for (;;) {
    const head = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(text.slice(at));
    if (head === null) return statuses;
    const [whole, status = '', fields = ''] = head;
    at += whole.length;
    if (Number(status) < 200) continue;
    statuses.push(Number(status));
    const length = /^content-length: *(\d+)/im.exec(fields)?.[1];
    if (length !== undefined) at += Number(length);
    else if (/^transfer-encoding: *chunked/im.test(fields))
      at = text.indexOf('0\r\n\r\n', at) === -1 ? text.length : text.indexOf('0\r\n\r\n', at) + 5;
  }
}
