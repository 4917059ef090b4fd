import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectSecond } from 'node:http2';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Revision } from '#core/release';
import { readSystem, resolveEnvironment } from '#core/system';
import { percent } from '#kernel';
import type { Target } from '#ports';
import { freePort } from '#process';
import { startRouter } from '#router';
import { selfSigned } from '../../edge/certificates/self-signed.fixture.ts';
import { context, createWorld, untilReplicas, value, type World } from './testing/world.ts';

/** Says its revision, and echoes a WebSocket's first message with it. */
const program = `
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
const revision = process.env.FAIRWAY_REVISION;
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ revision, proto: request.headers['x-forwarded-proto'], filler: 'x'.repeat(2000) }));
});
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: websocket\\r\\nconnection: upgrade\\r\\nsec-websocket-accept: ' + accept + '\\r\\n\\r\\n');
  socket.on('error', () => socket.destroy());
  socket.on('data', (frame) => {
    if ((frame[0] & 15) === 8) return socket.end(Buffer.from([0x88, 0]));
    const text = Buffer.from(revision);
    socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
`;

let world: World;
let target: Target;
let [port, plainPort] = [0, 0];

beforeEach(async () => {
  world = await createWorld();
  await world.write('web/main.mjs', program);
  await selfSigned(world.folder, 'app', ['app.test']);
  [port, plainPort] = [value(await freePort()), value(await freePort())];
  target = world.target({ router: startRouter });
});
afterEach(async () => {
  await target.release();
  value(await world.target({ router: startRouter }).close({ erase: true }, context()));
  await world.end();
});

function declared(more: object = {}) {
  const { system, problems } = readSystem({
    name: 'shop',
    services: {
      web: {
        folder: 'web',
        command: ['node', 'main.mjs'],
        exposure: 'public',
        probes: { ready: '/' },
        shutdown: { drain: '5s', websocketDrain: '500ms', grace: '1s' },
      },
    },
    edge: {
      listen: [{ port }, { port: plainPort, tls: 'none' }],
      certificates: [{ certificate: 'app.pem', key: 'app.key' }],
      hosts: { 'app.test': { '/': 'web' } },
      compression: true,
      ...more,
    },
    environments: { dev: { target: 'local' } },
  });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (system === null) throw new Error('no system');
  return value(resolveEnvironment(system, 'dev'));
}

async function ready(environment: ReturnType<typeof declared>, change: string): Promise<Revision> {
  const [web] = environment.services;
  if (web === undefined) throw new Error('no service');
  await world.write('web/change.txt', change);
  const revision = value(await target.build(web, world.folder, context()));
  value(await target.ensureReplicas({ revision, count: 1 }, context()));
  await untilReplicas(target, (all) =>
    all.some((one) => one.revision === revision.id && one.state === 'ready'),
  );
  return revision;
}

const weights = (version: number, stable: Revision, canary: Revision | null, weight: number) => ({
  version,
  routes: [
    {
      service: 'web',
      arms: [
        { revision: stable.id, role: 'stable' as const, weight: percent(100 - weight) },
        ...(canary === null
          ? []
          : [{ revision: canary.id, role: 'canary' as const, weight: percent(weight) }]),
      ],
    },
  ],
});

