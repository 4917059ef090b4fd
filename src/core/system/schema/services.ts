import { z } from 'zod';
import { acceptLossSchema } from './accept-loss.ts';
import { measureSchema } from './measure.ts';
import {
  command,
  count,
  folder,
  host,
  name,
  port,
  positive,
  scalar,
  text,
  texts,
  token,
  urlPath,
  variable,
} from './names.ts';
import { either, named, object } from './object.ts';
import { imageSchema, hostingSchema } from './packaging.ts';
import { protectionSchema } from './protection.ts';
import { resilienceSchema } from './resilience.ts';
import { serviceStrategySchema } from './strategies.ts';
import { duration, processors, size } from './units.ts';

export const probeSchema = object('Probe', {
  /** Path that is asked on the service's PORT; an answer of 200 to 399 is good. */
  path: urlPath,
  /** Time between two questions. */
  interval: duration.prefault('10s'),
  /** An answer that takes longer is a bad one. */
  timeout: duration.prefault('1s'),
  /** Good answers in a row until it counts as good. */
  successes: positive.default(1),
  /** Bad answers in a row until it counts as bad. */
  failures: positive.default(3),
});

const probe = either(urlPath, probeSchema).transform((value) =>
  typeof value === 'string' ? probeSchema.parse({ path: value }) : value,
);

export const probesSchema = object('Probes', {
  /** Is the process alive? A bad one is restarted. Ask nothing of other services here. */
  live: probe.optional(),
  /** Can it serve now? A bad one gets no new requests but is left running. */
  ready: probe.optional(),
  /** Has it finished starting? Until then the other two are not asked. */
  startup: probe.optional(),
});

export const resourcesSchema = object('Resources', {
  /** Most memory a replica may use. */
  memory: size.optional(),
  /** Most processor time a replica may use: 0.5 or "500m" is half a processor. */
  cpu: processors.optional(),
  /** Disk a replica may use for temporary files. */
  disk: size.optional(),
});

export const shutdownSchema = object('Shutdown', {
  /** How long requests in flight may take after the replica left the router. */
  drain: duration.prefault('30s'),
  /** Over which time open WebSockets are closed (1012, "service restart"), so that clients do not come back all at once. */
  websocketDrain: duration.prefault('10s'),
  /** From SIGTERM to SIGKILL. */
  grace: duration.prefault('10s'),
});

export const affinitySchema = object('Affinity', {
  /** Name of the cookie by which a caller stays with the revision that served it first. */
  cookie: z
    .string('write the name of a cookie')
    .regex(/^[A-Za-z0-9_-]{1,60}$/, 'write letters, digits, _ and -'),
  /** How long the cookie lives. */
  lifetime: duration.prefault('1d'),
});

/** How a program that takes jobs is told to stop and to go on: a POST to a path on its PORT. */
export const consumerSchema = object('Consumer', {
  /** Answered once no job is under way; no job is taken any more until it is resumed. It starts that way. */
  pause: urlPath,
  /** Answered once jobs are taken again. */
  resume: urlPath,
});

/** One deployable program: anything that listens on PORT. */
export const serviceSchema = object('Service', {
  /** What it is for, in a few words. */
  role: text.optional(),
  /** Folder of its source, relative to the system's folder. Its content is the build, and the command runs in it. */
  folder: folder.optional(),
  /** Other folders or files of the system that belong to the build; they keep their place beside `folder`. */
  include: z.array(folder).default([]),
  /** The program and its arguments. "node" is the Node that runs Fairway. */
  command: command.optional(),
  /** How its container image is built, or which ready-made one it is. */
  image: imageSchema.optional(),
  /** Where it runs when it is no ordinary process: serverless platforms, a machine of its own. */
  hosting: hostingSchema.optional(),
  /** Environment variables; numbers and booleans become text. */
  env: named(variable, scalar).default({}),
  /** Secrets it receives as environment variables. Each is declared under `secrets`. */
  secrets: z.array(variable).default([]),
  /** Services and stores it is given the addresses of, and is started after. */
  needs: z.array(name).default([]),
  /** How it calls others; what is not listed may be denied by the network. */
  calls: named(name, z.enum(['https', 'http', 'mtls', 'hmac', 'queue', 'websocket'])).default({}),
  /** Queues it takes jobs from. It is paused while its revision is passive. */
  consumes: z.array(token).default([]),
  /** How it is paused and resumed; for services without traffic. With it, a weight is a share of its consumers. */
  consumer: consumerSchema.optional(),
  /** Outside services it calls, declared under `vendors`. */
  vendors: z.array(name).default([]),
  /** Who may reach it. Left out: "private", or "none" for a service without traffic. */
  exposure: z.enum(['public', 'private', 'vpn', 'none']).optional(),
  /** "none" for queue consumers: no route, but still a PORT for probes and metrics. */
  traffic: z.enum(['http', 'none']).default('http'),
  /** Port that callers use. Left out: a free one, kept for the life of the environment. */
  port: port.optional(),
  /** Host names it answers to. */
  domains: z.array(host).default([]),
  /** Paths of the public address that lead to it, such as "/api/*". */
  routes: z.array(urlPath).default([]),
  /** What it offers, for people and for generated documents: "GET /auth/me". */
  endpoints: texts.default([]),
  /** How many replicas run, as long as nothing scales it. */
  replicas: count.max(1_000, 'write at most 1000').default(1),
  /** Limits of one replica. */
  resources: resourcesSchema.prefault({}),
  /** How it is asked whether it is well. */
  probes: probesSchema.prefault({}),
  /** How a replica goes. */
  shutdown: shutdownSchema.prefault({}),
  /** Callers stay with the revision that served them first. */
  affinity: affinitySchema.optional(),
  /** How a new revision takes over: a name to use the environment's `release.rolling`, `release.canary` …, or in full. */
  strategy: serviceStrategySchema.optional(),
  /** Rate limits, headers and other guards at its edge. */
  protection: protectionSchema.optional(),
  /** Time limits, retries and circuit breakers of its calls. */
  resilience: resilienceSchema.optional(),
  /** Kubernetes namespace. */
  namespace: name.optional(),
  /** Pool of machines it runs on, declared under `platform.pools`. */
  pool: name.optional(),
  /**
   * Where the gate has its counts from: the router counts requests itself; "metrics" reads a page of each replica; or a
   * Prometheus server. Left out: the router, and nothing for a service without traffic.
   */
  measure: measureSchema.optional(),
  /** Files and settings that make it reload in development. */
  reload: z.boolean().optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
});
