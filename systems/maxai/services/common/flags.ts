import type { Redis } from 'ioredis';

/** Flags of one tenant, by name. */
export type Flags = Readonly<Record<string, boolean>>;

export const flagSeconds = 300;
export const flagKey = (tenantId: string) => `flags:${tenantId}`;

/** The flags of a tenant as the cache has them; else from `load`, and for five minutes into the cache. */
export async function cachedFlags(
  redis: Redis,
  tenantId: string,
  load: () => Promise<Flags>,
): Promise<Flags> {
  const cached = await redis.get(flagKey(tenantId)).catch(() => null);
  if (cached !== null) return JSON.parse(cached) as Flags;
  const flags = await load();
  await redis.set(flagKey(tenantId), JSON.stringify(flags), 'EX', flagSeconds).catch(() => undefined);
  return flags;
}
