import { createHash } from 'node:crypto';
import type { Client, Clock, Metrics } from 'fairway-kit';
import type { Redis } from 'ioredis';
import { decodeJwt } from 'jose';
import type { Caller, ReadToken, Tokens } from '../common/tokens.ts';

export interface Gatekeeper {
  /** Who carries this token; null when it is not ours, too old, or its session has ended. Rejects when nobody can tell. */
  callerOf(token: string): Promise<Caller | null>;
}

/**
 * A token is proved once: its signature here, its session by iam. Then its hash stands in the session's entry of the cache, and
 * for as long as that entry is there the proof is not made again. Ending a session deletes the entry and with it all its
 * tokens; without the cache every token is proved each time.
 */
export function createGatekeeper(parts: {
  readonly redis: Redis;
  readonly tokens: Tokens;
  readonly inside: Tokens;
  readonly iam: Client;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): Gatekeeper {
  const { redis, tokens, inside, iam, clock, metrics } = parts;
  const counted = metrics.counter('session_checks_total', 'Tokens that were looked at.', ['by']);

  return {
    async callerOf(token) {
      const sessionId = sessionIn(token);
      if (sessionId === null) return null;
      const [key, field] = [
        `session:${sessionId}`,
        `token:${createHash('sha256').update(token).digest('hex')}`,
      ];
      const known = await redis.hget(key, field).catch(() => null);
      if (known !== null) {
        const { caller, expiresAt } = JSON.parse(known) as ReadToken;
        counted({ by: 'cache' });
        return expiresAt > clock.now() ? caller : null;
      }

      counted({ by: 'proof' });
      const read = await tokens.read(token);
      if (read === null) return null;
      const authorization = `Bearer ${await inside.issue(read.caller)}`;
      const { status } = await iam.call('GET', `/inside/sessions/${sessionId}`, {
        headers: { authorization },
      });
      if (status === 404) return null;
      if (status !== 204) throw new Error(`iam answered ${status}`);
      await redis.eval(rememberIfThere, 1, key, field, JSON.stringify(read)).catch(() => undefined);
      return read.caller;
    },
  };
}

/** Only into an entry that is there: one that was deleted meanwhile belongs to a session that has ended. */
const rememberIfThere = `
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 1
`;

/** Unproved: it only says where to look. An entry holds the hash of the whole token. */
function sessionIn(token: string): string | null {
  try {
    const { sid } = decodeJwt(token);
    return typeof sid === 'string' && /^[0-9a-f-]{36}$/.test(sid) ? sid : null;
  } catch {
    return null; // it is no token at all
  }
}
