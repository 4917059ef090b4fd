import { createHash } from 'node:crypto';
import { z } from 'zod';

const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^\P{Cc}*$/u, 'no control characters');

/** What callers say of a customer. An address belongs to one customer only, however its letters are written. */
export const customerFieldsSchema = z.strictObject({
  name: line(200),
  email: z.email().max(254).toLowerCase(),
  phone: line(40).nullable().default(null),
  company: line(200).nullable().default(null),
});

export type CustomerFields = z.output<typeof customerFieldsSchema>;

export interface Customer extends CustomerFields {
  readonly id: string;
  /** 1 when added, one more with each change: what If-Match compares. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly changedAt: number;
}

/** A customer as callers see it. */
export const customerView = ({ createdAt, changedAt, ...customer }: Customer) => ({
  ...customer,
  createdAt: new Date(createdAt).toISOString(),
  changedAt: new Date(changedAt).toISOString(),
});

/**
 * The id of the customer that this key adds: the same key adds the same customer, also when the answer to the first attempt
 * was lost together with the database. A UUID of version 8 (RFC 9562).
 */
export function customerIdOf(owner: string, idempotencyKey: string): string {
  const hash = createHash('sha256').update(`${owner}\n${idempotencyKey}`).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `a${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

/** What a search looks in: a line for each field, so that no match reaches from one into the next. */
export const foundBy = ({ name, email, company }: CustomerFields): string =>
  `${name}\n${email}\n${company ?? ''}`.toLowerCase();

/** The fields that differ, for the audit trail: their names only, what they hold stays with the customer. */
export const changedFields = (before: CustomerFields, after: CustomerFields): readonly string[] =>
  (['name', 'email', 'phone', 'company'] as const).filter((field) => before[field] !== after[field]);
