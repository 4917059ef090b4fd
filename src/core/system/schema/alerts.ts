import { z } from 'zod';
import { label, name, text, texts } from './names.ts';
import { object } from './object.ts';
import { anyQuantity, duration } from './units.ts';

export const channelSchema = object('Channel', {
  /** What it is. */
  kind: z.enum(['slack', 'pager', 'email', 'webhook']),
  /** Room, rota, address. Secrets are named, never written. */
  to: text.optional(),
});

export const alertSchema = object('Alert', {
  /** What is measured: "error-rate", "p95(http)", "queue_depth(q_import)" … */
  measure: text,
  /** Service or store it is about. */
  of: name.optional(),
  /** It is raised above this. */
  above: anyQuantity.optional(),
  /** It is raised below this. */
  below: anyQuantity.optional(),
  /** It must have been so for this long. */
  for: duration.optional(),
  /** How much it matters. */
  severity: z.enum(['critical', 'warning', 'info']).default('warning'),
  /** Who is told, declared under `channels`. */
  channels: z.array(name).default([]),
  /** What can be done about it, in order. */
  levers: texts.optional(),
  /** Runbook that helps, declared under `runbooks`. */
  runbook: label.optional(),
});
