import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '#kernel';
import { until } from '../testing/place.ts';
import { message } from './testing/hostile.ts';
import { converse } from './testing/recorder.ts';
import { type Stand, startStand } from './testing/stand.ts';

interface Replica {
  readonly port: number;
  /** Connections and requests that came so far, and requests whose caller went away. */
  readonly seen: { connections: number; requests: number; aborted: number };
}

async function startReplica(
  act: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Replica> {
  const seen = { connections: 0, requests: 0, aborted: 0 };
  const server = createServer((incoming, response) => {
    seen.requests += 1;
    incoming.on('error', () => undefined);
    response.once('close', () => (seen.aborted += response.writableFinished ? 0 : 1));
    act(incoming, response);
  });
  server.on('connection', () => (seen.connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

async function standFor(...replicas: readonly { readonly port: number }[]): Promise<Stand> {
  const stand = await startStand(replicas.map(({ port }) => port));
  onTestFinished(() => stand.close());
  return stand;
}

const get = (path: string, ...fields: readonly string[]) =>
  message(`GET ${path} HTTP/1.1`, 'Host: x', ...fields, '', '');
const addressOf = ({ port }: Stand) => `http://127.0.0.1:${port}`;

describe('connections', () => {
  test('to a caller and to a replica are used again', async () => {
    const replica = await startReplica((_, response) => response.end('ok'));
    const stand = await standFor(replica);
    const agent = new Agent({ connections: 1 });
    onTestFinished(() => agent.destroy());
    for (let each = 0; each < 200; each += 1) {
      const answer = await request(addressOf(stand), { dispatcher: agent });
      await answer.body.dump();
    }
    expect(replica.seen).toMatchObject({ connections: 1, requests: 200 });
  });

  test('with pipelined requests get their answers in order, whichever comes first', async () => {
    const replica = await startReplica(({ url = '' }, response) => {
      const place = Number(url.slice(1));
      setTimeout(() => response.end(`<${place}>`), (20 - place) * 10);
    });
    const stand = await standFor(replica);
    const lines = Array.from({ length: 20 }, (_, place) =>
      get(`/${place}`, ...(place === 19 ? ['Connection: close'] : [])),
    );
    const { text, statuses } = await converse(stand.port, lines.join(''));
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
    const order = [...text.matchAll(/<(\d+)>/g)].map(([, place]) => Number(place));
    expect(order).toEqual(Array.from({ length: 20 }, (_, place) => place));
  });

  test.each(['GET', 'HEAD', 'OPTIONS'])(
    'that replicas close just as a %s comes lose nothing',
    async (method) => {
      const random = seededRandom(7);
      const closing = createTcpServer((socket: Socket) => {
        socket
          .on('error', () => undefined)
          .on('data', () => {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
            setTimeout(() => socket.end(), random() * 4); // without a word beforehand
          });
      });
      closing.listen(0, '127.0.0.1');
      await once(closing, 'listening');
      onTestFinished(() => void closing.close());
      const stand = await standFor({ port: (closing.address() as AddressInfo).port });
      const agent = new Agent({ connections: 4 });
      onTestFinished(() => agent.destroy());
      const statuses = new Map<number, number>();
      const work = async () => {
        for (let each = 0; each < 500; each += 1) {
          const answer = await request(addressOf(stand), { method, dispatcher: agent });
          await answer.body.dump();
          statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
          await delay(random() * 4);
        }
      };
      // Two at once: at most two connections are old, and the third attempt has a new one.
      await Promise.all([work(), work()]);
      expect([...statuses]).toEqual([[200, 1_000]]);
      expect(stand.counts()).toEqual([1_000, 0]);
    },
  );
});

describe('a replica that dies before any byte of its answer', () => {
  test.each([
    ['GET', 200],
    ['HEAD', 200],
    ['OPTIONS', 200],
    ['POST', 502],
    ['PATCH', 502],
  ])('is made good by another one for %s: %i', async (method, status) => {
    const dying = await startReplica(({ socket }) => socket.destroy());
    const living = await startReplica((_, response) => response.end('ok'));
    const stand = await standFor(dying, living);
    const statuses = new Set<number>();
    const body = method === 'POST' || method === 'PATCH' ? 'abcd' : null;
    // In turn: half of them ask the dying one first, and only those can fail.
    for (let each = 0; each < 10; each += 1) {
      const answer = await request(addressOf(stand), { method: method as 'GET', body });
      await answer.body.dump();
      statuses.add(answer.statusCode);
    }
    expect(statuses).toEqual(new Set([200, status]));
    expect(dying.seen.requests).toBeGreaterThan(0);
  });

  test('never gets a POST a second time anywhere, once its body has begun', async () => {
    const act = ({ socket }: IncomingMessage) => socket.destroy();
    const replicas = [await startReplica(act), await startReplica(act), await startReplica(act)];
    const stand = await standFor(...replicas);
    const answer = await request(addressOf(stand), { method: 'POST', body: 'x'.repeat(100_000) });
    await answer.body.dump();
    expect(answer.statusCode).toBe(502);
    expect(replicas.reduce((sum, { seen }) => sum + seen.requests, 0)).toBe(1);
  });
});

describe('answers', () => {
  test.each([
    ['HEAD', 200, '1234', undefined],
    ['GET', 304, '1234', undefined],
    ['GET', 204, undefined, undefined],
  ])('to %s with %i have no body, and the length that they have', async (method, status, length, coding) => {
    const replica = await startReplica((_, response) =>
      response.writeHead(status, length === undefined ? {} : { 'content-length': length }).end(),
    );
    const stand = await standFor(replica);
    const line = message(`${method} / HTTP/1.1`, 'Host: x', '', '');
    const { text, statuses } = await converse(stand.port, [line, line], 500);
    const [head = '', second = ''] = text.split('\r\n\r\n');
    expect(text.split('\r\n\r\n')).toHaveLength(3); // two heads and nothing behind
    for (const each of [head, second]) {
      expect(each).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(/^content-length: (.*)$/im.exec(each)?.[1]).toBe(length);
      expect(/^transfer-encoding: (.*)$/im.exec(each)?.[1]).toBe(coding);
    }
    expect(statuses.length).toBeGreaterThan(0);
  });

  test('are passed on piece by piece, whatever they are', async () => {
    let writer: ServerResponse | null = null;
    const replica = await startReplica((_, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).flushHeaders();
      writer = response;
    });
    const stand = await standFor(replica);
    const answer = await fetch(addressOf(stand));
    const reader = answer.body?.getReader();
    for (const piece of ['one', 'two', 'three']) {
      (writer as ServerResponse | null)?.write(piece);
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(piece);
    }
    await reader?.cancel();
    await until(() => replica.seen.aborted === 1);
  });

  test('and requests have heads as large as may be', async () => {
    const large = 'v'.repeat(14_000);
    const replica = await startReplica(({ headers }, response) => {
      response.writeHead(200, { 'x-large': String(headers['x-large']) }).end();
    });
    const stand = await standFor(replica);
    const answer = await request(addressOf(stand), { headers: { 'x-large': large } });
    expect([answer.statusCode, answer.headers['x-large']]).toEqual([200, large]);
    await answer.body.dump();
  });

  test('of a refusal of a large head by the replica come back as they are', async () => {
    const replica = await startReplica((_, response) => response.end());
    const stand = await standFor(replica);
    const answer = await request(addressOf(stand), { headers: { 'x-large': 'v'.repeat(20_000) } });
    expect(answer.statusCode).toBe(431); // of the replica: Node takes 16 KiB
    expect(answer.headers['x-fairway-revision']).toBe('r');
    await answer.body.dump();
  });
});

describe('bodies', () => {
  test('of uploads wait at the caller while the replica does not read', async () => {
    const replica = await startReplica(() => undefined); // reads nothing, answers nothing
    const stand = await standFor(replica);
    const before = process.memoryUsage().rss;
    const callers = Array.from({ length: 10 }, () => {
      const socket = connect({ port: stand.port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      socket.write(message('POST / HTTP/1.1', 'Host: x', 'Content-Length: 1000000000', '', ''));
      const block = Buffer.alloc(1 << 16);
      const fill = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', fill);
      fill();
      onTestFinished(() => void socket.destroy());
      return socket;
    });
    const sent = () =>
      callers.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
    let last = -1;
    await until(async () => {
      const now = sent();
      const stood = now > 0 && now === last;
      last = now;
      await delay(300);
      return stood && sent() === now;
    });
    // What fits into the system's buffers of two connections each; a router that gathers bodies would take all.
    expect(sent()).toBeLessThan(10 * 24 * 1_048_576);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_048_576);
  });

  test('of downloads wait in the replica while many callers do not read', async () => {
    let written = 0;
    const block = Buffer.alloc(1 << 16);
    const replica = await startReplica((_, response) => {
      const fill = () => {
        while (!response.destroyed) {
          written += block.length;
          if (!response.write(block)) return;
        }
      };
      response.on('drain', fill);
      fill();
    });
    const stand = await standFor(replica);
    const before = process.memoryUsage().rss;
    const callers = Array.from({ length: 10 }, () => {
      const asking = httpRequest({ port: stand.port, host: '127.0.0.1', agent: false });
      asking.on('error', () => undefined).on('response', (response) => response.pause());
      asking.end();
      return asking;
    });
    let last = -1;
    await until(async () => {
      const stood = written > 0 && written === last;
      last = written;
      await delay(300);
      return stood && written === last;
    });
    expect(written).toBeLessThan(10 * 24 * 1_048_576);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_048_576);
    for (const asking of callers) asking.destroy();
    await until(() => replica.seen.aborted === 10);
    await until(() => stand.open() === 0);
  });

  test('whose caller goes away half-way end for the replica too, and are no failure', async () => {
    const replica = await startReplica((incoming) => incoming.resume());
    const stand = await standFor(replica);
    const socket = connect({ port: stand.port, host: '127.0.0.1' });
    socket.write(message('POST / HTTP/1.1', 'Host: x', 'Content-Length: 100', '', 'half'));
    await until(() => replica.seen.requests === 1);
    socket.destroy();
    await until(() => replica.seen.aborted === 1);
    await until(() => stand.open() === 0);
    expect(stand.counts()[1]).toBe(0);
  });

  test('refused before they were read leave the caller with the answer, however much it sends', async () => {
    const replica = await startReplica((_, response) => response.writeHead(413).end('too large'));
    const stand = await standFor(replica);
    for (let each = 0; each < 10; each += 1) {
      const answer = await new Promise<string>((resolve, reject) => {
        const asking = httpRequest(
          { port: stand.port, host: '127.0.0.1', method: 'POST', agent: false },
          (response) => {
            response
              .setEncoding('utf8')
              .on('data', (text: string) => resolve(`${response.statusCode} ${text}`));
          },
        );
        asking.on('error', reject);
        asking.write(Buffer.alloc(3_000_000));
        onTestFinished(() => void asking.destroy());
      });
      expect(answer).toBe('413 too large');
    }
  });

  test('with trailers reach the replica without them, and never as fields of the head', async () => {
    const replica = await startReplica((incoming, response) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
      incoming.on('end', () => response.end(JSON.stringify([text, incoming.headers['x-late'] ?? null])));
    });
    const stand = await standFor(replica);
    const bytes = message(
      'POST / HTTP/1.1',
      'Host: x',
      'Connection: close',
      'Trailer: X-Late',
      'Transfer-Encoding: chunked',
      '',
      '4',
      'abcd',
      '0',
      'X-Late: 1',
      '',
      '',
    );
    const { text } = await converse(stand.port, bytes);
    expect(text).toContain('["abcd",null]');
  });
});
