import { createHash } from 'node:crypto';
import type { Client, Clock } from 'fairway-kit';
import { z } from 'zod';
import { sessionCookies } from '../common/session-cookies.ts';

/** Who a browser is, with the token that the services believe. */
export interface Identity {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly token: string;
}

export interface Identities {
  /** Null: nobody is signed in. Rejects when auth does not answer. */
  find(cookies: string | undefined): Promise<Identity | null>;
  /** After signing in or out, or anything else that auth was told. */
  forget(cookies: string | undefined): void;
}

const answer = z.object({ userId: z.string(), email: z.string(), name: z.string(), token: z.string() });
/** So long a session that was ended elsewhere may still be used here; far less than a token lives. */
const rememberMillis = 5_000;
const most = 10_000;

/** Asks auth who has these cookies, and remembers it for a moment: a page asks for several things at once. */
export function createIdentities(auth: Client, clock: Clock): Identities {
  const known = new Map<string, { readonly until: number; readonly identity: Promise<Identity | null> }>();

  async function ask(cookies: string): Promise<Identity | null> {
    const { status, body } = await auth.call('GET', '/session', { headers: { cookie: cookies } });
    if (status === 401) return null;
    if (status !== 200) throw new Error(`auth answered ${status}`);
    return answer.parse(body);
  }

  return {
    find(cookies) {
      const ours = sessionCookies(cookies);
      if (ours === null) return Promise.resolve(null);
      const key = keyOf(ours);
      const found = known.get(key);
      if (found !== undefined && found.until > clock.now()) return found.identity;
      if (known.size >= most) known.clear();
      const identity = ask(ours);
      known.set(key, { until: clock.now() + rememberMillis, identity });
      identity.then(
        (value) => value === null && known.delete(key),
        () => known.delete(key),
      );
      return identity;
    },
    forget(cookies) {
      const ours = sessionCookies(cookies);
      if (ours !== null) known.delete(keyOf(ours));
    },
  };
}

const keyOf = (ours: string) => createHash('sha256').update(ours).digest('base64url');
