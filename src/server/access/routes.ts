import type { Context, Hono } from 'hono';
import { ok, fail, type Failure } from '#kernel';
import { register } from '../door.ts';
import type { Handler } from '../handlers/contract.ts';
import { createAttempts } from './attempts.ts';
import { askerOf, type Caller, callerAs, callerOf, permit } from './caller.ts';
import { readSession, removeSession, writeSession } from './cookie.ts';
import type { Identity } from './identify.ts';
import { linkUrl } from './link-url.ts';
import { endSession, loginByCode, loginByToken, makeLink } from './logins.ts';
import { listTokens, makeToken, revokeToken } from './tokens.ts';

type Options = Identity & { readonly system: string };

/** Registers what is asked for below `/v1/access`. */
export function addRoutes(app: Hono, options: Options): void {
  const { origin, system } = options;
  register(
    app,
    {
      'GET /v1/access': ({ context }) => ok(viewOf(callerOf(context), system)),
      'POST /v1/access/session': loggingIn(options),
      'DELETE /v1/access/session': async ({ context }) => {
        const session = readSession(context, origin);
        removeSession(context, origin);
        const ended = session === null ? ok(false) : await endSession(options, session);
        return ended.ok ? ok({ ended: ended.value }) : ended;
      },
      'POST /v1/access/links': async ({ context, body }) => {
        const made = await makeLink(options, body.by, callerOf(context).token);
        keepNowhere(context);
        return made.ok ? ok({ url: linkUrl(origin, made.value.code), until: made.value.until }) : made;
      },
      'GET /v1/access/tokens': async () => ok(await listTokens(options)),
      'POST /v1/access/tokens': ({ context, body }) => {
        keepNowhere(context);
        return makeToken(options, body);
      },
      'DELETE /v1/access/tokens/{id}': async ({ context, id }) => {
        const revoked = await revokeToken(options, id, callerOf(context).name);
        return revoked.ok ? ok({ revoked: revoked.value }) : revoked;
      },
    },
    { permit, askerOf },
  );
}

/** Logs in with a token or with the code of a link; the answer sets the cookie. Failures besides theirs: `login_too_often`. */
function loggingIn(options: Options): Handler<'POST /v1/access/session'> {
  const { clock, origin, system } = options;
  const attempts = createAttempts(clock);
  return async ({ context, body }) => {
    const address = addressOf(context);
    const wait = attempts.take(address);
    if (wait !== null) {
      context.header('retry-after', String(wait));
      return fail('login_too_often', { seconds: wait });
    }
    const login = await ('token' in body
      ? loginByToken(options, body.token)
      : loginByCode(options, body.code));
    if (login.ok || !isGuess(login.error)) attempts.giveBack(address);
    if (!login.ok) return login;
    const { secret, session } = login.value;
    const { name, role, approves, until, token } = session;
    writeSession(context, origin, secret, { now: clock.now(), until });
    keepNowhere(context);
    return ok(viewOf(callerAs({ name, role, approves, via: 'session', until, token }), system));
  };
}

/** The other failures show that the secret was known. */
const isGuess = ({ code }: Failure) => code === 'token_wrong' || code === 'link_unknown';

const viewOf = ({ name, role, permissions, approves, via, until }: Caller, system: string) => ({
  name,
  role,
  permissions,
  approves,
  via,
  until,
  system,
});

/** Answers with a secret in them, and those that set one. */
const keepNowhere = (context: Context) => context.header('cache-control', 'no-store');

/** Of the other end of the connection. Headers that name another one are not believed: anybody can write them. */
function addressOf(context: Context): string {
  const env = context.env as {
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
  };
  return env?.incoming?.socket?.remoteAddress ?? 'unknown';
}
