import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, Http2ServerResponse } from 'node:http2';
import type { Transform } from 'node:stream';
import type { Encoding } from '#edge';
import { createEncoder } from './encoder.ts';

export type Field = readonly [name: string, value: string];

export interface Head {
  readonly status: number;
  readonly fields: readonly Field[];
  /** What the body is encoded with from here on. */
  readonly encoding: Encoding | null;
}

/** What was sent in the end. */
export interface Sent {
  /** 0: the caller went away before there was an answer. */
  readonly status: number;
  /** Bytes of the body, as they were sent. */
  readonly bytes: number;
}

interface Hooks {
  /** Says how the head of an answer leaves. */
  head(status: number, fields: readonly Field[]): Head;
  /** Whether a body may follow the head: not for HEAD. */
  readonly hasBody: boolean;
  done(sent: Sent): void;
}

/**
 * Puts the edge between a response and who writes it: its head is changed and its body encoded on the way, and both
 * versions of HTTP look the same to the writer. The response itself is changed and returned.
 */
export function throughEdge(response: ServerResponse | Http2ServerResponse, hooks: Hooks): ServerResponse {
  const one = response as ServerResponse; // of the same shape where it is written to
  const native = {
    write: one.write.bind(one) as (chunk: Buffer | string, encoding?: BufferEncoding) => boolean,
    end: one.end.bind(one) as (chunk?: Buffer | string, encoding?: BufferEncoding) => void,
  };
  const isSecond = response instanceof Http2ServerResponse;
  const sendHead = response instanceof Http2ServerResponse ? secondHead(response) : firstHead(one);
  let encoder: Transform | null = null;
  let [status, bytes] = [0, 0];
  let isEnded = false;

  const write = (chunk: Buffer | string, encoding?: BufferEncoding): boolean => {
    bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
    return native.write(chunk, encoding);
  };
  const encodeWith = (encoding: Encoding, isStream: boolean) => {
    const made = createEncoder(encoding, isStream);
    made.on('data', (chunk: Buffer) => {
      if (one.destroyed) return;
      if (!write(chunk)) made.pause();
    });
    one.on('drain', () => made.resume());
    made.on('drain', () => one.emit('drain'));
    made.once('end', () => native.end());
    made.once('error', () => one.destroy());
    one.once('close', () => made.destroy());
    return made;
  };

  Object.assign(one, {
    writeHead(code: number, ...rest: readonly unknown[]) {
      if (one.headersSent || one.destroyed) return one;
      const { message, given } = headArguments(rest);
      const head = hooks.head(code, fieldsOf(given));
      status = head.status;
      const isStream = !fieldsOf(given).some(([name]) => name.toLowerCase() === 'content-length');
      sendHead(head, message);
      if (head.encoding !== null && hooks.hasBody) encoder = encodeWith(head.encoding, isStream);
      return one;
    },
    write: (chunk: Buffer | string, encoding?: BufferEncoding) =>
      encoder === null ? write(chunk, encoding) : encoder.write(bytesOf(chunk, encoding)),
    end(chunk?: Buffer | string, encoding?: BufferEncoding) {
      if (isEnded) return one;
      isEnded = true;
      if (encoder !== null) encoder.end(chunk === undefined ? undefined : bytesOf(chunk, encoding));
      else if (chunk === undefined) native.end();
      else {
        // The end of an HTTP/2 answer is written by `write`, which counts it.
        if (!isSecond) bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
        native.end(chunk, encoding);
      }
      return one;
    },
  });
  if (response instanceof Http2ServerResponse) endLikeFirstVersion(response);
  one.once('close', () => hooks.done({ status, bytes }));
  return one;
}

const bytesOf = (chunk: Buffer | string, encoding?: BufferEncoding) =>
  typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;

function firstHead(response: ServerResponse): (head: Head, message: string) => void {
  const writeHead = response.writeHead.bind(response);
  return ({ status, fields }, message) => {
    writeHead(status, message, fields.flat());
  };
}

/** Fields that exist between two neighbours are not sent (RFC 9113, section 8.2.2), names are in lower case. */
function secondHead(response: Http2ServerResponse): (head: Head) => void {
  const writeHead = response.writeHead.bind(response) as (
    status: number,
    headers: OutgoingHttpHeaders,
  ) => void;
  return ({ status, fields }) => {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of fields) {
      const lower = name.toLowerCase();
      if (betweenNeighbours.has(lower)) continue;
      const before = headers[lower];
      headers[lower] = before === undefined ? value : [before, value].flat();
    }
    writeHead(status, headers);
  };
}

const betweenNeighbours = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** A stream that is destroyed halfway tells its caller so: an orderly end would make a part look like the whole. */
function endLikeFirstVersion(response: Http2ServerResponse): void {
  const { stream } = response;
  Object.defineProperty(response, 'destroyed', { get: () => stream.destroyed || stream.closed });
  Object.assign(response, {
    destroy() {
      if (!stream.closed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return response;
    },
  });
}

type Given = readonly string[] | OutgoingHttpHeaders;

function headArguments(rest: readonly unknown[]): { message: string; given: Given } {
  const [first, second] = rest;
  const message = typeof first === 'string' ? first : '';
  return { message, given: ((typeof first === 'string' ? second : first) ?? []) as Given };
}

function fieldsOf(given: Given): readonly Field[] {
  if (!Array.isArray(given))
    return Object.entries(given as OutgoingHttpHeaders).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): Field => [name, String(one)]),
    );
  const list = given as readonly string[];
  return Array.from(
    { length: list.length / 2 },
    (_, at): Field => [list[2 * at] ?? '', list[2 * at + 1] ?? ''],
  );
}
