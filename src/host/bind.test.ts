import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '#process';
import { bind, type Closable } from './bind.ts';

let bound: Closable | null = null;
afterEach(() => {
  bound?.close();
  bound = null;
});

const patience = { requestTimeout: 300, headersTimeout: 300, connectionsCheckingInterval: 50 };

async function aServer(): Promise<number> {
  const port = await freePort();
  if (!port.ok) throw new Error(port.error.code);
  const fetch = async (request: Request) => new Response(await request.text());
  const done = await bind(fetch, { host: '127.0.0.1', port: port.value, tls: null }, patience);
  if (!done.ok) throw new Error(done.error.code);
  bound = done.value;
  return port.value;
}

/** What comes back until the other end closes. */
function sendSlowly(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece: Buffer) => (heard += piece.toString()));
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => {
      socket.destroy();
      reject(new Error('the connection is still open'));
    });
  });
}

test.each([
  ['headers', 'GET / HTTP/1.1\r\nHost: here\r\n'],
  ['a body', 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{'],
])('who sends %s without end is not waited for', async (_, begun) => {
  expect(await sendSlowly(await aServer(), begun)).toMatch(/^HTTP\/1.1 (?:408|400)|^$/);
});
