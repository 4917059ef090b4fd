import { createHash } from 'node:crypto';
import type { Clock, Random } from 'fairway-kit';
import { type Context, Hono } from 'hono';

interface Grant {
  readonly login: string;
  readonly redirectUri: string;
  readonly until: number;
}

/**
 * GitHub (OAuth 2) and Google (OpenID Connect) as a browser and auth see them. Nobody is asked for a password: whoever comes
 * is `octocat`, or who `login_hint` names.
 */
export function signOn(
  secrets: { readonly github: string; readonly google: string },
  { random, clock }: { readonly random: Random; readonly clock: Clock },
): Hono {
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, Grant>();
  const ticket = () => `${random().toString(36).slice(2)}${random().toString(36).slice(2)}`;
  const app = new Hono();

  for (const provider of ['github', 'google'] as const) {
    app.get(`/${provider}/authorize`, (c) => {
      const redirectUri = c.req.query('redirect_uri') ?? '';
      const state = c.req.query('state') ?? '';
      if (!URL.canParse(redirectUri)) return c.text('redirect_uri is missing', 400);
      const code = ticket();
      codes.set(code, {
        login: c.req.query('login_hint') ?? 'octocat',
        redirectUri,
        until: clock.now() + 60_000,
      });
      const back = new URL(redirectUri);
      back.searchParams.set('code', code);
      back.searchParams.set('state', state);
      return c.redirect(back.toString());
    });

    app.post(`/${provider}/token`, async (c) => {
      const form = new URLSearchParams(await c.req.text());
      const code = form.get('code') ?? '';
      const grant = codes.get(code);
      codes.delete(code); // a code is good for one token
      const isRight =
        secretOf(c, form) === secrets[provider] &&
        grant !== undefined &&
        grant.until > clock.now() &&
        grant.redirectUri === form.get('redirect_uri');
      if (!isRight) return c.json({ error: 'invalid_grant' }, 400);
      const token = ticket();
      tokens.set(token, { ...grant, until: clock.now() + 3_600_000 });
      return c.json({ access_token: token, token_type: 'bearer', expires_in: 3_600, scope: 'email' });
    });
  }

  const userOf = (c: Context): string | null => {
    const token = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const grant = tokens.get(token);
    return grant === undefined || grant.until <= clock.now() ? null : grant.login;
  };
  app.get('/github/api/user', (c) => {
    const login = userOf(c);
    return login === null
      ? c.json({ message: 'Bad credentials' }, 401)
      : c.json({ id: numberOf(login), login, name: login });
  });
  app.get('/github/api/user/emails', (c) => {
    const login = userOf(c);
    if (login === null) return c.json({ message: 'Bad credentials' }, 401);
    return c.json([{ email: `${login}@github.example`, primary: true, verified: true }]);
  });
  app.get('/google/userinfo', (c) => {
    const login = userOf(c);
    if (login === null) return c.json({ error: 'invalid_token' }, 401);
    return c.json({
      sub: String(numberOf(login)),
      name: login,
      email: `${login}@google.example`,
      email_verified: true,
    });
  });
  return app;
}

/** By HTTP Basic or in the form: both are allowed (RFC 6749, section 2.3.1). */
function secretOf(c: Context, form: URLSearchParams): string | null {
  const basic = /^Basic (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  if (basic === undefined) return form.get('client_secret');
  return decodeURIComponent(Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':'));
}

/** A number that is always the same for a name, as vendors have them. */
const numberOf = (login: string): number => createHash('sha256').update(login).digest().readUInt32BE(0);
