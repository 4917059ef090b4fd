import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectSecond, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import { bucketMemory, type EdgeSettings } from '#edge';
import { seededRandom } from '#kernel';
import { selfSigned } from '../../../edge/certificates/self-signed.fixture.ts';
import { createBackends } from '../../backend.ts';
import type { RouterArm, RouterRoute } from '../../contract.ts';
import { createCounters } from '../../counters.ts';
import { createIdentifiers } from '../../identifiers.ts';
import { type LiveRoute, liveRouteOf } from '../../routes.ts';
import type { World } from '../../site.ts';
import { pickPort, systemClock, value } from '../../testing/place.ts';
import { type Service, startService } from '../../testing/service.ts';
import { createFront, type Front } from '../front.ts';
import type { CertificateText, FrontOrder, LiveOrder } from '../order.ts';

/** A front in this process with real sockets and real services. All of it goes away with the test. */
export interface FrontPlace {
  readonly front: Front;
  /** Of the secure listener. */
  readonly port: number;
  /** Of the one without TLS. */
  readonly plainPort: number;
  readonly folder: string;
  readonly lines: readonly string[];
  readonly counts: () => readonly {
    readonly revision: string;
    readonly requests: number;
    readonly failures: number;
  }[];
  service(name: string): Promise<Service>;
  route(service: string, arms: readonly RouterArm[], more?: Partial<RouterRoute>): void;
  /** Other settings from now on. */
  order(more: Partial<EdgeSettings>): Promise<void>;
  update(live: Partial<LiveOrder>): void;
  certificate(name: string, hosts: readonly string[]): Promise<CertificateText>;
  get(path: string, options?: Asked): Promise<Answer>;
  /** An HTTP/2 connection, closed with the test. */
  second(host?: string): ClientHttp2Session;
}

export interface Asked {
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly isPlain?: boolean;
  readonly allowH2?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export const defaults: Omit<EdgeSettings, 'listen'> = {
  minimumTls: 'TLSv1.2',
  certificates: [],
  acme: null,
  hosts: [{ host: 'app.test', paths: [{ path: '/', service: 'web' }] }],
  redirectToHttps: true,
  hsts: null,
  headers: [],
  csrf: null,
  user: null,
  rateLimits: [],
  allow: [],
  deny: [],
  trusted: [],
  compression: false,
  maintenance: { on: false, file: null, retryAfterMillis: 60_000, testers: [] },
  hold: { requests: 100, millis: 5_000 },
  accessLog: null,
  limits: { bodyBytes: 1_000_000, headerBytes: 16_384, headerCount: 100, connections: 1_000, streams: 100 },
};

export async function createFrontPlace(more: Partial<EdgeSettings> = {}): Promise<FrontPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway front-'));
  const backends = createBackends();
  const counters = createCounters();
  const routes = new Map<string, LiveRoute>();
  const random = seededRandom(Math.floor(Math.random() * 1e9));
  const world: World = {
    clock: systemClock,
    random,
    identifiers: createIdentifiers(random),
    isEnding: false,
  };
  const lines: string[] = [];
  const front = createFront({
    world,
    routeOf: (service) => routes.get(service) ?? null,
    log: (facts) => lines.push(JSON.stringify(facts)),
  });
  const [port, plainPort] = [await pickPort(), await pickPort()];
  const listen: EdgeSettings['listen'] = [
    { address: '127.0.0.1', port, tls: 'files' },
    { address: '127.0.0.1', port: plainPort, tls: null },
  ];
  const buckets = bucketMemory(1_024);
  const agents = [
    new Agent({ allowH2: false, connect: { rejectUnauthorized: false } }),
    new Agent({ allowH2: true, connect: { rejectUnauthorized: false } }),
  ];
  const services: Service[] = [];
  const certificate = async (name: string, hosts: readonly string[]) => {
    const files = await selfSigned(folder, name, hosts);
    return { chain: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8') };
  };
  let live: LiveOrder = {
    certificates: [await certificate('app', ['app.test'])],
    challenges: {},
    maintenance: { isOn: false, page: null },
  };
  const order = async (changed: Partial<EdgeSettings>) => {
    const settings: EdgeSettings = { ...defaults, listen, ...more, ...changed };
    const next: FrontOrder = { settings, live, buckets, secret: 'secret', isFirst: true, isShared: false };
    value(await front.prepare(next));
    front.take();
  };
  await order({});
  onTestFinished(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()));
    front.destroy();
    await front.close();
    for (const service of services) await service.kill();
    for (const backend of backends.all()) backend.pool.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    front,
    port,
    plainPort,
    folder,
    lines,
    certificate,
    order,
    counts: () => counters.read(),
    async service(name) {
      const service = await startService(name);
      services.push(service);
      return service;
    },
    route(service, arms, extra = {}) {
      const route: RouterRoute = { service, port: 1, preview: null, affinity: null, arms, ...extra };
      routes.set(service, liveRouteOf(route, backends, counters));
      front.routesChanged();
    },
    update(changed) {
      live = { ...live, ...changed };
      front.update(live);
    },
    async get(
      path,
      { host = 'app.test', method = 'GET', headers = {}, body, isPlain = false, allowH2 = false } = {},
    ) {
      const origin = isPlain ? `http://127.0.0.1:${plainPort}` : `https://127.0.0.1:${port}`;
      const answer = await request(`${origin}${path}`, {
        method: method as 'GET',
        headers: { host, ...headers },
        ...(body === undefined ? {} : { body }),
        ...(agents[allowH2 ? 1 : 0] === undefined ? {} : { dispatcher: agents[allowH2 ? 1 : 0] as Agent }),
      });
      return {
        status: answer.statusCode,
        body: Buffer.from(await answer.body.arrayBuffer()),
        headers: answer.headers,
      };
    },
    second(host = 'app.test') {
      const session = connectSecond(`https://127.0.0.1:${port}`, {
        rejectUnauthorized: false,
        servername: host,
      });
      session.on('error', () => undefined);
      onTestFinished(() => session.destroy());
      return session;
    },
  };
}

/** One request over HTTP/2. */
export function ask(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string | string[]>> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ':path': path, ':authority': 'app.test', ...headers },
      { endStream: body === undefined },
    );
    const chunks: Buffer[] = [];
    let head: Record<string, string | string[] | undefined> = {};
    stream.on('response', (fields) => (head = fields as typeof head));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('aborted', () => reject(new Error('aborted')));
    stream.on('end', () =>
      resolve({ status: Number(head[':status']), body: Buffer.concat(chunks), headers: head }),
    );
    if (body !== undefined) stream.end(body);
  });
}
