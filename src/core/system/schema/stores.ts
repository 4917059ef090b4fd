import { z } from 'zod';
import { acceptLossSchema } from './accept-loss.ts';
import { count, label, name, positive, text, texts } from './names.ts';
import { named, object } from './object.ts';
import { backupSchema } from './recovery.ts';
import { duration, money, processors, size } from './units.ts';

const common = {
  /** What is kept in it, in a few words. */
  role: text.optional(),
  /** Version of the engine: 16 or "16.4". */
  version: z.union([z.number(), z.string()], 'write a version: 16 or "16.4"').transform(String).optional(),
  /** Class of machine as the provider names it: "db.t3.medium". */
  instance: text.optional(),
  /** Who runs it, where it is not run by the target: "RDS", "ElastiCache" … */
  managed: text.optional(),
  /** Disk. */
  storage: size.optional(),
  /** The disk grows by itself. */
  growsStorage: z.boolean().optional(),
  /** Memory of the machine or the largest the engine may use. */
  memory: size.optional(),
  /** Processors of the machine. */
  cpu: processors.optional(),
  /** Nodes of a cluster. */
  nodes: positive.optional(),
  /** One failure zone or several with automatic failover. */
  zones: z.enum(['single', 'multi']).optional(),
  /** Replicas that only answer reads. */
  readReplicas: count.optional(),
  /** Standby replicas, one of which takes over at the primary's address when it fails. */
  standbys: count.optional(),
  /** Region, when it is not the environment's. */
  region: text.optional(),
  /** Content is encrypted on disk. */
  encrypted: z.boolean().optional(),
  /** Connections are encrypted. */
  tls: z.boolean().optional(),
  /** Services run without it: it is no reason to be unready. */
  optional: z.boolean().optional(),
  /** How its content is kept safe. */
  backup: backupSchema.optional(),
  /** Monthly price. */
  cost: money.optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
};

export const poolerSchema = object('Pooler', {
  /** Connections kept open. */
  min: count.optional(),
  /** Most connections at once. */
  max: positive,
  /** Connections per replica of a service. */
  perReplica: positive.optional(),
  /** "PgBouncer" and the like. */
  by: text.optional(),
});

export const postgresSchema = object('Postgres', {
  kind: z.literal('postgres'),
  ...common,
  /** Name of the database; left out: the name of the store, with underscores for hyphens. */
  database: z
    .string('write the name of a database')
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'write lower-case letters, digits and underscores, at most 63')
    .optional(),
  /** Connection pooler in front. */
  pooler: poolerSchema.optional(),
  /** Extensions that are created. */
  extensions: texts.optional(),
  /** Commits wait until the standbys have them on disk. A standby that is away is not waited for, once that is noted. */
  synchronous: z.boolean().optional(),
  /** How long the primary may be away before a standby takes over that may lack its last writes; left out: 10 s. */
  failoverAfter: duration.optional(),
  /** Schemas and roles of their own, by who uses them. */
  tenants: named(name, text).optional(),
  /** What is used instead where there is no server: "memory". */
  fallback: z.enum(['memory']).optional(),
});

export const redisSchema = object('Redis', {
  kind: z.literal('redis'),
  ...common,
  /** Whether content survives a restart. */
  persistence: z.enum(['none', 'aof', 'snapshot']).default('none'),
  /** What goes when the memory is full. Queues need "noeviction". */
  evictionPolicy: z
    .enum([
      'noeviction',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
    ])
    .default('noeviction'),
  /** How long keys live, by what they are. */
  lifetimes: named(label, duration).optional(),
  /** Shards in cluster mode. */
  shards: positive.optional(),
});

export const transitionSchema = object('Transition', {
  /** Age of an object. */
  after: duration,
  /** Storage class it moves to. */
  to: text,
});

export const bucketSchema = object('Bucket', {
  kind: z.literal('bucket'),
  ...common,
  /** Name of the bucket; left out: system and store joined by a hyphen. */
  bucket: z
    .string('write the name of a bucket')
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'write 3 to 63 lower-case letters, digits, dots and hyphens')
    .optional(),
  /** Older versions of an object are kept. */
  versioning: z.boolean().default(false),
  /** Objects older than this are deleted. */
  expireAfter: duration.optional(),
  /** Objects move to cheaper storage when they are older. */
  transitions: z.array(transitionSchema).optional(),
  /** Who may read: nobody without credentials, or everybody. */
  access: z.enum(['private', 'public']).optional(),
});

export const storeSchema = z.discriminatedUnion('kind', [postgresSchema, redisSchema, bucketSchema]);
