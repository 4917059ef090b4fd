import type { Server, ServerResponse } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Clock, Random } from './clock.ts';
import { createLog, type Log } from './log.ts';
import { addProcessMetrics, createMetrics, type Metrics } from './metrics.ts';
import { askAll, type ReadyCheck } from './ready.ts';
import { readSettings, serviceSettings, type Settings, type Values } from './settings.ts';
import { observed, onUnforeseen, problem, type Web } from './web.ts';

/** What the machine gives to a service; only a main.ts takes it from the process. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly process: NodeJS.Process;
}

/** What a service is started with. */
export interface Host<S extends Settings> {
  readonly settings: Values<S> & Values<typeof serviceSettings>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Aborted when the service is told to stop. */
  readonly stopping: AbortSignal;
}

/** What a service consists of, once started. */
export interface Parts {
  readonly app: Hono<Web>;
  readonly ready: Readonly<Record<string, ReadyCheck>>;
  /** Goes around every answer, those of the probes too. */
  readonly around?: MiddlewareHandler<Web>;
  /** Is given the server before it listens, for what is no plain request. */
  attach?(server: Server): void;
  /** Ends what is under way, while requests are being finished. */
  finish?(): Promise<void>;
  /** Closes pools and connections; nothing is asked of the service any more. */
  close(): Promise<void>;
}

/**
 * Runs a service from its settings to its end: reads the environment (a wrong one ends it with 2 and a sentence per
 * variable), starts it, answers /healthz, /readyz and /metrics, and on SIGTERM finishes what it has begun and exits 0.
 */
export async function runService<S extends Settings>(
  service: { name: string; settings: S; start: (host: Host<S>) => Promise<Parts> },
  world: World,
): Promise<void> {
  const { process, clock, random } = world;
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const read = readSettings({ ...serviceSettings, ...service.settings }, process.env);
  if ('problems' in read) {
    const log = createLog({ clock, level: 'info', base: { service: service.name }, secrets: [], write });
    for (const sentence of read.problems) log.error(sentence);
    process.exitCode = 2;
    return;
  }
  const settings = read.values as Values<S> & Values<typeof serviceSettings>;
  const base = { service: service.name, version: settings.version, revision: settings.revision };
  const log = createLog({ clock, level: settings.logLevel, base, secrets: read.secrets, write });
  const metrics = createMetrics();
  addProcessMetrics(metrics);
  const stop = new AbortController();
  const host = { settings, clock, random, log, metrics, stopping: stop.signal };
  process.on('unhandledRejection', (reason) => {
    log.error('unhandled rejection', { reason });
    process.exit(1);
  });

  try {
    const parts = await service.start(host);
    const server = await listen(service.name, parts, host);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        stop.abort();
        void shutDown(parts, server, host).then((code) => process.exit(code));
      });
    }
  } catch (reason) {
    log.error('it could not start', { reason });
    process.exit(1);
  }
}

async function listen<S extends Settings>(name: string, parts: Parts, host: Host<S>): Promise<Server> {
  const { settings, log, stopping } = host;
  const server = createAdaptorServer({ fetch: outerApp(name, parts, host).fetch }) as Server;
  server.requestTimeout = 60_000;
  server.headersTimeout = 10_000;
  // Longer than callers keep idle connections, so that it is they who close them.
  server.keepAliveTimeout = 65_000;
  letGoWhenStopping(server, stopping);
  parts.attach?.(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  const address = server.address();
  log.info('listening', { port: typeof address === 'object' ? address?.port : null });
  return server;
}

/** Once stopping, each answer says that its connection ends, so that no caller sends another request into the end. */
function letGoWhenStopping(server: Server, stopping: AbortSignal): void {
  const open = new Set<ServerResponse>();
  server.prependListener('request', (_, response) => {
    open.add(response);
    response.shouldKeepAlive &&= !stopping.aborted;
    response.once('close', () => {
      open.delete(response);
      if (stopping.aborted) server.closeIdleConnections();
    });
  });
  stopping.addEventListener('abort', () => {
    for (const response of open) response.shouldKeepAlive = false;
  });
}

/** The probes and numbers of every service, and behind them the service itself. */
function outerApp<S extends Settings>(name: string, parts: Parts, host: Host<S>): Hono<Web> {
  const { settings, metrics, log } = host;
  const app = new Hono<Web>();
  if (parts.around !== undefined) app.use(parts.around);
  app.get('/healthz', (c) =>
    c.json({ status: 'ok', service: name, version: settings.version, revision: settings.revision }),
  );
  app.get('/readyz', async (c) => {
    const readiness = await askAll(parts.ready, host);
    return c.json(isFromOutside(c) ? { ready: readiness.ready } : readiness, readiness.ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    if (isFromOutside(c)) return c.notFound();
    return c.text(await metrics.render(), 200, { 'content-type': 'text/plain; version=0.0.4' });
  });
  app.use(observed(host));
  app.route('/', parts.app);
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.onError(onUnforeseen(log));
  return app;
}

/** Came through a proxy: reasons and numbers are for inside. */
const isFromOutside = (c: Context) => c.req.header('x-forwarded-for') !== undefined;

/** Stops accepting, finishes what is under way within the grace, closes the rest. The exit code is 0 either way. */
async function shutDown<S extends Settings>(parts: Parts, server: Server, host: Host<S>): Promise<number> {
  const { clock, log, settings } = host;
  log.info('stopping');
  const finished = new AbortController();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const orderly = Promise.all([closed, parts.finish?.()]).then(() => 'finished' as const);
  const grace = clock.sleep(settings.graceMillis, finished.signal).then(() => 'cut' as const);
  const outcome = await Promise.race([orderly, grace]).catch((reason: unknown) => {
    log.error('the end was not orderly', { reason });
    return 'cut' as const;
  });
  finished.abort();
  server.closeAllConnections();
  const closing = parts.close().catch((reason: unknown) => log.warning('closing failed', { reason }));
  await Promise.race([closing, clock.sleep(1_000)]);
  log.info('stopped', { outcome });
  return 0;
}
