import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answer } from '../answer.ts';

/**
 * Answers what the parser refuses, behind the answers that are still due on the same connection: a caller that sent a
 * good request and then a bad one gets the good one's answer, and never the refusal in its place.
 */
export function answerParserErrors(server: Server): { noteLatest(response: ServerResponse): void } {
  const latest = new WeakMap<Socket, ServerResponse<IncomingMessage>>();
  const refused = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    if (refused.has(socket)) return;
    refused.add(socket);
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.pause(); // whatever else comes, nobody reads it
    refuse(socket, latest.get(socket), wordsOf(error.code));
  });
  return {
    noteLatest(response) {
      if (response.socket !== null) latest.set(response.socket, response);
      else if (response.req.socket) latest.set(response.req.socket, response);
    },
  };
}

function refuse(
  socket: Socket,
  last: ServerResponse<IncomingMessage> | undefined,
  [status, sentence]: Words,
): void {
  if (last === undefined || last.writableFinished) return close(socket, status, sentence);
  if (!last.req.complete) {
    // The body of this very request is broken: that is its answer, in its turn.
    if (last.headersSent) last.destroy();
    else answer(last, status, sentence, { connection: 'close' });
    return;
  }
  if (!last.shouldKeepAlive) return; // it is the last answer anyhow, and the bytes behind it do not count
  last.once('close', () => close(socket, status, sentence));
}

function close(socket: Socket, status: number, sentence: string): void {
  if (!socket.writable) return;
  const text = `${sentence}\n`;
  socket.write(
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  socket.destroySoon();
}

type Words = readonly [status: number, sentence: string];

function wordsOf(code: string | undefined): Words {
  return words[code ?? ''] ?? [400, 'the request is not written as HTTP/1.1 asks for'];
}

const words: Readonly<Record<string, Words>> = {
  HPE_HEADER_OVERFLOW: [431, 'the head of the request is too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the extensions of a chunk are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the head of the request did not come in time'],
};

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
};
