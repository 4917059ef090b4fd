import type { Database } from 'fairway-kit/postgres';
import type { Redis } from 'ioredis';
import { cachedFlags, type Flags, flagKey } from '../common/flags.ts';
import { ofTenant } from '../common/tenancy.ts';

export interface FlagBook {
  of(tenantId: string): Promise<Flags>;
  /** False when there is no flag of this name. */
  set(tenantId: string, name: string, value: boolean): Promise<boolean>;
}

/** What is declared for all tenants, and what differs for one. */
export function createFlagBook(options: {
  readonly declared: Flags;
  readonly database: Database;
  readonly redis: Redis;
}): FlagBook {
  const { declared, database, redis } = options;
  const load = async (tenantId: string): Promise<Flags> => {
    const rows = await ofTenant(database, tenantId).query<{ name: string; value: boolean }>(
      'SELECT name, value FROM flags WHERE tenant_id = $1',
    );
    const own = rows.filter(({ name }) => Object.hasOwn(declared, name));
    return { ...declared, ...Object.fromEntries(own.map(({ name, value }) => [name, value])) };
  };
  return {
    of: (tenantId) => cachedFlags(redis, tenantId, () => load(tenantId)),
    async set(tenantId, name, value) {
      if (!Object.hasOwn(declared, name)) return false;
      await ofTenant(database, tenantId).query(
        `INSERT INTO flags (tenant_id, name, value) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, name) DO UPDATE SET value = $3, changed_at = now()`,
        [name, value],
      );
      await redis.del(flagKey(tenantId)).catch(() => undefined); // at the latest it is seen in five minutes
      return true;
    },
  };
}
