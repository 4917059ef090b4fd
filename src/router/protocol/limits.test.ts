import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../testing/place.ts';
import { message, poison } from './testing/hostile.ts';
import { converse, type Recorder, startRecorder, statusesOf } from './testing/recorder.ts';
import type { ListenerSettings } from './settings.ts';
import { type Stand, startStand } from './testing/stand.ts';

async function begin(
  settings: Partial<ListenerSettings> = {},
  act?: Parameters<typeof startRecorder>[0],
): Promise<{ stand: Stand; replica: Recorder }> {
  const replica = await startRecorder(act);
  const stand = await startStand([replica.port], settings);
  onTestFinished(async () => {
    await stand.close();
    await replica.close();
  });
  return { stand, replica };
}

/** A caller that writes when it likes. */
function callerOf(port: number): { socket: Socket; text(): string; closed: Promise<void> } {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1'))).on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    text: () => text,
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

const get = (path: string, ...fields: readonly string[]) =>
  message(`GET ${path} HTTP/1.1`, 'Host: x', ...fields, '', '');
const post = (...lines: readonly string[]) => message('POST / HTTP/1.1', 'Host: x', ...lines);

test.each([
  ['two lengths', post('Content-Length: 4', 'Content-Length: 5', '', 'abcd'), 400],
  ['two Hosts', get('/bad', 'Host: y'), 400],
  ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n', 400],
  ['a method that is not passed on', 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n', 405],
  ['a body that is too large', post('Content-Length: 99999999999', '', 'abcd'), 413],
  ['a head that is too large', get('/', `X: ${'y'.repeat(50_000)}`), 431],
])(
  'behind good requests, %s gets its own answer in its turn, and what follows none',
  async (_, bad, status) => {
    const { stand, replica } = await begin({}, (socket) => {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 60);
    });
    const { statuses, isClosed } = await converse(stand.port, get('/1') + get('/2') + bad + poison);
    expect(statuses).toEqual([200, 200, status]);
    expect(isClosed).toBe(true);
    expect(
      replica
        .received()
        .map(({ line }) => line)
        .toSorted(),
    ).toEqual(['GET /1 HTTP/1.1', 'GET /2 HTTP/1.1']);
    expect(stand.counts()).toEqual([2, 0]);
  },
);

test('a bad chunk ends its own request with 400, behind the answers before it', async () => {
  const { stand, replica } = await begin();
  const bad = post('Transfer-Encoding: chunked', '', '4', 'abcd', 'zz', poison);
  const { statuses, isClosed } = await converse(stand.port, get('/1') + bad);
  expect([statuses, isClosed]).toEqual([[200, 400], true]);
  expect(replica.received().map(({ line }) => line)).toEqual(['GET /1 HTTP/1.1']);
  await until(() => stand.open() === 0);
  expect(stand.counts()).toEqual([1, 0]); // the caller's fault is none of the replica's
});

test('a bad chunk behind the beginning of the answer cuts it', async () => {
  const { stand } = await begin();
  const replica = await startRecorder();
  onTestFinished(() => replica.close());
  const early = await startEarly();
  stand.route([early.port]);
  const caller = callerOf(stand.port);
  caller.socket.write(post('Transfer-Encoding: chunked', '', '4', 'abcd', ''));
  await until(() => caller.text().includes('part'));
  caller.socket.write('zz\r\n');
  await caller.closed;
  expect(caller.text()).toMatch(/part\r\n$/);
});

/** A replica that begins its answer before it has read the body. */
async function startEarly(): Promise<{ port: number }> {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    response.writeHead(200).write('part');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0 };
}

test.each([
  ['nothing at all', ''],
  ['half a request line', 'GET / HT'],
  ['half a head', 'GET / HTTP/1.1\r\nHost: x\r\n'],
])('a caller that sends %s and waits gets 408', async (_, sent) => {
  const { stand, replica } = await begin({ headMillis: 300 });
  const { statuses, isClosed } = await converse(stand.port, sent);
  expect([statuses, isClosed]).toEqual([[408], true]);
  expect(replica.bytes()).toBe('');
});

