import { type IncomingHttpHeaders, request } from 'node:http';
import type { Instant } from '#kernel';
import {
  ALGORITHM,
  type Credentials,
  type Scope,
  scopeText,
  signChunk,
  signingKey,
  signRequest,
  signTrailer,
  sha256,
  timestampOf,
} from '../protocol/signature.ts';
import { parseTarget } from '../protocol/target.ts';
import { CREDENTIALS } from './bench.ts';

/** A request as it goes over the wire, for what no client library would send. */
export interface RawRequest {
  readonly method: string;
  /** Sent as it stands: `/bucket/a//b?x=1`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The S3 error code in the text. */
  readonly code: string | null;
}

export function send(
  endpoint: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? null;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, code });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export interface SigningOptions {
  readonly now: Instant;
  readonly credentials?: Credentials;
  /** The payload line; the SHA-256 of the body when left out. */
  readonly payload?: string;
}

export interface SignedRequest extends RawRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly signature: string;
  readonly key: Buffer;
  readonly scope: Scope;
}

/** Adds a signature over all headers. */
export function sign(endpoint: string, raw: RawRequest, options: SigningOptions): SignedRequest {
  const { credentials = CREDENTIALS, payload = sha256(raw.body ?? '') } = options;
  const target = parseTarget(raw.path);
  if (!target.ok) throw new Error(`${raw.path} is not an address`);
  const scope = { timestamp: timestampOf(options.now), region: credentials.region };
  const headers: Record<string, string> = {
    host: new URL(endpoint).host,
    'x-amz-date': scope.timestamp,
    'x-amz-content-sha256': payload,
    ...raw.headers,
  };
  const signedHeaders = Object.keys(headers).sort();
  const key = signingKey(credentials.secretAccessKey, scope);
  const parts = {
    method: raw.method,
    path: target.value.path,
    query: target.value.query,
    headers,
    signedHeaders,
  };
  const signature = signRequest(key, scope, { ...parts, payload }).toString('hex');
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...raw, headers: { ...headers, authorization }, signature, key, scope };
}

/** Frames content as aws-chunked with a signature for each chunk, and for the trailer when there is one. */
export function signedChunks(
  signed: SignedRequest,
  contents: readonly Buffer[],
  trailer: string | null,
): Buffer {
  const pieces: Buffer[] = [];
  let previous = signed.signature;
  for (const content of [...contents, Buffer.alloc(0)]) {
    previous = signChunk(signed.key, signed.scope, previous, sha256(content)).toString('hex');
    pieces.push(Buffer.from(`${content.length.toString(16)};chunk-signature=${previous}\r\n`), content);
    if (content.length > 0) pieces.push(Buffer.from('\r\n'));
  }
  if (trailer !== null) {
    const signature = signTrailer(signed.key, signed.scope, previous, `${trailer}\n`).toString('hex');
    pieces.push(Buffer.from(`${trailer}\r\nx-amz-trailer-signature:${signature}\r\n`));
  }
  pieces.push(Buffer.from('\r\n'));
  return Buffer.concat(pieces);
}
