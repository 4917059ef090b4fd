import { createServer, type RequestListener, type Server } from 'node:http';
import { type Clock, type Random, systemClock } from './clock.ts';
import { readConfig, type Sources } from './config.ts';
import { createFlags } from './flags.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { withFaults } from './service-faults.ts';
import { observed } from './service-observation.ts';
import { controlsOf } from './service-pause.ts';
import { probesOf } from './service-probes.ts';
import { serviceSettings } from './service-settings.ts';
import { type Ending, lastWords, shutDown, type UnderWay, watch, within } from './service-shutdown.ts';
import type { Host, Parts, Paths, Service } from './service-types.ts';
import type { Settings, Values } from './settings.ts';
import { createTracing } from './tracing.ts';

/** What the machine gives to a service. Left out: the real thing. */
export interface ServiceWorld extends Sources {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Gets each line of the log. */
  readonly write?: (line: string) => void;
}

export interface RunningService {
  /** Starts it and resolves once it takes requests; rejects when it cannot start. */
  listen(): Promise<void>;
  /** Where it listens, such as http://127.0.0.1:3000; null while it does not. */
  readonly address: string | null;
  readonly log: Log;
  /** Finishes what is under way and closes; any number of calls are one end. */
  stop(): Promise<Ending>;
  /** Ends the grace now. */
  hurry(): void;
}

/** Thrown when variables are missing or wrong: a sentence for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  readonly secrets: readonly string[];
  constructor(problems: readonly string[], secrets: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
    this.secrets = secrets;
  }
}

const defaultPaths: Paths = {
  health: '/health',
  ready: '/ready',
  startup: '/startup',
  metrics: '/metrics',
  pause: '/-/pause',
  resume: '/-/resume',
};

/** A service without its process: for tests, and for programs with a main of their own. Throws ConfigError. */
export function createService<S extends Settings>(
  service: Service<S>,
  world: ServiceWorld = {},
): RunningService {
  const { clock = systemClock, random = Math.random, write = writeLine } = world;
  const config = readConfig<S & typeof serviceSettings>({ ...serviceSettings, ...service.settings }, world);
  if (!config.ok) throw new ConfigError(config.problems, config.secrets);
  const settings = config.values as Values<S> & Values<typeof serviceSettings>;
  const { name, logFormat: format = 'plain' } = service;
  const { version, revision, environment, logLevel: level } = settings;
  const log = createLog({
    ...{ level, format, clock, write },
    base: { service: name, version, revision, environment },
    secrets: config.secrets,
  });
  const metrics = createMetrics({ clock });
  metrics.addProcess();
  const { otlp: endpoint, keepSuccesses, keepErrors } = settings;
  const tracing = createTracing(
    { service: name, version, environment, endpoint, keepSuccesses, keepErrors },
    { log, clock, secrets: config.secrets },
  );
  const flags = createFlags({ url: settings.flagsUrl, env: world.env ?? process.env }, { log });
  const stop = new AbortController();
  const hurry = new AbortController();
  const host: Host<S> = { settings, clock, random, log, metrics, tracing, flags, stopping: stop.signal };
  let running: { server: Server; underWay: UnderWay; parts: Parts } | null = null;
  let starting: Promise<void> = Promise.resolve();
  let ending: Promise<Ending> | null = null;

  const start = async () => {
    await tracing.ready;
    const parts = await service.start(host);
    const server = serverOf(service, parts, host);
    let underWay: UnderWay;
    try {
      await (settings.role === 'passive' ? parts.consumer?.pause() : parts.consumer?.resume());
      parts.attach?.(server);
      underWay = watch(server, stop.signal);
      await listening(server, settings);
    } catch (reason) {
      await within(lastWords, Promise.resolve(parts.close?.()), 'closing', { clock, log });
      throw reason;
    }
    running = { server, underWay, parts };
    log.info('listening', { address: addressOf(server) });
  };

  const end = async (): Promise<Ending> => {
    log.info('stopping');
    stop.abort();
    // Told to stop while it starts: what it opened has to be closed.
    await Promise.race([starting.catch(() => undefined), clock.sleep(settings.graceMillis, hurry.signal)]);
    const outcome = running === null ? 'cut' : await shutDown({ ...running, hurry: hurry.signal }, host);
    await within(lastWords, tracing.shutdown(), 'sending the last traces', { clock, log });
    log.info('stopped', { outcome });
    return outcome;
  };

  return {
    log,
    listen: () => (starting = start()),
    stop: () => (ending ??= end()),
    hurry: () => hurry.abort(),
    get address() {
      return running === null ? null : addressOf(running.server);
    },
  };
}

function serverOf<S extends Settings>(service: Service<S>, parts: Parts, host: Host): Server {
  const server = createServer(listener(service, parts, host));
  server.requestTimeout = service.requestTimeout ?? 60_000;
  server.headersTimeout = Math.min(10_000, server.requestTimeout);
  // Longer than callers keep idle connections, so that it is they who close them.
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Probes and controls first, then the service itself, observed. */
function listener<S extends Settings>(service: Service<S>, parts: Parts, host: Host): RequestListener {
  const paths = { ...defaultPaths, ...service.paths };
  const own = new Map([
    ...probesOf({ name: service.name, paths }, parts, host),
    ...controlsOf(parts.consumer, paths, host.log),
  ]);
  const handler = observed(withFaults(parts.handler, host), host, service.logFormat ?? 'plain');
  return (request, response) => {
    const { url = '/' } = request;
    const query = url.indexOf('?');
    (own.get(query === -1 ? url : url.slice(0, query)) ?? handler)(request, response);
  };
}

function listening(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(server: Server): string | null {
  const address = server.address();
  if (address === null || typeof address === 'string') return address;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

const writeLine = (line: string) => void process.stdout.write(`${line}\n`);
