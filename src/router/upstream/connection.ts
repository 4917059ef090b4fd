import { connect, type Socket } from 'node:net';
import { stopwatch } from '../counters.ts';
import { AnswerBroken, type AnswerHead, AnswerParser, type AnswerSink } from './parser.ts';

/** A request for a replica. */
export interface Asking {
  /** Request line and fields, with the empty line behind them. */
  readonly head: string;
  readonly isHead: boolean;
  /** Null: none. */
  readonly body: AsyncIterable<Buffer> | null;
  /** The head announces no length: the body is sent in parts that tell their own. */
  readonly isChunked: boolean;
}

/** How a request that was not answered ended. */
export type Loss = 'refused' | 'lost' | 'timeout';

/** Who asks. After `onLoss` or `onEnd` nothing more comes, nor after `abort`. */
export interface Asker {
  /** A connection is there: from now on the replica may have seen the request. */
  onSent(): void;
  onHead(head: AnswerHead): void;
  /** A view of a buffer that is used again. */
  onBody(part: Buffer): void;
  /** Nothing of the body came with the head. */
  onHeadAlone(): void;
  onEnd(): void;
  onLoss(loss: Loss): void;
}

/** A request on its way, for whoever asked. */
export interface Way {
  pause(): void;
  resume(): void;
  /** Gives it up; nothing more is told. */
  abort(): void;
}

export interface ConnectionHost {
  /** The answer is read and the connection can be used again. */
  onIdle(connection: Connection): void;
  onGone(connection: Connection): void;
}

const [connectMillis, answerMillis] = [2_000, 300_000];

/** All connections of a thread read into it, one after the other; what is kept is copied. */
const shared = Buffer.allocUnsafeSlow(65_536);

/** A connection to a replica: one request at a time, many in a row. */
export class Connection implements AnswerSink, Way {
  /** On the stopwatch: since when it has been idle. */
  idleSince = 0;
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #parser: AnswerParser;
  #asking: Asking | null;
  #asker: Asker | null;
  #isConnected = false;
  #isBodySent = true;
  /** On the stopwatch: when it is given up; 0: it may take as long as it takes. */
  #deadline: number;
  #hasHead = false;
  #hasBody = false;
  #isWhole = false;

  constructor(port: number, host: ConnectionHost, asking: Asking, asker: Asker) {
    this.#host = host;
    this.#asking = asking;
    this.#asker = asker;
    this.#deadline = stopwatch() + connectMillis;
    this.#parser = new AnswerParser(this);
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length, buffer) => {
          this.#onData(
            length === buffer.length ? (buffer as Buffer) : (buffer as Buffer).subarray(0, length),
          );
          return true;
        },
      },
    });
    this.#socket.on('connect', () => this.#onConnect());
    this.#socket.on('end', () => this.#onFinished());
    this.#socket.on('error', () => undefined); // told by the closing
    this.#socket.on('close', () => this.#onClosed());
  }

  ask(asking: Asking, asker: Asker): void {
    this.#asking = asking;
    this.#asker = asker;
    this.#begin(asking, asker);
  }

  /** For how long it may be idle: less than the other side keeps it, so that no request meets its closing. */
  get keepMillis(): number {
    const told = this.#parser.keepMillis;
    return told === null ? 4_000 : Math.min(4_000, told - 1_000);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abort(): void {
    this.#asker = null;
    this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Called now and then: gives up what has taken too long. */
  sweep(now: number): void {
    if (this.#deadline === 0 || now < this.#deadline) return;
    this.#lose(this.#isConnected ? 'timeout' : 'refused');
  }

  #onConnect(): void {
    this.#isConnected = true;
    const [asking, asker] = [this.#asking, this.#asker];
    if (asking !== null && asker !== null) this.#begin(asking, asker);
  }

  #begin(asking: Asking, asker: Asker): void {
    this.#deadline = stopwatch() + answerMillis;
    this.#hasHead = false;
    this.#hasBody = false;
    this.#isWhole = false;
    this.#isBodySent = asking.body === null;
    this.#parser.expect(asking.isHead);
    asker.onSent();
    if (this.#asker !== asker) return; // it did not want to any more
    if (asking.body === null) this.#socket.write(asking.head, 'latin1');
    else void this.#sendBody(asking, asking.body);
  }

  /**
   * With the pace of the slower side: nothing piles up here. The head leaves together with the first part, so that nothing
   * of a request reaches the replica whose body was broken from the beginning.
   */
  async #sendBody(asking: Asking, body: AsyncIterable<Buffer>): Promise<void> {
    const socket = this.#socket;
    let before = asking.head;
    try {
      for await (const part of body) {
        if (this.#asking !== asking || socket.destroyed) return;
        socket.cork();
        const size = asking.isChunked ? `${part.length.toString(16)}\r\n` : '';
        if (before !== '' || size !== '') socket.write(before + size, 'latin1');
        socket.write(part);
        before = asking.isChunked ? '\r\n' : '';
        socket.uncork();
        if (socket.writableNeedDrain) await drained(socket);
      }
      if (this.#asking !== asking) return;
      const end = before + (asking.isChunked ? '0\r\n\r\n' : '');
      if (end !== '') socket.write(end, 'latin1');
      this.#isBodySent = true;
    } catch {
      // The request has no end: this connection can carry no other one.
      if (this.#asking === asking) this.#lose('lost');
      else this.destroy();
    }
  }

  #onData(data: Buffer): void {
    const hadHead = this.#hasHead;
    let isSane = true;
    try {
      this.#parser.read(data);
    } catch (reason) {
      if (!(reason instanceof AnswerBroken)) throw reason;
      isSane = false;
    }
    if (this.#isWhole) this.#finish(isSane);
    else if (!isSane) this.#lose('lost');
    else if (!hadHead && this.#hasHead && !this.#hasBody) this.#asker?.onHeadAlone();
  }

  onHead(head: AnswerHead): void {
    this.#deadline = 0;
    this.#hasHead = true;
    this.#asker?.onHead(head);
  }

  onBody(part: Buffer): void {
    this.#hasBody = true;
    this.#asker?.onBody(part);
  }

  onEnd(): void {
    this.#isWhole = true; // acted on when all that came is read: what follows an answer must not meet the next request
  }

  #finish(isSane: boolean): void {
    const asker = this.#asker;
    this.#asker = null;
    this.#asking = null;
    this.#isWhole = false;
    if (isSane && this.#parser.isKept && this.#isBodySent && !this.#socket.destroyed) {
      this.#socket.resume();
      this.#host.onIdle(this);
    } else this.destroy();
    asker?.onEnd();
  }

  #onFinished(): void {
    try {
      this.#parser.close();
    } catch {
      this.#lose('lost');
    }
    if (this.#isWhole) this.#finish(false);
    else this.destroy();
  }

  #onClosed(): void {
    this.#host.onGone(this);
    this.#lose(this.#isConnected ? 'lost' : 'refused');
  }

  #lose(loss: Loss): void {
    const asker = this.#asker;
    this.#asker = null;
    this.#asking = null;
    this.#deadline = 0;
    this.destroy();
    asker?.onLoss(loss);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.once('drain', done).once('close', done);
  });
}
