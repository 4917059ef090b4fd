import type { IncomingMessage } from 'node:http';

/**
 * The body of a request for the client of the service. Nothing is read before somebody iterates, so a request whose
 * connection was refused still has its whole body. Reading ends without an error being thrown into the request, which
 * would close the caller's connection before it got its answer.
 */
export class RequestBody implements AsyncIterable<Buffer> {
  readonly #request: IncomingMessage;
  readonly #onStart: () => void;
  #isStopped = false;
  #wake: () => void = () => undefined;

  constructor(request: IncomingMessage, onStart: () => void) {
    this.#request = request;
    this.#onStart = onStart;
  }

  /** The answer is complete: the rest of the body is of no interest to the service. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const request = this.#request;
    const wake = () => this.#wake();
    this.#onStart();
    request.on('readable', wake).on('end', wake).on('close', wake);
    try {
      while (!this.#isStopped) {
        const chunk = request.read() as Buffer | null;
        if (chunk !== null) yield chunk;
        else if (request.readableEnded) return;
        else if (request.destroyed) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      throw new Error('the caller did not send the whole body');
    } finally {
      request.off('readable', wake).off('end', wake).off('close', wake);
    }
  }
}
