import { z } from 'zod';
import { asker, line, name } from './fields.ts';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'an id as "fairway recovery" prints it');

const restoreTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latest') }),
  /** Milliseconds since 1970. */
  z.strictObject({ kind: z.literal('time'), at: z.number().min(0).max(8.64e15) }),
  z.strictObject({ kind: z.literal('before'), transaction: z.string().regex(/^\d{1,20}$/) }),
]);

/** Work that takes its time; the answer names the operation, which is looked at while it goes on. */
export const operationRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    ...asker,
    kind: z.literal('backup'),
    of: z.array(name).max(100).nullable().default(null),
  }),
  z.strictObject({
    ...asker,
    kind: z.literal('restore'),
    store: name,
    copy: id.nullable().default(null),
    target: restoreTarget.default({ kind: 'latest' }),
  }),
  z.strictObject({ ...asker, kind: z.literal('exchange'), side: id }),
  z.strictObject({ ...asker, kind: z.literal('discard'), side: id }),
  z.strictObject({ ...asker, kind: z.literal('drill') }),
  z.strictObject({ ...asker, kind: z.literal('rotate') }),
]);

export const holdRequest = z.strictObject({
  by: asker.by,
  of: name,
  /** Null: every copy of it. */
  copy: id.nullable().default(null),
  reason: line(500).min(1),
});

/** Asks how to get into a restored store. */
export const loginRequest = z.strictObject({ by: asker.by });

/** Reads all of a store, the running one or a restored one, and says what does not fit. */
export const examineRequest = z.strictObject({ store: name, side: id.nullable().default(null) });

/** A step of a runbook that was walked through, for the journal. */
export const stepRequest = z.strictObject({
  by: asker.by,
  scenario: name,
  /** From 1. */
  step: z.int().min(1).max(99),
  what: line(300).min(1),
  result: z.enum(['done', 'failed', 'declined', 'skipped']),
  detail: line(1_000).default(''),
});

export type OperationRequest = z.input<typeof operationRequest>;
export type HoldRequest = z.input<typeof holdRequest>;
export type StepRequest = z.input<typeof stepRequest>;
