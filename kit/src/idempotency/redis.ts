import type { IdempotencyStore, KeptAnswer } from '../idempotency.ts';
import type { RedisScripts } from '../rate-limit.ts';

/** For all processes that use this server; keys expire there by themselves. */
export function redisStore(
  redis: RedisScripts,
  { prefix = 'idempotency' }: { readonly prefix?: string } = {},
): IdempotencyStore {
  const at = (key: string) => `${prefix}:${key}`;

  return {
    async claim(key, { holder, print, lease }) {
      const reply = await redis.eval(claimScript, 1, at(key), holder, print, String(lease));
      if (!Array.isArray(reply)) return { state: 'claimed' };
      const [kept, answer] = reply as [string, string | null];
      if (answer === null) return { state: 'running', print: kept };
      return { state: 'done', print: kept, answer: JSON.parse(answer) as KeptAnswer };
    },

    async finish(key, holder, { answer, keep }) {
      const reply = await redis.eval(finishScript, 1, at(key), holder, JSON.stringify(answer), String(keep));
      return reply === 1;
    },

    async release(key, holder) {
      await redis.eval(releaseScript, 1, at(key), holder);
    },
  };
}

const claimScript = `
if redis.call('HSETNX', KEYS[1], 'holder', ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'print', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return 1
end
return redis.call('HMGET', KEYS[1], 'print', 'answer')
`;

/** Only a holder that still has the key may change it: the lease may have ended, and another may have taken over. */
const ifStillHeld = `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'answer') == 1 then
  return 0
end
`;

const finishScript = `${ifStillHeld}
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`;

const releaseScript = `${ifStillHeld}
return redis.call('DEL', KEYS[1])
`;
