import { type Instant, ok } from '#kernel';
import { type Incoming, receive } from '../protocol/receive.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import type { Headers } from '../protocol/signature.ts';
import { type Element, readXml } from '../protocol/xml-read.ts';
import type { ObjectStore } from '../storage/store.ts';

/** One authenticated request, routed. */
export interface Call {
  readonly store: ObjectStore;
  readonly now: Instant;
  readonly region: string;
  /** Empty where the request is for the server itself. */
  readonly bucket: string;
  /** Empty where the request is for a bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Headers;
  readonly incoming: Incoming;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReplyStream | null;
}

export interface ReplyStream {
  readonly pieces: AsyncIterable<Buffer>;
  /** Called once, when the pieces are sent or nobody wants them any more. */
  readonly release: () => void;
}

export type Operation = (call: Call) => Promise<Answer<Reply>> | Answer<Reply>;

export function reply(status: number, headers: Readonly<Record<string, string>> = {}): Answer<Reply> {
  return ok({ status, headers, body: null });
}

export function replyXml(document: string, headers: Readonly<Record<string, string>> = {}): Answer<Reply> {
  return ok({ status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: document });
}

const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024;

/** The whole body as text, checked as content is. */
async function readText(incoming: Incoming): Promise<Answer<string>> {
  const pieces: Buffer[] = [];
  const sink = (piece: Buffer) => {
    pieces.push(piece);
    return Promise.resolve(ok(null));
  };
  const limits = { bytesMax: DOCUMENT_BYTES_MAX, tooLarge: 'MaxMessageLengthExceeded' } as const;
  const received = await receive(incoming, sink, limits);
  return received.ok ? ok(Buffer.concat(pieces).toString()) : received;
}

/** The XML document a request carries. Failure: `MalformedXML` and those of `receive`. */
export async function readDocument(incoming: Incoming): Promise<Answer<Element>> {
  const text = await readText(incoming);
  return text.ok ? readXml(text.value) : text;
}

/** The same, where an empty body is as good. */
export async function readOptionalDocument(incoming: Incoming): Promise<Answer<Element | null>> {
  const text = await readText(incoming);
  if (!text.ok) return text;
  return text.value === '' ? ok(null) : readXml(text.value);
}

/** A query parameter that is a whole number from 0 to `max`; larger numbers count as `max`. Failure: `InvalidArgument`. */
export function numberParameter(call: Call, name: string, max: number): Answer<number> {
  const text = call.query.get(name);
  if (text === undefined || text === '') return ok(max);
  if (!/^\d{1,10}$/.test(text)) return refuse('InvalidArgument', `${name} is a whole number of at least 0.`);
  return ok(Math.min(Number(text), max));
}

export const isoTime = (at: Instant) => new Date(at).toISOString();
export const httpTime = (at: Instant) => new Date(at).toUTCString();
export const quoted = (etag: string) => `"${etag}"`;
