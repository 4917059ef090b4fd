import { z } from 'zod';
import { asker, line, name, text } from '../fields.ts';
import { instant, type View } from './base.ts';

/** What a route asks of who calls it. */
export const permissions = ['view', 'deploy', 'approve', 'administer'] as const;
export type Permission = (typeof permissions)[number];

export const roles = ['viewer', 'deployer', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/** What each role may do. */
export const permitted: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['view'],
  deployer: ['view', 'deploy'],
  approver: ['view', 'approve'],
  admin: ['view', 'deploy', 'approve', 'administer'],
};

/** The roles of a definition's approvals in which somebody agrees; null: in every one. */
const approves = z.array(line(100).min(1)).min(1).max(20).nullable();

/** Who the control plane takes the caller for. */
export const accessSchema = z
  .strictObject({
    /** Name of the token; for the command line of this machine its user. */
    name: z.string(),
    role: z.enum(roles),
    permissions: z.array(z.enum(permissions)),
    approves,
    /** `key`: the file that the command line reads; `session`: a browser that logged in; `token`: sent with the request. */
    via: z.enum(['key', 'session', 'token']),
    /** When it ends by itself; null: it does not. */
    until: instant.nullable(),
    system: z.string(),
  })
  .meta({ id: 'Access' });
export type AccessView = View<z.output<typeof accessSchema>>;

/** Logs a browser in: with a token, or with the code of a one-time link. The answer sets a cookie. */
export const sessionRequest = z.union([
  z.strictObject({ token: text(200).min(1) }),
  z.strictObject({ code: text(200).min(1) }),
]);

export const linkRequest = z.strictObject({ ...asker });
export const linkSchema = z
  .strictObject({
    /** Opens the dashboard once; the code stands behind `#` and is in no log. */
    url: z.string(),
    until: instant,
  })
  .meta({ id: 'Link' });
export type LinkView = View<z.output<typeof linkSchema>>;

export const tokenRequest = z
  .strictObject({
    by: asker.by,
    name,
    role: z.enum(roles),
    approves: approves.default(null),
    /** Days from now; null: until it is revoked. */
    days: z.int().min(1).max(3_650).nullable().default(90),
  })
  .refine(({ role, approves: named }) => named === null || role === 'approver', {
    path: ['approves'],
    error: 'only the role approver has them; leave it out',
  });

export const tokenSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    approves,
    createdAt: instant,
    by: z.string(),
    until: instant.nullable(),
    /** To about a minute; null: never. */
    lastUsedAt: instant.nullable(),
    state: z.enum(['good', 'ended', 'revoked']),
  })
  .meta({ id: 'Token' });
export type TokenView = View<z.output<typeof tokenSchema>>;

export const newTokenSchema = tokenSchema
  .extend({
    /** Shown this once: only its hash is kept. */
    token: z.string(),
  })
  .meta({ id: 'NewToken' });
export type NewTokenView = View<z.output<typeof newTokenSchema>>;
