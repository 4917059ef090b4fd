import { connect } from 'node:net';
import { seconds } from '#kernel';
import type { Answer } from '../supervisor/index.ts';

const DEADLINE = seconds(2);

/**
 * Asks a Redis server for a PONG over one short connection (RESP 2). Only the owner of the password gets it, so that
 * whoever answers is the server that was meant.
 */
export function askRedis(port: number, password: string): Promise<Answer> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (answer: Answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8').setTimeout(DEADLINE);
    socket.once('connect', () => void socket.write(command('AUTH', password) + command('PING')));
    socket.on('data', (text: string) => {
      received += text;
      const answer = judge(received);
      if (answer !== null) settle(answer);
    });
    socket.once('timeout', () => settle(failed('it did not answer within 2 s')));
    socket.once('end', () => settle(failed('it closed the connection')));
    socket.once('error', (reason) => settle(failed(reason.message)));
  });
}

const command = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** Null while more lines are needed. The two replies come in order: to AUTH, then to PING. */
function judge(received: string): Answer | null {
  const lines = received.split('\r\n').slice(0, -1);
  const error = lines.find((line) => line.startsWith('-'));
  if (error?.startsWith('-LOADING') === true) return { state: 'starting', detail: 'it is reading its data' };
  if (error !== undefined) return failed(error.slice(1));
  return lines[0] === '+OK' && lines[1] === '+PONG' ? { state: 'ready' } : null;
}

const failed = (detail: string): Answer => ({ state: 'failed', detail });
