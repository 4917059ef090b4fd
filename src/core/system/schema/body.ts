import { acceptLossSchema } from './accept-loss.ts';
import { alertSchema, channelSchema } from './alerts.ts';
import { checkName, checkSchema } from './checks.ts';
import { costSchema } from './cost.ts';
import { artefactSchema, checklistSchema, phaseSchema, runbookSchema, stageSchema } from './delivery.ts';
import { edgeSchema } from './edge.ts';
import { platformSchema, windowSchema } from './environments.ts';
import { label, name, texts, token, variable } from './names.ts';
import { networkSchema, vendorSchema } from './network.ts';
import { named, object } from './object.ts';
import { observabilitySchema } from './observability.ts';
import { outboxSchema, queueSchema } from './queues.ts';
import { recoverySchema } from './recovery.ts';
import { releaseSchema } from './release.ts';
import { resilienceSchema } from './resilience.ts';
import { scaleSchema } from './scaling.ts';
import { flagSchema, secretSchema } from './secrets.ts';
import { securitySchema } from './security.ts';
import { serviceSchema } from './services.ts';
import { storeSchema } from './stores.ts';

/** What a system declares and an environment may change: by name, member by member; `null` removes. */
export const bodyFields = {
  /** The programs. */
  services: named(name, serviceSchema).default({}),
  /** Databases, caches and buckets. */
  stores: named(name, storeSchema).default({}),
  /** Queues of jobs. */
  queues: named(token, queueSchema).optional(),
  /** Events that leave the database after the transaction that made them. */
  outbox: outboxSchema.optional(),
  /** Outside services that are called. */
  vendors: named(name, vendorSchema).optional(),
  /** SLO probes of the system as a whole; a gate can ask for them. */
  checks: named(checkName, checkSchema).default({}),
  /** Secrets, by the variable in which services receive them. Values are never written here. */
  secrets: named(variable, secretSchema).default({}),
  /** Feature flags and their values without a rule. */
  flags: named(token, flagSchema).default({}),
  /** How new revisions take over. */
  release: releaseSchema.prefault({}),
  /** How many replicas a service has, by name of the service. */
  scaling: named(name, scaleSchema).optional(),
  /** Who is told. */
  channels: named(name, channelSchema).optional(),
  /** What somebody has to be told. */
  alerts: named(label, alertSchema).optional(),
  /** Logs, traces, errors, metrics. */
  observability: observabilitySchema.optional(),
  /** Time limits, retries and breakers of services that declare none. */
  resilience: resilienceSchema.optional(),
  /** What stands between the public and the services: TLS, hosts and paths, guards. */
  edge: edgeSchema.optional(),
  /** Who may talk to whom, and how. */
  network: networkSchema.optional(),
  /** Rules the system is held to. */
  security: securitySchema.optional(),
  /** What must hold when things are lost. */
  recovery: recoverySchema.optional(),
  /** Times at which risky work may be done. */
  windows: named(name, windowSchema).optional(),
  /** Machines and clusters. */
  platform: platformSchema.optional(),
  /** What it costs, or is expected to. */
  cost: costSchema.optional(),
  /** Stages from a commit to production, in order. */
  pipeline: named(label, stageSchema).optional(),
  /** Files and packages that are made, by path. */
  artefacts: named(label, artefactSchema).optional(),
  /** What people confirm. */
  checklists: named(label, checklistSchema).optional(),
  /** What to do when something has happened. */
  runbooks: named(label, runbookSchema).optional(),
  /** How the system is to grow. */
  phases: named(label, phaseSchema).optional(),
  /** What is not decided yet. */
  decisions: texts.optional(),
  /** What is declared but not honoured, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
};

/** The parts of a system before any environment changes them. */
export const bodySchema = object('Body', bodyFields);
