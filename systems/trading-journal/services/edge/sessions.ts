import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from 'fairway-kit';
import { channels } from '../common/jobs.ts';
import { fail, ok, type Result } from '../common/result.ts';
import type { CallCore } from './core-client.ts';
import { equalTexts } from './equal.ts';

export interface Session {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly expiresAt: number;
}

/** A session that a request has shown: `hash` names it everywhere but in the browser. */
export interface OpenSession extends Session {
  readonly id: string;
  readonly hash: string;
}

export interface Sessions {
  /** Failures: `login_wrong`, and those of core. */
  open(login: { email: string; password: string }): Promise<Result<OpenSession>>;
  /** The session of a cookie's value; null when it is none or has ended. Failures: those of core. */
  find(cookie: string | undefined): Promise<Result<OpenSession | null>>;
  end(session: OpenSession): Promise<Result<null>>;
  /** What the cookie holds: the id and a signature, so that guesses never reach core. */
  cookieOf(session: OpenSession): string;
  /** The token that unsafe requests must bear in a header. It follows from the session, so nothing has to be kept. */
  csrfTokenOf(session: OpenSession): string;
}

const cachedSeconds = 300;
const keyOf = (hash: string) => `session:${hash}`;
const caller = { subject: 'edge', scope: 'sessions' } as const;

/** Sessions are kept by core and remembered in Redis for some minutes; without Redis they are slower, not gone. */
export function createSessions(options: {
  readonly secret: string;
  readonly redis: Redis;
  readonly clock: Clock;
  readonly callCore: CallCore;
}): Sessions {
  const { secret, redis, clock, callCore } = options;
  const sign = (what: string, id: string) =>
    createHmac('sha256', secret).update(`${what}:${id}`).digest('base64url');

  const remember = async (hash: string, session: Session) => {
    const seconds = Math.min(cachedSeconds, Math.floor((session.expiresAt - clock.now()) / 1_000));
    // The cache is a help, not the truth: core will be asked again.
    if (seconds > 0)
      await redis.set(keyOf(hash), JSON.stringify(session), 'EX', seconds).catch(() => undefined);
  };
  const recall = async (hash: string): Promise<Session | null> => {
    const text = await redis.get(keyOf(hash)).catch(() => null); // as if it had been forgotten
    return text === null ? null : (JSON.parse(text) as Session);
  };

  return {
    cookieOf: ({ id }) => `${id}.${sign('session', id)}`,
    csrfTokenOf: ({ id }) => sign('csrf', id),

    async open({ email, password }) {
      const id = randomBytes(32).toString('base64url');
      const hash = hashOf(id);
      const answer = await callCore({
        method: 'POST',
        path: '/sessions',
        caller,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password, hash }),
      });
      if (!answer.ok) return answer;
      if (answer.value.status === 401) {
        await answer.value.body?.cancel();
        return fail('login_wrong', 'The address and the password do not belong together.');
      }
      if (!answer.value.ok) return refusedBy(answer.value);
      const session = (await answer.value.json()) as Session;
      await remember(hash, session);
      return ok({ ...session, id, hash });
    },

    async find(cookie) {
      const [id = '', signature = ''] = (cookie ?? '').split('.');
      if (!equalTexts(signature, sign('session', id))) return ok(null);
      const hash = hashOf(id);
      const cached = await recall(hash);
      if (cached !== null) return ok(cached.expiresAt > clock.now() ? { ...cached, id, hash } : null);
      const answer = await callCore({ method: 'GET', path: `/sessions/${hash}`, caller });
      if (!answer.ok) return answer;
      if (answer.value.status === 404) {
        await answer.value.body?.cancel();
        return ok(null);
      }
      if (!answer.value.ok) return refusedBy(answer.value);
      const session = (await answer.value.json()) as Session;
      await remember(hash, session);
      return ok({ ...session, id, hash });
    },

    async end({ hash }) {
      const answer = await callCore({ method: 'DELETE', path: `/sessions/${hash}`, caller });
      if (!answer.ok) return answer;
      await answer.value.body?.cancel();
      if (!answer.value.ok) return refusedBy(answer.value);
      // First core, then the cache: a look-up between the two cannot bring the session back for long.
      await Promise.allSettled([redis.del(keyOf(hash)), redis.publish(channels.signedOut, hash)]);
      return ok(null);
    },
  };
}

const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');

const refusedBy = ({ status }: Response) => fail('core_failed', `The core answered ${status}.`);
