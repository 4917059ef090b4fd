import type { Socket } from 'node:net';
import { millis } from '#kernel';
import type { World } from '../site.ts';
import { closeFrame, FrameTracker } from './frames.ts';

/** How long the two sides have to go along with a close. */
const closeMillis = millis(2_000);

/**
 * The two directions of an open WebSocket. Bytes pass unchanged; only at its end the router speaks itself: the caller
 * gets a close frame 1012 ("service restart": come again), its reply goes on to the service, which so sees the caller
 * leave in order, after everything that the caller had sent.
 */
export class Tunnel {
  readonly #caller: Socket;
  readonly #service: Socket;
  readonly #world: World;
  readonly #toCaller = new FrameTracker();
  readonly #toService = new FrameTracker();
  /** Our close frame shall go to the caller as soon as a frame of the service ends. */
  #isDue = false;
  /** The caller has got its last frame from us. */
  #isTold = false;
  #ending: Promise<'ended' | 'cut'> | null = null;
  #hasLostService = false;
  readonly #callerClosed = new AbortController();
  readonly #serviceClosed = new AbortController();

  constructor({ caller, service, world }: { caller: Socket; service: Socket; world: World }) {
    this.#caller = caller;
    this.#service = service;
    this.#world = world;
  }

  /** `fromCaller` and `fromService` came together with the heads of the handshake. */
  begin(fromCaller: Buffer, fromService: Buffer): void {
    const [caller, service] = [this.#caller, this.#service];
    for (const socket of [caller, service]) {
      socket.setNoDelay(true);
      socket.setTimeout(0);
    }
    caller.on('data', (chunk: Buffer) => this.#passToService(chunk));
    service.on('data', (chunk: Buffer) => this.#passToCaller(chunk));
    caller.on('drain', () => service.resume());
    service.on('drain', () => caller.resume());
    caller.once('end', () => service.end());
    service.once('end', () => this.#serviceIsGone());
    service.once('close', () => {
      this.#serviceClosed.abort();
      this.#serviceIsGone();
    });
    if (fromCaller.length > 0) this.#passToService(fromCaller);
    if (fromService.length > 0) this.#passToCaller(fromService);
  }

  /** Ends it in order; `cut` when one side did not go along in time. */
  end(): Promise<'ended' | 'cut'> {
    this.#ending ??= this.#endInOrder();
    return this.#ending;
  }

  /**
   * The service reads to the end what the caller has sent, and what it still sends is dropped: closing at once would
   * answer that with a reset, which may overtake the caller's last words.
   */
  callerIsGone(): void {
    this.#callerClosed.abort();
    this.#service.end();
    this.#service.resume();
    void this.#soon(this.#serviceClosed.signal).then(() => this.#service.destroy());
  }

  /** No more will come from the service. A caller that was not told why is told to come again. */
  #serviceIsGone(): void {
    if (this.#hasLostService) return;
    this.#hasLostService = true;
    this.#tell();
    this.#caller.end();
    void this.#soon(this.#callerClosed.signal).then(() => this.#caller.destroy());
  }

  async #endInOrder(): Promise<'ended' | 'cut'> {
    this.#isDue = true;
    this.#tell();
    await this.#soon(this.#callerClosed.signal);
    if (this.#callerClosed.signal.aborted) return 'ended';
    if (this.#toService.isBetweenFrames && !this.#toService.hasClosed) {
      const mask = Buffer.from(Array.from({ length: 4 }, () => Math.floor(this.#world.random() * 256)));
      this.#service.write(closeFrame(1001, '', mask));
    }
    this.#service.destroySoon();
    this.#caller.destroySoon();
    return 'cut';
  }

  #soon(event: AbortSignal): Promise<void> {
    return this.#world.clock.sleep(closeMillis, event);
  }

  #tell(): void {
    if (this.#isTold || this.#toCaller.hasClosed || !this.#toCaller.isBetweenFrames) return;
    this.#isTold = true;
    if (this.#caller.writable) this.#caller.write(closeFrame(1012, 'service restart', null));
    this.#service.resume(); // what still comes is read and dropped
  }

  #passToCaller(chunk: Buffer): void {
    if (this.#isTold) return; // nothing may follow a close frame
    const length = this.#toCaller.advance(chunk, this.#isDue);
    const passed = length === chunk.length ? chunk : chunk.subarray(0, length);
    if (this.#caller.writable && !this.#caller.write(passed)) this.#service.pause();
    if (this.#isDue) this.#tell();
  }

  #passToService(chunk: Buffer): void {
    this.#toService.advance(chunk);
    if (this.#service.writable && !this.#service.write(chunk)) this.#caller.pause();
    // Both sides have closed from where the caller stands: the one that was asked closes the connection.
    if (this.#isTold && this.#toService.hasClosed) this.#caller.end();
  }
}
