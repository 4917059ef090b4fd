import { z } from 'zod';
import { acceptLossSchema } from './accept-loss.ts';
import { label, text, texts } from './names.ts';
import { named, object } from './object.ts';
import { duration, share } from './units.ts';

export const logsSchema = object('Logs', {
  /** Lines as JSON objects, or as text. */
  format: z.enum(['json', 'text']).optional(),
  /** How long they are kept. */
  keep: duration.optional(),
  /** Fields of each line. */
  fields: texts.optional(),
  /** Where they go. */
  to: text.optional(),
  /** Kinds that are told apart: access, audit … */
  kinds: texts.optional(),
  /** How long a kind is kept when it differs. */
  keepByKind: named(label, duration).optional(),
});

export const tracesSchema = object('Traces', {
  /** Share of good requests that is kept. */
  sample: share.optional(),
  /** Share of failed requests that is kept. */
  sampleErrors: share.optional(),
  /** How the trace travels. */
  propagation: z.enum(['w3c', 'b3']).optional(),
  /** Where they go. */
  to: text.optional(),
});

export const errorsSchema = object('ErrorTracking', {
  /** Where errors go. */
  to: text,
  /** What is told with them: user, release, breadcrumbs. */
  context: texts.optional(),
  /** Stack traces of minified code are made readable. */
  sourceMaps: z.boolean().optional(),
});

export const metricsSchema = object('Metrics', {
  /** Path of a replica where they are read. */
  path: text.optional(),
  /** Where they go. */
  to: text.optional(),
  /** What is measured, by area: application, infrastructure, business. */
  names: named(label, texts).optional(),
  /** Dashboards that are made. */
  dashboards: texts.optional(),
});

export const observabilitySchema = object('Observability', {
  /** What programs write. */
  logs: logsSchema.optional(),
  /** The way of a request through the services. */
  traces: tracesSchema.optional(),
  /** Errors with their circumstances. */
  errors: errorsSchema.optional(),
  /** Numbers over time. */
  metrics: metricsSchema.optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
});
