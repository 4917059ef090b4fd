import type { Clock, Log } from 'fairway-kit';
import type { Redis } from 'ioredis';

const key = 'market-data:leader';
const holdMillis = 5_000;
const renewMillis = 1_500;

/** Only who still has it may renew it or give it up: one step in Redis, so that nobody comes in between. */
const renew = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end`;
const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end`;

/**
 * Of all replicas one listens to the vendor, which counts connections. `lead` runs while this one is it; its signal ends when
 * it is no longer, or when the service stops. Another takes over within seconds.
 */
export async function leadByTurns(
  {
    redis,
    id,
    clock,
    log,
    stopping,
  }: { redis: Redis; id: string; clock: Clock; log: Log; stopping: AbortSignal },
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    const isLeader = await redis.set(key, id, 'PX', holdMillis, 'NX').catch(() => null);
    if (isLeader === 'OK') {
      log.info('this replica listens to the vendor');
      await holdWhile(lead);
      log.info('this replica no longer listens to the vendor');
    } else await clock.sleep(renewMillis, stopping);
  }

  async function holdWhile(work: typeof lead): Promise<void> {
    const over = new AbortController();
    const stop = () => over.abort();
    stopping.addEventListener('abort', stop);
    const working = work(over.signal).finally(stop);
    while (!over.signal.aborted) {
      await clock.sleep(renewMillis, over.signal);
      const isMine = await redis.eval(renew, 1, key, id, String(holdMillis)).catch(() => 0);
      if (isMine !== 1) stop();
    }
    await working.catch((reason: unknown) => log.warning('the feed ended', { reason }));
    stopping.removeEventListener('abort', stop);
    await redis.eval(release, 1, key, id).catch(() => undefined);
  }
}
