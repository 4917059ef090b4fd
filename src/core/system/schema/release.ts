import { z } from 'zod';
import { acceptLossSchema } from './accept-loss.ts';
import { checkName } from './checks.ts';
import { freezeSchema } from './environments.ts';
import { hooksSchema, migrationsSchema } from './jobs.ts';
import { label, name, positive, text, texts } from './names.ts';
import { either, object } from './object.ts';
import { blueGreenSchema, canarySchema, rollingSchema, strategyName } from './strategies.ts';
import { duration, share } from './units.ts';

/** What a service usually gets: from it Fairway tells beforehand what a step of a canary can see. */
export const expectedSchema = object('ExpectedTraffic', {
  /** Requests per second of the whole service, both revisions together. */
  requestsPerSecond: z.number().positive('write a number above 0'),
  /** Share of its requests that goes wrong while all is well. */
  errorShare: share.prefault('0.1%'),
  /** Half of its answers are quicker. */
  median: duration.prefault('80ms'),
  /** All but one in twenty of its answers are quicker. */
  p95: duration.prefault('250ms'),
});

/** When a step may pass and when a canary is stopped. */
export const gateSchema = object('Gate', {
  /** At most this share of the requests may go wrong: a 5xx, or no answer. Above it nothing is promoted. */
  errorShare: share.prefault('1%'),
  /** A request slower than this counts as slow. */
  slowerThan: duration.prefault('1s'),
  /** At most this share of the requests may be slow; 5% means that the 95th percentile stays below. */
  slowShare: share.prefault('5%'),
  /** Requests that the new revision must have answered in a step, and the old one during the release, before it may pass. */
  minimumRequests: positive.default(100),
  /** A new revision may be slower by so much, or by 9 % where that is more; what is smaller nobody feels. */
  latencyTolerance: duration.prefault('10ms'),
  /** How quick a new revision is in its first time with traffic does not count: it starts cold. */
  warmUp: duration.prefault('30s'),
  /** How often the counts are read. */
  interval: duration.prefault('5s'),
  /** Of a hundred releases with nothing wrong, at most so many are rolled back by mistake, over all steps and looks. */
  falseAlarms: share.prefault('1%'),
  /** A step ends with its hold, or before it as soon as the evidence proves that the new revision does no harm. */
  promote: z.enum(['atDeadline', 'onEvidence']).default('atDeadline'),
  /** No step ends on evidence before it was held so long. */
  minimumHold: duration.prefault('5m'),
  /**
   * When a hold is over and the evidence does not suffice: wait for more; hold as long again, three times at most, and
   * go back then; wait for a person; or go back.
   */
  onInconclusive: z.enum(['hold', 'extend', 'ask', 'rollback']).default('hold'),
  /** Traffic that is expected, for `plan` and `simulate gate`; the gate itself never looks at it. */
  expected: expectedSchema.optional(),
  /** Checks that must be green. */
  checks: z.array(checkName).default([]),
  /** Share of its memory that a replica may use. */
  memory: share.optional(),
});

export const approvalSchema = object('Approval', {
  /** Who has to say yes. */
  role: text,
  /** How many of them, each a different person. */
  people: positive.default(1),
  /** A release that nobody approved for so long is given up; left out: 7d, or `release.deadline` if that is shorter. */
  within: duration.optional(),
});

export const rollbackSchema = object('Rollback', {
  /** Back without being asked when the gate or the watch fails. */
  automatic: z.boolean().default(true),
  /** Longest time until the old revision has all traffic. */
  within: duration.optional(),
  /** What else has to be done, in words. */
  steps: texts.optional(),
  /** A report is due so long after a rollback. */
  reportWithin: duration.optional(),
  /** Older releases one can go back to. */
  keep: positive.optional(),
});

/** What holds for a whole rollout of an environment. */
export const releaseSchema = object('Release', {
  /** Strategy of services that name none. */
  strategy: strategyName.default('rolling'),
  /** Settings of rolling updates. */
  rolling: rollingSchema.prefault({}),
  /** Settings of canaries. */
  canary: canarySchema.optional(),
  /** Settings of blue-green releases. */
  blueGreen: blueGreenSchema.optional(),
  /** What a step has to prove. */
  gate: gateSchema.prefault({}),
  /** A replica that is not ready after this long fails the release. */
  startDeadline: duration.prefault('2m'),
  /** The router must have acknowledged a table after this long. */
  routeDeadline: duration.prefault('10s'),
  /** A rollout that takes longer is given up, whatever it waits for. */
  deadline: duration.prefault('7d'),
  /** How long the previous revisions stay running after promotion. */
  keepOld: duration.prefault('30m'),
  /** How long the gate keeps watching once the new revisions have all traffic, before they count as promoted. */
  watch: duration.prefault('0s'),
  /** Changes of the database's schema. */
  migrations: migrationsSchema.optional(),
  /** People who have to agree. */
  approval: approvalSchema.optional(),
  /** Maintenance window a release has to wait for, declared under `windows`. */
  window: name.optional(),
  /** Times in which no release begins: names of `windows`, or days of the calendar. */
  freeze: z.array(either(name, freezeSchema)).default([]),
  /**
   * What becomes of a release under way when a newer one is asked for: the newer one is refused; the older gives way while
   * it waits for people, a window or evidence; or always, if it may still be aborted.
   */
  supersede: z.enum(['refuse', 'waiting', 'always']).default('waiting'),
  /** Programs that run before the new revisions start and after they are promoted. */
  hooks: hooksSchema.prefault({}),
  /** What is done when it goes wrong. */
  rollback: rollbackSchema.optional(),
  /** Caches of the CDN that are emptied on release and rollback. */
  purge: z.array(label).optional(),
  /** Checklist that must be done before, declared under `checklists`. */
  checklist: label.optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
});
