import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { answer } from './answer.ts';
import { Attempts, type Mishap } from './attempts.ts';
import type { Backend, InFlight } from './backend.ts';
import { RequestBody } from './body.ts';
import { type Entry, enter } from './entry.ts';
import { headersBack } from './headers.ts';
import type { Site } from './site.ts';

type Controller = Dispatcher.DispatchController;

/** Passes a request on to a replica and its answer back, both as streams. */
export function forward(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const began = performance.now();
  const entry = enter(site, request);
  if (!('choice' in entry)) {
    answer(response, entry.status, entry.sentence, { 'x-request-id': entry.requestId });
    return;
  }
  new Exchange({ site, request, response, entry, began }).begin();
}

interface Parts {
  readonly site: Site;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: Entry;
  readonly began: number;
}

/**
 * One request on its way. Its replica is chosen and counted as in flight within one turn of the event loop, so that a
 * drain that begins after a change of the table sees every request that was routed before it.
 */
class Exchange implements Dispatcher.DispatchHandler, InFlight {
  readonly #parts: Parts;
  readonly #attempts: Attempts;
  #body: RequestBody | null = null;
  #backend: Backend | null = null;
  #controller: Controller | null = null;
  /** The present attempt's request was written: at least its head may have reached the replica. */
  #isSent = false;
  #status = 0;
  #isEventStream = false;
  /** `content-length` of the answer; -1 when it has none. */
  #length = -1;
  #hasBegunBody = false;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.site, parts.entry.choice, 'requests');
  }

  begin(): void {
    this.#parts.response.once('close', () => this.#onCallerGone());
    const backend = this.#attempts.first();
    if (backend !== null) this.#send(backend);
    else this.#refuse(503, `the service ${this.#service()} has no replica for this request now`);
  }

  cut(): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller?.abort(new Error('cut by a drain'));
    const { response } = this.#parts;
    if (this.#status === 0) {
      this.#attempts.giveUp();
      this.#refuse(503, 'the replica was taken away before it had answered', { connection: 'close' });
    } else if (this.#isEventStream) response.end();
    else response.destroy(); // an orderly end would make a part look like the whole
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#isSent = true;
    if (this.#isOver) controller.abort(new Error('the caller went away'));
  }

  onResponseStart(controller: Controller, status: number, _: unknown, message?: string): void {
    if (status < 200 || this.#isOver) return;
    const { response, began } = this.#parts;
    this.#status = status;
    this.#attempts.tally.answered(status, performance.now() - began);
    response.writeHead(status, message ?? '', this.#headersOf(controller));
    // A body that came with the head is written in this same turn and shares its packet.
    queueMicrotask(() => {
      if (!this.#hasBegunBody && !response.destroyed) response.flushHeaders();
    });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const { response } = this.#parts;
    const isWhole = !this.#hasBegunBody && chunk.length === this.#length;
    this.#hasBegunBody = true;
    if (isWhole) {
      // One write instead of several: as a text, head and body go into the same buffer.
      if (chunk.length <= smallBody) response.end(chunk.toString('latin1'), 'latin1');
      else response.end(chunk);
      return;
    }
    if (response.write(chunk)) return;
    controller.pause();
    response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#end();
    this.#hasBegunBody = true;
    const { response } = this.#parts;
    if (!response.writableEnded) response.end();
  }

  onResponseError(_: unknown, error: Error): void {
    const backend = this.#backend;
    if (this.#isOver || backend === null) return;
    if (this.#status !== 0) {
      this.#end();
      if (this.#status < 500) this.#attempts.tally.brokeOff();
      this.#parts.response.destroy();
      return;
    }
    this.#release();
    const mishap = mishapOf(error, this.#isSent);
    if (mishap === null) this.#refuse(400, 'the request cannot be passed on');
    else this.#tryAgain(backend, mishap);
  }

  #send(backend: Backend): void {
    const { request, response, entry } = this.#parts;
    this.#backend = backend;
    backend.requests.add(this);
    this.#isSent = false;
    this.#controller = null;
    this.#body = entry.head.hasBody
      ? new RequestBody(request, () => {
          if (entry.head.expectsContinue) response.writeContinue();
        })
      : null;
    const method = request.method ?? 'GET';
    // undici takes every async iterable as a body; its types name only some.
    const body = this.#body as Dispatcher.DispatchOptions['body'] & RequestBody;
    backend.pool.dispatch({ path: entry.path, method, headers: entry.head.onward, body }, this);
  }

  #tryAgain(backend: Backend, mishap: Mishap): void {
    const mayRepeat =
      mishap === 'refused' || (mishap === 'lost' && this.#body === null && isSafe(this.#parts.request));
    const next = this.#attempts.after(backend, mishap, mayRepeat);
    if (next === null) {
      const [status, sentence] = words[mishap];
      this.#refuse(status, `the service ${this.#service()} ${sentence}`);
      return;
    }
    // Claimed now, sent later: the pool that called us has still to put its connection away.
    next.requests.add(this);
    this.#backend = next;
    queueMicrotask(() => {
      if (!this.#isOver) this.#send(next);
    });
  }

  #headersOf(controller: Controller): string[] {
    const { entry, site } = this.#parts;
    const raw = controller.rawHeaders;
    const headers = headersBack(Array.isArray(raw) ? raw : []);
    headers.push('x-fairway-revision', this.#attempts.arm.revision, 'x-request-id', entry.requestId);
    if (entry.choice.cookie !== null) headers.push('set-cookie', entry.choice.cookie);
    if (site.world.isEnding) headers.push('connection', 'close');
    this.#inspect(headers);
    return headers;
  }

  #inspect(headers: readonly string[]): void {
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const [name, text] = [headers[at] ?? '', headers[at + 1] ?? ''];
      if (name.length === 14 && name.toLowerCase() === 'content-length') this.#length = Number(text);
      else if (name.length === 12 && name.toLowerCase() === 'content-type')
        this.#isEventStream = text.startsWith('text/event-stream');
    }
  }

  #onCallerGone(): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller?.abort(new Error('the caller went away'));
  }

  #refuse(status: number, sentence: string, more: Readonly<Record<string, string>> = {}): void {
    this.#end();
    const { response, entry } = this.#parts;
    answer(response, status, sentence, {
      'x-fairway-revision': this.#attempts.arm.revision,
      'x-request-id': entry.requestId,
      // Whether the body still comes is unclear where nobody said to go on with it.
      ...(entry.head.expectsContinue ? { connection: 'close' } : {}),
      ...more,
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#body?.stop();
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

const words = {
  refused: [502, 'could not be reached'],
  lost: [502, 'closed the connection without an answer'],
  timeout: [504, 'did not answer in time'],
} as const satisfies Record<Mishap, readonly [status: number, sentence: string]>;

const isSafe = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/** Bytes up to which copying a body is cheaper than a write of its own. */
const smallBody = 16_384;

/** Null: the request itself is what the client of the service would not send. */
function mishapOf(error: Error, isSent: boolean): Mishap | null {
  const code = 'code' in error ? error.code : '';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return null;
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return 'timeout';
  return isSent ? 'lost' : 'refused';
}
