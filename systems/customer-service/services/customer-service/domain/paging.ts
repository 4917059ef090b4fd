import { z } from 'zod';
import { auditActions } from './audit.ts';

/** Where the next page begins: after the customer with this moment and id. */
export interface Position {
  readonly createdAt: number;
  readonly id: string;
}

export interface CustomerQuery {
  readonly limit: number;
  /** Part of the name, the address or the company, in any case of letters; empty finds all. */
  readonly search: string;
  readonly after: Position | null;
}

export interface AuditQuery {
  readonly limit: number;
  /** Only entries before this place in the trail. */
  readonly before: number | null;
  readonly action: (typeof auditActions)[number] | null;
  readonly actorId: string | null;
  readonly subject: string | null;
}

export const idSchema = z.uuid('a UUID').toLowerCase();
const limit = z.coerce.number('a number').int('a whole number').min(1, 'at least 1').max(200, 'at most 200');

const position = z.string().transform((text, context): Position => {
  const [, at, id] = /^(\d{1,15})_([0-9a-f-]{36})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (at !== undefined && id !== undefined && idSchema.safeParse(id).success)
    return { createdAt: Number(at), id };
  context.addIssue({ code: 'custom', message: 'what "next" of the page before says' });
  return z.NEVER;
});

export const customerQuerySchema = z.strictObject({
  limit: limit.default(50),
  search: z.string().trim().max(200, 'at most 200 characters').default(''),
  after: position.nullable().default(null),
});

export const auditQuerySchema = z.strictObject({
  limit: limit.default(50),
  before: z.coerce.number('a number').int('a whole number').nullable().default(null),
  action: z.enum(auditActions).nullable().default(null),
  actorId: idSchema.nullable().default(null),
  subject: z.string().max(100, 'at most 100 characters').nullable().default(null),
});

/** What `after` of the next page has to be; null when this page was the last one. */
export function nextOf(
  page: readonly Position[],
  { limit: size }: { readonly limit: number },
): string | null {
  const last = page.at(-1);
  if (last === undefined || page.length < size) return null;
  return Buffer.from(`${last.createdAt}_${last.id}`).toString('base64url');
}

/** The newest first; of the same moment the greater id. */
export const newestFirst = (one: Position, other: Position): number =>
  other.createdAt - one.createdAt || (other.id < one.id ? -1 : 1);

export const isAfter = (one: Position, place: Position): boolean =>
  one.createdAt < place.createdAt || (one.createdAt === place.createdAt && one.id < place.id);
