import { connect, type Socket } from 'node:net';
import { monotonicMicros, type SocketsHeld } from './task.ts';

const atOnce = 100;
const limitMillis = 5_000;
const askedEvery = 50;
const handshake = (port: number) =>
  `GET /sockets HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
/** RFC 6455 section 5.2: a last text frame of five bytes, from a client (masked, by zeros) and back. */
const [question, reply] = [
  Buffer.from('\x81\x85\0\0\0\0hello', 'latin1'),
  Buffer.from('\x81\x05hello', 'latin1'),
];

/** Opens WebSockets and leaves them open; some of them are asked for an echo. */
export async function openSockets(ask: {
  readonly port: number;
  readonly count: number;
}): Promise<SocketsHeld> {
  const began = monotonicMicros();
  const open: Socket[] = [];
  let [next, reason] = [0, null as string | null];
  const one = async () => {
    while (next < ask.count && reason === null) {
      next += 1;
      try {
        open.push(await openSocket(ask.port));
      } catch (problem) {
        reason ??= problem instanceof Error ? problem.message : String(problem);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const seconds = (monotonicMicros() - began) / 1_000_000;
  const asked = open.filter((_, at) => at % askedEvery === 0);
  const echoed = (await Promise.all(asked.map(echoes))).filter(Boolean).length;
  return { opened: open.length, reason, asked: asked.length, echoed, seconds };
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const giveUp = (why: string) => {
      socket.destroy();
      reject(new Error(why));
    };
    const limit = setTimeout(() => giveUp('no answer in time'), limitMillis);
    socket.on('error', ({ message }) => giveUp(message));
    socket.once('close', () => giveUp('closed before the answer'));
    socket.write(handshake(port));
    let text = '';
    socket.on('data', function read(chunk) {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      clearTimeout(limit);
      socket.off('data', read).removeAllListeners('close');
      if (!text.startsWith('HTTP/1.1 101')) return giveUp(text.slice(0, text.indexOf('\r\n')));
      socket.resume();
      resolve(socket);
    });
  });
}

function echoes(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), limitMillis);
    socket.once('data', (chunk) => {
      clearTimeout(limit);
      resolve(chunk.equals(reply));
    });
    socket.write(question);
  });
}