/** Asks without end, over HTTP/1 and HTTP/2, until told otherwise. */
function visitors() {
  const agents = [false, true].map(
    (allowH2) => new Agent({ allowH2, connect: { rejectUnauthorized: false, servername: 'app.test' } }),
  );
  const session = connectSecond(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    servername: 'app.test',
  });
  onTestFinished(() => session.destroy());
  const first = (dispatcher: Agent) => async () => {
    const answer = await request(`https://127.0.0.1:${port}/`, { dispatcher, headers: { host: 'app.test' } });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const second = async () => {
    const stream = session.request({ ':path': '/', ':authority': 'app.test' });
    const [head] = (await once(stream, 'response')) as [{ ':status': number }];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { status: head[':status'], text: Buffer.concat(chunks).toString() };
  };
  const answers: string[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  const all = [...agents.map(first), second, second].map(async (ask) => {
    while (!isOver) {
      try {
        const { status, text } = await ask();
        if (status === 200) answers.push((JSON.parse(text) as { revision: string }).revision);
        else failures.push(status);
      } catch (reason) {
        failures.push(reason);
      }
    }
  });
  return {
    answers,
    failures,
    async end() {
      isOver = true;
      await Promise.all(all);
      await Promise.all(agents.map((agent) => agent.destroy()));
    },
  };
}

test('a release under visitors over HTTP/1, HTTP/2 and WebSockets fails none of them', async () => {
  const environment = declared();
  value(await target.open(environment, context()));
  const one = await ready(environment, 'one');
  value(await target.setRoute(weights(1, one, null, 0), context()));
  await delay(300); // the certificate is read in the background
  const going = visitors();
  const sockets = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const socket = new WebSocket(`wss://127.0.0.1:${port}/`, {
        headers: { host: 'app.test' },
        rejectUnauthorized: false,
      });
      await once(socket, 'open');
      socket.send('who');
      const [data] = (await once(socket, 'message')) as [Buffer];
      expect(data.toString()).toBe(one.id);
      return socket;
    }),
  );
  const closed = Promise.all(sockets.map(async (socket) => ((await once(socket, 'close')) as [number])[0]));
  const two = await ready(environment, 'two');
  for (const [version, weight] of [
    [2, 20],
    [3, 60],
    [4, 90],
  ] as const) {
    value(await target.setRoute(weights(version, one, two, weight), context()));
    await delay(200);
  }
  value(await target.setRoute(weights(5, two, null, 0), context()));
  value(await target.drain({ revision: one.id, keep: 0 }, context()));
  expect(await closed).toEqual([1012, 1012, 1012]);
  const seen = going.answers.length;
  for (let tries = 0; going.answers.length < seen + 50 && tries < 500; tries += 1) await delay(20);
  await going.end();
  expect(going.failures).toEqual([]);
  expect(new Set(going.answers)).toEqual(new Set([one.id, two.id]));
  expect(going.answers.at(-1)).toBe(two.id);
  const log = await readFile(`${world.folder}/.fairway/dev/logs/access.jsonl`, 'utf8');
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { protocol: string; status: number });
  expect(lines.filter(({ status }) => status === 200).length).toBe(going.answers.length);
  expect(new Set(lines.map(({ protocol }) => protocol))).toEqual(new Set(['http/1.1', 'h2']));
});

test('what is changed at the edge holds after the next opening, and connections stay', async () => {
  value(await target.open(declared(), context()));
  const one = await ready(declared(), 'one');
  value(await target.setRoute(weights(1, one, null, 0), context()));
  const agent = new Agent({ connect: { rejectUnauthorized: false, servername: 'app.test' } });
  const get = async (headers: Record<string, string> = {}) => {
    const answer = await request(`https://127.0.0.1:${port}/`, {
      dispatcher: agent,
      headers: { host: 'app.test', ...headers },
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  await delay(300);
  expect(await get()).toMatchObject({
    status: 200,
    headers: { 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff' },
  });
  const plain = await request(`http://127.0.0.1:${plainPort}/a?b`, { headers: { host: 'app.test' } });
  expect([plain.statusCode, plain.headers['location']]).toEqual([308, `https://app.test:${port}/a?b`]);
  await plain.body.dump();
  const closed = declared({ maintenance: { on: true, testers: ['10.0.0.0/8'] }, trusted: ['127.0.0.1'] });
  value(await target.open(closed, context()));
  value(await target.setRoute(weights(2, one, null, 0), context()));
  expect((await get()).status).toBe(503);
  expect((await get({ 'x-forwarded-for': '10.1.1.1' })).status).toBe(200);
  value(await target.open(declared({ rateLimits: { 'per-ip': { requests: 3, every: '1h' } } }), context()));
  value(await target.setRoute(weights(3, one, null, 0), context()));
  const statuses = [];
  for (let ask = 0; ask < 4; ask += 1) statuses.push((await get()).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  await agent.destroy();
});

test('a port of the edge that somebody else has is told at once, and what serves goes on by the edge before', async () => {
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  const refused = { ok: false, error: { code: 'edge_listen_failed', facts: { address: '127.0.0.1', port } } };
  expect(await target.open(declared(), context())).toMatchObject(refused);
  stranger.close();
  await once(stranger, 'close');
  value(await target.open(declared(), context()));
  const one = await ready(declared(), 'one');
  value(await target.setRoute(weights(1, one, null, 0), context()));
  value(await target.open(declared(), context())); // its own listeners are no obstacle
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port: taken } = other.address() as { port: number };
  const moved = declared({ listen: [{ port }, { port: taken, tls: 'none' }] });
  expect(await target.open(moved, context())).toMatchObject({
    error: { code: 'edge_listen_failed', facts: { port: taken } },
  });
  // The refused edge is not what is wanted from now on: the next table comes into force.
  value(await target.setRoute(weights(2, one, null, 0), context()));
});
