import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ok } from '#kernel';
import type { Payload } from './authenticate.ts';
import { equalInConstantTime } from './authenticate.ts';
import {
  type Algorithm,
  type AnnouncedChecksum,
  announcedChecksum,
  CHECKSUMS,
  type Checksum,
  type RunningChecksum,
  startChecksum,
} from './checksum.ts';
import { chunkedDecoder } from './chunked.ts';
import { type Answer, refuse } from './refusal.ts';
import type { Headers } from './signature.ts';

/** The body of an authenticated request, before it is read. */
export interface Incoming {
  readonly message: IncomingMessage;
  readonly headers: Headers;
  readonly payload: Payload;
  /** Tells a client that waits for it (`Expect: 100-continue`) to send the body. */
  readonly proceed: () => void;
}

export interface Received {
  /** Bytes of content, without framing. */
  readonly size: number;
  readonly md5: Buffer;
  readonly checksum: Checksum | null;
}

export type Sink = (piece: Buffer) => Promise<Answer<null>>;

/**
 * Reads a body into `sink`, one piece at a time, and compares it with everything the client said of it: length,
 * signed SHA-256, signatures of chunks, Content-MD5, checksum in header or trailer. What the sink got may be kept only
 * when this succeeds. `wanted` is a checksum to work out where the client sends none.
 */
export async function receive(
  incoming: Incoming,
  sink: Sink,
  limits: { readonly bytesMax: number; readonly tooLarge: 'EntityTooLarge' | 'MaxMessageLengthExceeded' },
  wanted: Algorithm | null = null,
): Promise<Answer<Received>> {
  const read = expectations(incoming);
  if (!read.ok) return read;
  const expected = read.value;
  if (expected.size > limits.bytesMax) return refuse(limits.tooLarge);
  const algorithm = expected.checksum?.algorithm ?? wanted;
  const tally: Tally = {
    size: 0,
    md5: createHash('md5'),
    sha256: expected.sha256 === null ? null : createHash('sha256'),
    checksum: algorithm === null ? null : startChecksum(algorithm),
  };
  const trailer = await pump(incoming, async (piece) => {
    tally.size += piece.length;
    if (tally.size > expected.size) return refuse('IncompleteBody');
    count(tally, piece);
    return sink(piece);
  });
  return trailer.ok ? compare(expected, tally, algorithm, trailer.value) : trailer;
}

interface Expectations {
  readonly size: number;
  readonly sha256: string | null;
  readonly md5: Buffer | null;
  readonly checksum: AnnouncedChecksum | null;
}

interface Tally {
  size: number;
  readonly md5: Hash;
  readonly sha256: Hash | null;
  readonly checksum: RunningChecksum | null;
}

function expectations({ headers, payload }: Incoming): Answer<Expectations> {
  const length = headers[payload.kind === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length'];
  if (length === undefined && headers['transfer-encoding'] !== undefined)
    return refuse('MissingContentLength');
  if (length === undefined && payload.kind === 'chunked') return refuse('MissingContentLength');
  if (!/^\d{1,15}$/.test(length ?? '0'))
    return refuse('InvalidArgument', 'The announced length is not a number.');
  const checksum = announcedChecksum(headers);
  if (!checksum.ok) return checksum;
  const inTrailer = checksum.value !== null && checksum.value.value === null;
  if (inTrailer && !(payload.kind === 'chunked' && payload.trailer)) {
    return refuse('InvalidRequest', 'A trailer is announced for a body that has none.');
  }
  const md5 = headers['content-md5'] === undefined ? null : Buffer.from(headers['content-md5'], 'base64');
  if (md5 !== null && md5.length !== 16) return refuse('InvalidDigest');
  const sha256 = payload.kind === 'plain' ? payload.sha256 : null;
  return ok({ size: Number(length ?? '0'), sha256, md5, checksum: checksum.value });
}

/** Moves the content from the connection to the sink; back-pressure is the sink's promise. Returns the trailer. */
async function pump({ message, payload, proceed }: Incoming, sink: Sink): Promise<Answer<Headers>> {
  const decoder = payload.kind === 'chunked' ? chunkedDecoder(payload.chain, payload.trailer) : null;
  proceed();
  try {
    // A refusal still has to be sent over this connection, so leaving the loop must not destroy it.
    for await (const piece of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const decoded = decoder === null ? ok([piece]) : decoder.push(piece);
      if (!decoded.ok) return decoded;
      for (const content of decoded.value) {
        const taken = await sink(content);
        if (!taken.ok) return taken;
      }
    }
  } catch (reason) {
    return refuse('IncompleteBody', undefined, { detail: String(reason) }); // the client went away
  }
  return decoder === null ? ok({}) : decoder.end();
}

function count(tally: Tally, piece: Buffer): void {
  tally.md5.update(piece);
  tally.sha256?.update(piece);
  tally.checksum?.update(piece);
}

function compare(
  expected: Expectations,
  tally: Tally,
  algorithm: Algorithm | null,
  trailer: Headers,
): Answer<Received> {
  if (tally.size !== expected.size) return refuse('IncompleteBody');
  if (tally.sha256 !== null && tally.sha256.digest('hex') !== expected.sha256) {
    return refuse('XAmzContentSHA256Mismatch');
  }
  const md5 = tally.md5.digest();
  if (expected.md5 !== null && !equalInConstantTime(md5, expected.md5)) return refuse('BadDigest');
  if (algorithm === null || tally.checksum === null) return ok({ size: tally.size, md5, checksum: null });
  const value = tally.checksum.digest().toString('base64');
  if (expected.checksum !== null) {
    const sent = expected.checksum.value ?? trailer[CHECKSUMS[algorithm].header];
    if (sent === undefined) return refuse('MalformedTrailerError');
    if (sent !== value) return refuse('BadDigest');
  }
  return ok({ size: tally.size, md5, checksum: { algorithm, value, type: 'FULL_OBJECT' } });
}
