import type { Context, MiddlewareHandler } from 'hono';
import { type Permission, permitted, type Role } from '#api';
import { type Failure, fail, type Instant, invariant } from '#kernel';
import { refuse } from '../refuse.ts';

/** Who asks. */
export interface Caller {
  /** Of the token; through the key the user of this machine. */
  readonly name: string;
  readonly role: Role;
  readonly permissions: readonly Permission[];
  /** The roles in which it agrees to releases; null: in every one. */
  readonly approves: readonly string[] | null;
  readonly via: 'key' | 'session' | 'token';
  /** When it ends by itself; null: it does not. */
  readonly until: Instant | null;
  /** Id of the token it stands on; null: the key. */
  readonly token: string | null;
}

export function callerAs(who: Omit<Caller, 'permissions'>): Caller {
  return { ...who, permissions: permitted[who.role] };
}

/** Who asks; null: somebody who is not logged in. */
export const knownCaller = (context: Context): Caller | null =>
  (context.get('caller') as Caller | undefined) ?? null;

/** Who asks, behind `permit`. */
export function callerOf(context: Context): Caller {
  const caller = knownCaller(context);
  invariant(caller !== null, 'a route that asks who calls is behind "permit"');
  return caller;
}

export interface Asker {
  readonly by: string;
  readonly note: string;
}

/**
 * Who is written into the journal. Who holds the key may say who asks; everybody else is who their token says, whatever
 * the request says.
 */
export function askerOf(context: Context, { by, note }: Asker): Asker {
  const caller = callerOf(context);
  return { by: caller.via === 'key' ? by : caller.name, note };
}

/** Why the caller may not; null: it may. Failures: `not_allowed` (facts: path), `role_forbids` (facts: name, role, needs). */
export function refusalOf(context: Context, needs: Permission): Failure | null {
  const caller = knownCaller(context);
  if (caller === null) return fail('not_allowed', { path: context.req.path }).error;
  const { name, role } = caller;
  return caller.permissions.includes(needs) ? null : fail('role_forbids', { name, role, needs }).error;
}

/** Why the caller may not agree in that role; null: it may. Failures: `approval_role_forbids` (facts: name, role, approves). */
export function approvalRefusalOf(context: Context, role: string): Failure | null {
  const { name, approves } = callerOf(context);
  return approves === null || approves.includes(role)
    ? null
    : fail('approval_role_forbids', { name, role, approves: approves.join(', ') }).error;
}

/** Lets on who may; null: everybody. */
export function permit(needs: Permission | null): MiddlewareHandler {
  return async (context, next) => {
    const refusal = needs === null ? null : refusalOf(context, needs);
    return refusal === null ? next() : refuse(context, refusal);
  };
}
