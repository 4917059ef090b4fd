import { connect, type Socket } from 'node:net';

/** A kept HTTP/1.1 connection with one request at a time, as cheap as Node can: it shares the machine with the measured. */
export interface Connection {
  send(): void;
  end(): void;
}

export interface Listening {
  /** Ready for a request: opened, opened again, or after an answer. */
  readonly onIdle: (connection: Connection) => void;
  readonly onAnswer: (connection: Connection, status: number) => void;
  /** Ended by the other side: with a request under way, or idle. */
  readonly onLost: (connection: Connection, wasBusy: boolean) => void;
}

const headEnd = Buffer.from('\r\n\r\n');
const pauseMillis = 20; // after a connection that was refused

/** Opens a connection and opens it again whenever it ends. */
export function openConnection(port: number, { onIdle, onAnswer, onLost }: Listening): Connection {
  const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`;
  let kept: Buffer | null = null;
  let isBusy = false;
  let isEnded = false;
  let socket = open();
  const connection: Connection = {
    send() {
      isBusy = true;
      socket.write(request, 'latin1');
    },
    end() {
      isEnded = true;
      socket.destroy();
    },
  };
  return connection;

  function open(): Socket {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true });
    opened.on('connect', () => onIdle(connection));
    opened.on('data', read);
    opened.on('end', () => opened.destroy()); // what is written from now on would be lost
    opened.on('error', () => undefined); // 'close' follows
    opened.on('close', again);
    return opened;
  }

  function read(chunk: Buffer): void {
    const bytes: Buffer = kept === null ? chunk : Buffer.concat([kept, chunk]);
    const length = lengthOf(bytes);
    kept = length === null || bytes.length < length ? bytes : null;
    if (kept !== null || !isBusy) return;
    isBusy = false;
    onAnswer(connection, Number(bytes.toString('latin1', 9, 12)));
    onIdle(connection);
  }

  function again(): void {
    if (isEnded) return;
    kept = null;
    const wasBusy = isBusy;
    isBusy = false;
    onLost(connection, wasBusy);
    setTimeout(() => {
      if (!isEnded) socket = open();
    }, pauseMillis);
  }
}

/** Bytes of the whole answer; null while its head is not complete. All measured programs keep the content-length. */
function lengthOf(bytes: Buffer): number | null {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return null;
  const head = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  return end + headEnd.length + Number(length);
}