test('a head that comes byte by byte gets 408 at its time, and so does the second one of a connection', async () => {
  const { stand } = await begin({ headMillis: 400 });
  const caller = callerOf(stand.port);
  caller.socket.write(get('/1'));
  await until(() => caller.text().endsWith('ok'));
  const began = performance.now();
  const drip = setInterval(() => caller.socket.writable && caller.socket.write('x'), 20);
  caller.socket.write('GET /');
  await caller.closed;
  clearInterval(drip);
  expect(statusesOf(caller.text())).toEqual([200, 408]);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a body that stops coming gets 408, and the replica sees it end', async () => {
  const { stand, replica } = await begin({ bodyMillis: 400 });
  const { statuses, isClosed } = await converse(stand.port, post('Content-Length: 10', '', 'abcd'));
  expect([statuses, isClosed]).toEqual([[408], true]);
  await until(() => stand.open() === 0);
  expect(replica.received()).toEqual([]);
  expect(stand.counts()[1], 'it is no failure of the replica').toBe(0);
});

test('a body that comes slower than it may gets 408', async () => {
  const { stand } = await begin({ bodyMillis: 400, bodyBytes: 1_000 });
  const caller = callerOf(stand.port);
  caller.socket.write(post('Transfer-Encoding: chunked', '', ''));
  const drip = setInterval(() => caller.socket.writable && caller.socket.write('1\r\nx\r\n'), 20);
  await caller.closed;
  clearInterval(drip);
  expect(statusesOf(caller.text())).toEqual([408]);
});

test('a body that comes slowly but comes is not cut, and neither is one that the replica does not read', async () => {
  const { stand, replica } = await begin({ bodyMillis: 300 });
  const caller = callerOf(stand.port);
  caller.socket.write(post('Content-Length: 10', 'Connection: close', '', ''));
  for (let each = 0; each < 10; each += 1) {
    await delay(100);
    caller.socket.write('x');
  }
  await caller.closed;
  expect(statusesOf(caller.text())).toEqual([200]);
  expect(replica.received()[0]?.body).toBe('x'.repeat(10));

  const { createServer } = await import('node:http');
  const lazy = createServer((request, response) => {
    setTimeout(() => request.resume().on('end', () => response.end('ok')), 1_200);
  });
  await new Promise<void>((resolve) => lazy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void lazy.close());
  const address = lazy.address();
  stand.route([typeof address === 'object' && address !== null ? address.port : 0]);
  const answer = await fetch(`http://127.0.0.1:${stand.port}/`, {
    method: 'POST',
    body: Buffer.alloc(30_000_000),
  });
  expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
});

test.each([
  ['announced', [post('Content-Length: 2000', '', 'abcd')]],
  ['not announced', [post('Transfer-Encoding: chunked', '', ''), '7d0\r\n', 'x'.repeat(2_000)]],
])('a body beyond its limit, %s, gets 413', async (_, parts) => {
  const { stand, replica } = await begin({ body: 1_000 });
  const { statuses, isClosed } = await converse(stand.port, parts);
  expect([statuses, isClosed]).toEqual([[413], true]);
  expect(replica.received()).toEqual([]);
  expect(stand.counts()[1], 'it is no failure of the replica').toBe(0);
});

test('a body that nobody wants any more is not taken for ever', async () => {
  const { stand } = await begin({ lingerMillis: 400 });
  stand.route([]);
  const caller = callerOf(stand.port);
  caller.socket.write(post('Transfer-Encoding: chunked', '', ''));
  const flood = setInterval(() => caller.socket.writable && caller.socket.write('1\r\nx\r\n'), 10);
  await caller.closed;
  clearInterval(flood);
  expect(statusesOf(caller.text())).toEqual([503]);
});

test('connections beyond the limit are closed as they come, and the others go on', async () => {
  const { stand } = await begin({ connections: 3 });
  const callers = Array.from({ length: 3 }, () => callerOf(stand.port));
  for (const [index, caller] of callers.entries()) {
    caller.socket.write(get('/'));
    await until(() => statusesOf(caller.text()).length === 1 || index > 2);
  }
  const late = callerOf(stand.port);
  await late.closed;
  expect(late.text()).toBe('');
  callers[0]?.socket.write(get('/'));
  await until(() => statusesOf(callers[0]?.text() ?? '').length === 2);
});

test('an idle connection is kept for its time and then closed without a word', async () => {
  const { stand } = await begin({ idleMillis: 300 });
  const { statuses, isClosed } = await converse(stand.port, get('/'));
  expect([statuses, isClosed]).toEqual([[200], true]);
});
