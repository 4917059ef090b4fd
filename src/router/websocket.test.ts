import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { countsOf, createPlace, type Place, stable, until, value } from './testing/place.ts';
import { closeFrame, FrameTracker } from './websocket/frames.ts';

const never = new AbortController().signal;

interface Client {
  readonly socket: WebSocket;
  readonly messages: string[];
  /** Code and reason, once it is closed. */
  readonly closed: Promise<readonly [number, string]>;
}

async function open(place: Place, options: Record<string, unknown> = {}): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${place.port}/socket`, options);
  onTestFinished(() => socket.terminate());
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString()));
  const closed = new Promise<readonly [number, string]>((resolve) =>
    socket.on('close', (code, reason) => resolve([code, reason.toString()])),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, messages, closed };
}

describe('a WebSocket', () => {
  test('passes every message in order both ways, and counts as one good request', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const client = await open(place);
    for (let each = 0; each < 1_000; each += 1) client.socket.send(`m${each}`);
    await until(() => client.messages.length === 1_000);
    expect(client.messages).toEqual(Array.from({ length: 1_000 }, (_, each) => `a:m${each}`));
    expect(place.router.state().open).toEqual([{ replica: 'a', requests: 0, sockets: 1 }]);
    client.socket.close(4001, 'bye');
    expect(await client.closed).toEqual([4001, 'bye']);
    await until(() => place.router.state().open[0]?.sockets === 0);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 0, 1]);
  });

  test('passes messages of any size', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const client = await open(place);
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 3_000_000];
    for (const size of sizes) client.socket.send('x'.repeat(size));
    await until(() => client.messages.length === sizes.length);
    expect(client.messages.map(({ length }) => length - 2)).toEqual(sizes);
  });

  test('gets the revision and its point with the handshake', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))], {
      affinity: { cookie: 'lane', lifetimeMillis: 1_000 },
    });
    const socket = new WebSocket(`ws://127.0.0.1:${place.port}/socket`);
    onTestFinished(() => socket.terminate());
    const headers = await new Promise<Record<string, unknown>>((resolve) =>
      socket.once('upgrade', (response) => resolve(response.headers)),
    );
    expect(headers).toMatchObject({
      'x-fairway-revision': 'revision-a',
      'set-cookie': [expect.stringMatching(/^lane=/)],
    });
  });

  test('that the service refuses is refused in the words of the service', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const socket = new WebSocket(`ws://127.0.0.1:${place.port}/elsewhere`);
    const status = await new Promise((resolve) =>
      socket
        .on('error', () => undefined)
        .once('unexpected-response', (_, { statusCode }) => resolve(statusCode)),
    );
    expect(status).toBe(400);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 0, 1]);
  });

  test('finds another replica when one refuses the connection', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await a.kill();
    await place.route([stable(100, a, b)]);
    for (let each = 0; each < 4; each += 1) await open(place);
    expect(b.sockets.size).toBe(4);
    expect(countsOf(place.router, 'revision-a')).toEqual([4, 0, 4]);
  });

  test('without any replica is refused with 502 and counted', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await a.kill();
    await place.route([stable(100, a)]);
    await expect(open(place)).rejects.toThrow(/502/);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 1, 0]);
  });

  test('whose caller vanishes is noticed by the service', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a)]);
    const client = await open(place);
    client.socket.terminate();
    await until(() => a.sockets.size === 0);
    expect(a.closeCodes).toEqual([1006]);
  });

  test('whose replica vanishes is told to come again', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a)]);
    const client = await open(place);
    for (const socket of a.sockets) socket.terminate();
    expect(await client.closed).toEqual([1012, 'service restart']);
  });

  test('bytes behind a handshake do not reach a service that refuses it', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a)]);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(place.port, '127.0.0.1', () =>
        socket.write(
          'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n' +
            'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
        ),
      );
      socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(a.requests()).toBe(0);
  });
});

