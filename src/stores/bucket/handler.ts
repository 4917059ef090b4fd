import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#kernel';
import { answerCopy, COPY } from './copies/stage.ts';
import type { Log } from './log.ts';
import { httpTime, type Reply } from './operations/call.ts';
import { authenticate } from './protocol/authenticate.ts';
import { type Answer, type Refusal, refuse, refuseFault } from './protocol/refusal.ts';
import type { Credentials, Headers } from './protocol/signature.ts';
import { parseTarget } from './protocol/target.ts';
import { xmlError } from './protocol/xml-write.ts';
import { findOperation } from './routes.ts';
import type { ObjectStore } from './storage/store.ts';

interface Surroundings {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Log;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void;

/** Answers requests: who asks, for what, then the operation. No request makes it throw. */
export function createHandler(surroundings: Surroundings): Handler {
  return (request, response, proceed) => {
    request.on('error', () => {}); // the reader of the body sees it as well; without one it must not end the process
    if (request.url === HEALTH && (request.method === 'GET' || request.method === 'HEAD')) {
      // The date of the clock that signatures are measured against: a client may set its own by it.
      const date = httpTime(surroundings.clock.now());
      response.writeHead(200, { 'content-type': 'text/plain', date }).end('ready\n');
      return;
    }
    void serve(surroundings, request, response, proceed);
  };
}

/** "-" is no name of a bucket; the same holds for `COPY`. */
const HEALTH = '/-/health';

async function serve(
  surroundings: Surroundings,
  request: IncomingMessage,
  response: ServerResponse,
  proceed: () => void,
): Promise<void> {
  const requestId = randomUUID();
  let outcome: Answer<Reply>;
  try {
    outcome = await perform(surroundings, request, proceed);
  } catch (reason) {
    outcome = refuseFault(reason);
  }
  const common = { requestId, method: request.method ?? '', path: pathOf(request) };
  try {
    await send(
      response,
      requestId,
      outcome.ok ? outcome.value : replyOf(outcome.error, common.path, requestId),
    );
  } catch (reason) {
    response.destroy(); // a reply that cannot be sent must not end the process
    surroundings.log({ event: 'reply not sent', ...common, detail: String(reason) });
  }
  request.resume(); // what was not read of the body makes way for the next request on this connection
  if (outcome.ok) return;
  const { status, code, detail } = outcome.error;
  surroundings.log({ event: 'request refused', ...common, status, code, detail });
}

function replyOf({ code, status, sentence, headers }: Refusal, path: string, requestId: string): Reply {
  const body = xmlError(code, sentence, path, requestId);
  return { status, headers: { ...headers, 'content-type': 'application/xml' }, body };
}

async function perform(
  { folder, store, credentials, clock }: Surroundings,
  request: IncomingMessage,
  proceed: () => void,
): Promise<Answer<Reply>> {
  const { method = '', url = '' } = request;
  const headers = request.headers as Headers; // `set-cookie`, the one that is a list, is never looked at
  const target = parseTarget(url);
  if (!target.ok) return headers['authorization'] === undefined ? refuse('AccessDenied') : target;
  const now = clock.now();
  const authentic = authenticate({ method, target: target.value, headers }, credentials, now);
  if (!authentic.ok) return authentic;
  if (method === 'POST' && target.value.path === COPY)
    return answerCopy(store, folder, target.value.query, now);
  const operation = findOperation(method, target.value, authentic.value.headers);
  if (!operation.ok) return operation;
  const { bucket, key, query } = target.value;
  return operation.value({
    store,
    now,
    region: credentials.region,
    bucket: bucket ?? '',
    key: key ?? '',
    query: new Map(query),
    headers: authentic.value.headers,
    incoming: { message: request, proceed, ...authentic.value },
  });
}

async function send(
  response: ServerResponse,
  requestId: string,
  { status, headers, body }: Reply,
): Promise<void> {
  const common = { 'x-amz-request-id': requestId, ...headers };
  if (body === null || typeof body === 'string') {
    const length = headers['content-length'] ?? String(Buffer.byteLength(body ?? ''));
    const withoutBody = status === 204 || status === 304;
    response.writeHead(status, withoutBody ? common : { ...common, 'content-length': length });
    response.end(body ?? undefined);
    return;
  }
  try {
    response.writeHead(status, common);
    await pipeline(body.pieces, response);
  } catch {
    response.destroy(); // the client went away, or the file ended early: a cut connection is what tells so
  } finally {
    body.release();
  }
}

const pathOf = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0] ?? '';
