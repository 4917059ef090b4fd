import { z } from 'zod';
import { acceptLossSchema } from './accept-loss.ts';
import { count, label, name, text, texts } from './names.ts';
import { named, object } from './object.ts';
import { bound, duration } from './units.ts';

export const retentionSchema = object('Retention', {
  /** How often one is made. */
  every: duration,
  /** How long it is kept. */
  keep: duration,
});

export const backupSchema = object('Backup', {
  /** Full copies. */
  full: retentionSchema.optional(),
  /** Further full copies that are kept longer. */
  longTerm: retentionSchema.optional(),
  /** The write-ahead log is shipped at least this often. */
  logEvery: duration.optional(),
  /** It can be brought back to any moment of the last so long. */
  pointInTime: duration.optional(),
  /** Where copies go: "s3://…", "another region". */
  to: text.optional(),
  /** Copies lie in another region. */
  offRegion: z.boolean().optional(),
  /** Copies are encrypted. */
  encrypted: z.boolean().optional(),
});

export const scenarioSchema = object('Scenario', {
  /** How it is mended. */
  answer: text.optional(),
  /** Done by Fairway, or by people with its help. */
  by: z.enum(['automatic', 'manual']).optional(),
  /** What is done, in order. */
  steps: texts.optional(),
});

const table = z
  .string('write the name of a table')
  .regex(
    /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/,
    'write a table or a schema, a point and a table: "orders", "audit.entries"',
  )
  .max(127, 'write at most 127 characters');

export const verifyQuerySchema = object('VerifyQuery', {
  /** A query that only reads and has one value: "SELECT count(*) FROM orders WHERE total < 0". */
  sql: text,
  /** What the value must be, as text. */
  expect: z
    .union([z.string(), z.number(), z.boolean()], 'write a text, a number, true or false')
    .transform(String),
});

export const verifySchema = object('Verify', {
  /** Fewest rows by table: { users: 1, "audit.entries": 0 }. A table that is missing fails, too. */
  rows: named(table, count).default({}),
  /** Queries by what they show. */
  queries: named(label, verifyQuerySchema).default({}),
});

/** What must hold when things are lost. */
export const recoverySchema = object('Recovery', {
  /** Longest time until the system serves again: "4h" is at most four hours, "<15m" is less than fifteen minutes. */
  rto: bound,
  /** Largest loss of data, as time. */
  rpo: bound,
  /** How often a restore is tried and measured. */
  drillEvery: duration.optional(),
  /** What restored data must show, by store. Drills look at it, and so does every restore. */
  verify: named(name, verifySchema).optional(),
  /** What may happen and what is done then. */
  scenarios: named(label, scenarioSchema).optional(),
  /** What is done to fail over, in order. */
  failover: texts.optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
});