describe('a drain of WebSockets', () => {
  test('closes each with 1012 on both sides, in order, and new ones go to the new revision', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const clients = await Promise.all(Array.from({ length: 20 }, () => open(place)));
    await place.route([stable(100, b)]);
    const request = { replicas: ['a'], requestsMillis: 0, websocketsMillis: 200 };
    expect(value(await place.router.drain(request, never))).toEqual({ cut: 0 });
    for (const client of clients) expect(await client.closed).toEqual([1012, 'service restart']);
    await until(() => a.sockets.size === 0);
    expect(a.closeCodes).toEqual(Array.from({ length: 20 }, () => 1012));
    await open(place);
    expect(b.sockets.size).toBe(1);
  });

  test('puts the close between two frames, however fast the service sends', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a)]);
    const clients = await Promise.all(Array.from({ length: 5 }, () => open(place)));
    await until(() => a.sockets.size === 5);
    const large = 'x'.repeat(300_000);
    let isSending = true;
    const sending = (async () => {
      while (isSending) {
        for (const socket of a.sockets) if (socket.bufferedAmount < 1_000_000) socket.send(large);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await until(() => clients.every(({ messages }) => messages.length > 3));
    await place.route([stable(100)]);
    const outcome = await place.router.drain(
      { replicas: ['a'], requestsMillis: 0, websocketsMillis: 100 },
      never,
    );
    isSending = false;
    await sending;
    expect(value(outcome)).toEqual({ cut: 0 });
    for (const client of clients) {
      expect(await client.closed).toEqual([1012, 'service restart']);
      expect(client.messages.every((message) => message === large)).toBe(true);
    }
    await until(() => a.closeCodes.length === 5);
    expect(a.closeCodes).toEqual([1012, 1012, 1012, 1012, 1012]);
  });

  test('loses nothing that the callers sent before they were told', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a)]);
    const client = await open(place);
    for (let each = 0; each < 500; each += 1) client.socket.send(`m${each}`);
    await place.route([stable(100)]);
    value(await place.router.drain({ replicas: ['a'], requestsMillis: 0, websocketsMillis: 0 }, never));
    await until(() => a.closeCodes.length === 1);
    expect(a.received).toHaveLength(500);
  });

  test('takes a handshake that is not answered yet to a replica that stays', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    a.server.removeAllListeners('upgrade');
    let asked = 0;
    a.server.on('upgrade', (_, socket) => {
      asked += 1;
      socket.on('error', () => undefined).on('end', () => socket.end());
      socket.resume();
    });
    await place.route([stable(100, a)]);
    const opening = open(place);
    await until(() => asked === 1);
    await place.route([stable(100, b)]);
    const request = { replicas: ['a'], requestsMillis: 0, websocketsMillis: 0 };
    expect(value(await place.router.drain(request, never))).toEqual({ cut: 0 });
    const client = await opening;
    client.socket.send('here');
    await until(() => client.messages.length === 1);
    expect(client.messages).toEqual(['b:here']);
  });

  test('cuts callers that do not go along, and the service still sees an orderly end', async () => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a)]);
    const silent = connect(place.port, '127.0.0.1');
    onTestFinished(() => void silent.destroy());
    silent.write(
      'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const chunks: Buffer[] = [];
    silent.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    await until(() => a.sockets.size === 1);
    await place.route([stable(100)]);
    const outcome = await place.router.drain(
      { replicas: ['a'], requestsMillis: 0, websocketsMillis: 0 },
      never,
    );
    expect(value(outcome)).toEqual({ cut: 1 });
    await until(() => a.closeCodes.length === 1);
    expect(a.closeCodes).toEqual([1001]);
    const frame = closeFrame(1012, 'service restart', null);
    expect(Buffer.concat(chunks).subarray(-frame.length)).toEqual(frame);
  });
});

describe('following frames', () => {
  /** A frame with its head built here by hand, so that the tracker is not tested with itself. */
  const frame = (opcode: number, length: number, masked: boolean): Buffer => {
    const mask = masked ? 0x80 : 0;
    const head =
      length < 126
        ? [0x80 | opcode, mask | length]
        : length < 65_536
          ? [0x80 | opcode, mask | 126, length >> 8, length & 0xff]
          : [0x80 | opcode, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
    return Buffer.concat([Buffer.from(head), Buffer.alloc((masked ? 4 : 0) + length, 0x88)]);
  };
  const frames = fc.array(
    fc.record({
      opcode: fc.constantFrom(0, 1, 2, 9, 10),
      length: fc.oneof(
        fc.integer({ min: 0, max: 130 }),
        fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000),
      ),
      masked: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );

  test('finds every boundary, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }), (list, cuts) => {
        const whole = Buffer.concat(list.map(({ opcode, length, masked }) => frame(opcode, length, masked)));
        const ends = new Set<number>();
        let sum = 0;
        for (const { opcode, length, masked } of list)
          ends.add((sum += frame(opcode, length, masked).length));
        const tracker = new FrameTracker();
        const stopping = new FrameTracker();
        const found = new Set<number>();
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const chunk = whole.subarray(at, at + (cuts[turn % cuts.length] ?? 1));
          expect(tracker.advance(chunk)).toBe(chunk.length);
          for (let inner = 0; inner < chunk.length; ) {
            inner += stopping.advance(chunk.subarray(inner), true);
            if (stopping.isBetweenFrames) found.add(at + inner);
          }
          at += chunk.length;
          expect(tracker.isBetweenFrames).toBe(ends.has(at));
        }
        expect(found).toEqual(ends);
        expect(tracker.hasClosed).toBe(false);
      }),
    );
  });

  test('a close frame is noticed when it is whole', () => {
    const tracker = new FrameTracker();
    const close = closeFrame(1000, 'done', Buffer.from([1, 2, 3, 4]));
    tracker.advance(close.subarray(0, close.length - 1));
    expect(tracker.hasClosed).toBe(false);
    tracker.advance(close.subarray(close.length - 1));
    expect(tracker.hasClosed).toBe(true);
  });
});
