import { z } from 'zod';
import { host, label, name, positive, text, texts } from './names.ts';
import { named, object } from './object.ts';
import { processors, size } from './units.ts';

const zoneName = /^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/;
const dayOfYear = /^\d{4}-\d{2}-\d{2}$/;

const timeZone = z
  .string('write a time zone')
  .refine(isTimeZone, {
    message: 'write a time zone such as "Asia/Singapore" or "UTC"',
    params: { kind: 'TimeZone' },
  })
  .meta({ pattern: zoneName.source });

/** Kinds of places an environment can be on. */
export const targetName = z.enum(['local', 'docker', 'kubernetes', 'simulated']);

export const triggerSchema = object('Trigger', {
  /** What brings a release here: a pull request, a push to a branch, a tag, the end of CI, or a person. */
  on: z.enum(['pull-request', 'branch', 'tag', 'ci', 'manual']),
  /** Which branch, or which tags ("v*"). */
  pattern: text.optional(),
  /** Environment the release must have passed first. */
  after: name.optional(),
});

export const dataSchema = object('Data', {
  /** Thrown away and seeded, masked copies, or the real thing. */
  kind: z.enum(['ephemeral', 'masked', 'real']),
  /** Program or file that fills an empty database. */
  seed: text.optional(),
  /** Environment that copies are taken from. */
  from: name.optional(),
});

export const windowSchema = object('Window', {
  /** Days on which it opens. */
  days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1, 'write at least one day'),
  /** When it opens. */
  from: z
    .string('write a time of day, such as "02:00"')
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day from 00:00 to 23:59'),
  /** When it closes, up to "24:00"; when that is before `from`, on the next day. */
  until: z
    .string('write a time of day, such as "02:00"')
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write a time of day from 00:00 to 24:00'),
  /** Time zone, as "Asia/Singapore" or "UTC". */
  zone: timeZone,
});

/** Days on which no release begins, such as those of a fair or a holiday. */
export const freezeSchema = object('Freeze', {
  /** What people call it. */
  name: label,
  /** First day of it: "2026-12-20". */
  from: day(),
  /** Last day of it. */
  until: day(),
  /** Time zone of the days, as "Asia/Singapore" or "UTC". */
  zone: timeZone,
});

export const scheduleSchema = object('Schedule', {
  /** When people work. */
  open: windowSchema,
  /** What happens outside of it. */
  otherwise: z.enum(['stop', 'minimum']),
});

export const poolSchema = object('Pool', {
  /** What runs on it. */
  role: text.optional(),
  /** Processors of one machine, from and to. */
  cpu: z.tuple([processors, processors]).optional(),
  /** Memory of one machine, from and to. */
  memory: z.tuple([size, size]).optional(),
  /** Fewest machines. */
  min: positive.optional(),
  /** Most machines. */
  max: positive.optional(),
});

export const platformSchema = object('Platform', {
  /** What the target is made of: "compose", "k3s", "eks", "ecs-fargate", "cloud-run" … */
  kind: text.optional(),
  /** Why this one. */
  reason: text.optional(),
  /** Who runs the machines. */
  provider: text.optional(),
  /** Where they are. */
  region: text.optional(),
  /** Failure zones. */
  zones: positive.optional(),
  /** Version of the platform. */
  version: text.optional(),
  /** Fewest and most machines. */
  nodes: z.tuple([positive, positive]).optional(),
  /** Processors of one machine. */
  cpu: processors.optional(),
  /** Memory of one machine. */
  memory: size.optional(),
  /** Groups of machines. */
  pools: named(name, poolSchema).optional(),
  /** What else runs there: controllers, operators. */
  addons: texts.optional(),
  /** Other targets that would do, and why. */
  options: named(name, text).optional(),
});

/** What is said of an environment itself, beside what it changes of the system. */
export const environmentFields = {
  /** Where it runs. */
  target: targetName,
  /** What it is for. */
  purpose: text.optional(),
  /** How it is kept apart from others. */
  isolation: text.optional(),
  /** What brings a release here. */
  trigger: triggerSchema.optional(),
  /** What its stores hold. */
  data: dataSchema.optional(),
  /** Host names of the environment. */
  domains: z.array(host).optional(),
  /** When it runs at all. */
  schedule: scheduleSchema.optional(),
  /** What routes its requests: Fairway's own router, or HAProxy 2.6 or later where it is installed. Left out: Fairway's own. */
  router: z.enum(['builtin', 'haproxy']).optional(),
  /** Threads of Fairway's own router that take requests; more than processors are of no use. Left out: 1. */
  routerWorkers: z.int().min(1).max(64).optional(),
};

function day() {
  return z
    .string('write a day, such as "2026-12-20"')
    .refine(isDay, {
      message: 'write a day of the calendar as year, month and day: "2026-12-20"',
      params: { kind: 'Day' },
    })
    .meta({ pattern: dayOfYear.source });
}

function isDay(text: string): boolean {
  if (!dayOfYear.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Names of the zone database only: an offset ("+08:00") would be wrong for half of the year in many places. */
function isTimeZone(text: string): boolean {
  if (!zoneName.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // a RangeError is how Intl says that it knows no such zone
  }
}
