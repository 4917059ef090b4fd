import type { Context, MiddlewareHandler } from 'hono';
import { fail, type Result } from '#kernel';
import { refuse } from '../refuse.ts';
import { type Caller, callerAs } from './caller.ts';
import { readSession } from './cookie.ts';
import { whileGood } from './cut.ts';
import { checkHost, isForeign } from './origin.ts';
import { readOne } from './records.ts';
import { hashOf, isSame, tokenPrefix } from './secrets.ts';
import { goodToken, type Keeping, noteUse, tokenBySecret } from './tokens.ts';

export interface Identity extends Keeping {
  /** The key of the control file, as it is now. */
  readonly key: () => string;
  /** User of this machine who holds the key. */
  readonly user: string;
  /** Where browsers find us: scheme, name and port. */
  readonly origin: string;
}

/** What everybody may ask for who is not logged in: the page, and to log in or out. */
const isOpen = ({ method, path }: Context['req']) =>
  !/^\/v1(?:\/|$)/.test(path) || (path === '/v1/access/session' && ['POST', 'DELETE'].includes(method));

/**
 * Checks under which name we were asked and from where, finds out who asks, and lets nobody else than those who are known
 * to anything of the API. Answers that go on for long are cut when who asked for them may not any more.
 */
export function identify(identity: Identity): MiddlewareHandler {
  const { origin } = identity;
  return async (context, next) => {
    const request = { method: context.req.method, header: (name: string) => context.req.header(name) };
    const host = checkHost(request, origin);
    if (!host.ok) return refuse(context, host.error);
    const bearer = bearerOf(context);
    const cookie = bearer === null ? readSession(context, origin) : null;
    if (bearer === null && isForeign(request, origin, cookie !== null))
      return refuse(context, foreign(context).error);
    const find = () => callerBy(identity, bearer, cookie);
    const caller = await find();
    if (caller !== null) context.set('caller', caller);
    else if (!isOpen(context.req))
      return refuse(context, fail('not_allowed', { path: context.req.path }).error);
    await next();
    const isLasting = caller === null || caller.via === 'key';
    const cut = isLasting
      ? null
      : whileGood(context.res, identity.clock, async () => (await find()) !== null);
    if (cut !== null) context.res = cut;
    return undefined;
  };
}

function foreign(context: Context): Extract<Result<never>, { ok: false }> {
  return fail('origin_not_allowed', { origin: (context.req.header('origin') ?? 'unknown').slice(0, 200) });
}

const bearerOf = (context: Context): string | null =>
  /^Bearer (.{1,200})$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? null;

async function callerBy(
  identity: Identity,
  bearer: string | null,
  cookie: string | null,
): Promise<Caller | null> {
  if (bearer !== null) return callerByBearer(identity, bearer);
  return cookie === null ? null : callerBySession(identity, cookie);
}

async function callerByBearer(identity: Identity, secret: string): Promise<Caller | null> {
  if (isSame(secret, identity.key()))
    return callerAs({
      name: identity.user,
      role: 'admin',
      approves: null,
      via: 'key',
      until: null,
      token: null,
    });
  const token = secret.startsWith(tokenPrefix) ? await tokenBySecret(identity, secret) : null;
  if (token === null) return null;
  await noteUse(identity, token);
  const { name, role, approves, until } = token.value;
  return callerAs({ name, role, approves, via: 'token', until, token: token.key });
}

/** A session is over with the token it stands on. */
async function callerBySession(identity: Identity, secret: string): Promise<Caller | null> {
  const found = await readOne(identity.store, 'session', hashOf(secret));
  if (found === null || found.value.until <= identity.clock.now()) return null;
  const { name, role, approves, until, token } = found.value;
  const caller = callerAs({ name, role, approves, via: 'session', until, token });
  if (token === null) return caller;
  const standsOn = await goodToken(identity, token);
  if (standsOn === null) return null;
  await noteUse(identity, standsOn);
  return caller;
}
