import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from './answer.ts';
import { Attempts, type Mishap } from './attempts.ts';
import type { Backend, InFlight } from './backend.ts';
import { RequestBody } from './body.ts';
import { type Entry, enter } from './entry.ts';
import { headersBack } from './headers.ts';
import type { Site } from './site.ts';
import type { Asker, Loss, Way } from './upstream/connection.ts';
import type { AnswerHead } from './upstream/parser.ts';
import { askingOf } from './upstream/request.ts';

/** Passes a request on to a replica and its answer back, both as streams. */
export function forward(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const began = performance.now();
  const entry = enter(site, request);
  if (!('choice' in entry)) {
    if (site.world.isEnding) response.shouldKeepAlive = false;
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
class Exchange implements Asker, InFlight {
  readonly #parts: Parts;
  readonly #attempts: Attempts;
  #body: RequestBody | null = null;
  #backend: Backend | null = null;
  #way: Way | null = null;
  /** The present attempt's request was written: at least its head may have reached the replica. */
  #isSent = false;
  #status = 0;
  #isEventStream = false;
  /** `content-length` of the answer; -1 when it has none. */
  #length = -1;
  #hasBegunBody = false;
  #isPaused = false;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.site, parts.entry.choice, 'requests', parts.began);
  }

  begin(): void {
    this.#parts.response.once('close', () => this.#onCallerGone());
    const backend = this.#attempts.first();
    if (backend !== null) this.#send(backend, false);
    else this.#refuse(503, `the service ${this.#service()} has no replica for this request now`);
  }

  cut(): void {
    if (this.#isOver) return;
    this.#end();
    this.#way?.abort();
    const { response } = this.#parts;
    if (this.#status === 0) {
      this.#attempts.giveUp();
      this.#refuse(503, 'the replica was taken away before it had answered', { connection: 'close' });
    } else if (this.#isEventStream) response.end();
    else response.destroy(); // an orderly end would make a part look like the whole
  }

  sweep(): void {
    this.#attempts.sweep();
  }

  onSent(): void {
    this.#isSent = true;
  }

  onHead(head: AnswerHead): void {
    const { response, site } = this.#parts;
    this.#status = head.status;
    this.#length = head.length;
    this.#attempts.answered(head.status);
    if (site.world.isEnding) response.shouldKeepAlive = false;
    response.writeHead(head.status, head.message, this.#headersOf(head));
  }

  onHeadAlone(): void {
    const { response } = this.#parts;
    if (!response.destroyed) response.flushHeaders();
  }

  onBody(part: Buffer): void {
    const { response } = this.#parts;
    const isWhole = !this.#hasBegunBody && part.length === this.#length;
    this.#hasBegunBody = true;
    if (isWhole && part.length <= smallBody) {
      // One write instead of several: as a text, head and body go into the same buffer.
      response.end(part.toString('latin1'), 'latin1');
      return;
    }
    if (response.write(Buffer.from(part)) || this.#isPaused) return;
    this.#isPaused = true;
    this.#way?.pause();
    response.once('drain', () => {
      this.#isPaused = false;
      this.#way?.resume();
    });
  }

  onEnd(): void {
    if (this.#isOver) return;
    this.#end();
    const { response } = this.#parts;
    if (!response.writableEnded) response.end();
  }

  onLoss(loss: Loss): void {
    const backend = this.#backend;
    if (this.#isOver || backend === null) return;
    if (this.#status !== 0) {
      this.#end();
      if (this.#status < 500) this.#attempts.brokeOff();
      this.#parts.response.destroy();
      return;
    }
    this.#release();
    this.#tryAgain(backend, loss);
  }

  #send(backend: Backend, fresh: boolean): void {
    const { request, response, entry } = this.#parts;
    this.#backend = backend;
    backend.requests.add(this);
    this.#isSent = false;
    this.#way = null;
    this.#body = entry.head.hasBody
      ? new RequestBody(request, () => {
          if (entry.head.expectsContinue) response.writeContinue();
        })
      : null;
    const asking = askingOf(request.method ?? 'GET', entry.path, entry.head.onward, this.#body);
    if (asking === null) this.#refuse(400, 'the request cannot be passed on');
    else this.#way = backend.pool.ask(asking, this, fresh);
  }

  #tryAgain(backend: Backend, mishap: Mishap): void {
    const isHarmless = this.#body === null && isIdempotent(this.#parts.request);
    const mayRepeat = mishap === 'refused' || (mishap === 'lost' && (!this.#isSent || isHarmless));
    const next = this.#attempts.after(backend, mishap, mayRepeat);
    if (next !== null) {
      // What was lost may have been an old idle connection: another one of those would be no better.
      this.#send(next, mishap === 'lost');
      return;
    }
    const [status, sentence] = words[mishap];
    this.#refuse(status, `the service ${this.#service()} ${sentence}`);
  }

  #headersOf({ headers: raw, length }: AnswerHead): string[] {
    const { entry } = this.#parts;
    const headers = headersBack(raw);
    if (length < 0) this.#isEventStream = isEventStream(headers);
    headers.push('x-fairway-revision', this.#attempts.arm.revision, 'x-request-id', entry.requestId);
    if (entry.choice.cookie !== null) headers.push('set-cookie', entry.choice.cookie);
    return headers;
  }

  #onCallerGone(): void {
    if (this.#isOver) return;
    this.#attempts.callerGone();
    this.#end();
    this.#way?.abort();
  }

  #refuse(status: number, sentence: string, more: Readonly<Record<string, string>> = {}): void {
    this.#end();
    const { response, entry, site } = this.#parts;
    if (site.world.isEnding) response.shouldKeepAlive = false;
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

/** RFC 9110, 9.2.2: asked twice, they do what they do once. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const isIdempotent = ({ method }: IncomingMessage) => idempotent.has(method ?? '');

/** Bytes up to which copying a body is cheaper than a write of its own. */
const smallBody = 16_384;

function isEventStream(headers: readonly string[]): boolean {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (name.length !== 12 || name.toLowerCase() !== 'content-type') continue;
    return headers[at + 1]?.startsWith('text/event-stream') === true;
  }
  return false;
}
