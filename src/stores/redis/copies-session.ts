import { Redis } from 'ioredis';
import { type Clock, millis } from '#kernel';
import type { Access } from '../supervisor/index.ts';

/** Works with a server over one connection of its own, closed afterwards. What the server says against it is thrown. */
export async function withRedis<T>({ port, secret }: Access, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    password: secret,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {}); // told by the command that fails
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

export type Info = ReadonlyMap<string, string>;

/** The lines of one section of INFO: https://redis.io/docs/latest/commands/info/ */
export async function infoOf(redis: Redis, section: string): Promise<Info> {
  const lines = (await redis.info(section)).split('\r\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

/** A number of INFO; null where this server does not tell it. */
export function numberOf(info: Info, name: string): number | null {
  const text = info.get(name);
  return text === undefined ? null : Number(text);
}

/** Asks for the section again and again until `holds`; null when the signal was aborted before. */
export async function untilInfo(
  redis: Redis,
  { section, clock, signal }: { section: string; clock: Clock; signal: AbortSignal },
  holds: (info: Info) => boolean,
): Promise<Info | null> {
  for (let wait = 5; ; wait = Math.min(wait * 2, 500)) {
    if (signal.aborted) return null;
    const info = await infoOf(redis, section);
    if (holds(info)) return info;
    await clock.sleep(millis(wait), signal);
  }
}

/** Keys of all databases, by their numbers. */
export async function keysByDatabase(redis: Redis): Promise<ReadonlyMap<number, number>> {
  const info = await infoOf(redis, 'keyspace');
  return new Map(
    [...info].map(([name, value]) => [
      Number(name.replace(/^db/, '')),
      Number(/^keys=(\d+)/.exec(value)?.[1] ?? 0),
    ]),
  );
}
