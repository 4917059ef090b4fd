import { z } from 'zod';
import { label, text, texts } from './names.ts';
import { object } from './object.ts';
import { duration, share } from './units.ts';

/** One stage of the pipeline; stages run in the order they are written. */
export const stageSchema = object('Stage', {
  /** What it does. */
  does: texts,
  /** On which events it runs. */
  on: z.array(z.enum(['pull-request', 'branch', 'tag', 'manual', 'schedule'])).optional(),
  /** Environment it works on. */
  environment: text.optional(),
  /** Lowest share of the code that tests have to reach. */
  coverage: share.optional(),
  /** Checks that have to be green. */
  checks: z.array(label).optional(),
  /** Longest time it may take. */
  timeout: duration.optional(),
});

export const artefactSchema = object('Artefact', {
  /** What it is for. */
  role: text,
  /** How long builds of it are kept. */
  keep: duration.optional(),
});

export const checklistSchema = object('Checklist', {
  /** When it has to be done. */
  when: text.optional(),
  /** What has to be true. */
  items: texts.min(1, 'write at least one item'),
});

export const runbookSchema = object('Runbook', {
  /** What has happened. */
  when: text.optional(),
  /** What to do, in order. */
  steps: texts.min(1, 'write at least one step'),
});

export const phaseSchema = object('Phase', {
  /** From how many users, or when. */
  when: text.optional(),
  /** What changes. */
  does: texts,
  /** Whether it has been done. */
  done: z.boolean().optional(),
});

export const changeSchema = object('Change', {
  /** Day, as 2025-10-20. */
  date: z.string('write a day as 2025-10-20').regex(/^\d{4}-\d{2}-\d{2}$/, 'write a day as 2025-10-20'),
  /** Version of the definition after it. */
  version: text,
  /** What changed. */
  change: text,
  /** Who did it. */
  author: text.optional(),
});
