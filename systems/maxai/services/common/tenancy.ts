import type { Queries } from 'fairway-kit/postgres';

/**
 * Queries that cannot forget whose rows they are about: `$1` is the tenant's id, always, and the further values begin at `$2`.
 * A text that does not ask by it is a mistake of ours and throws.
 */
export function ofTenant(queries: Queries, tenantId: string): Queries {
  return {
    query(text, values = []) {
      if (!/\btenant_id\b/.test(text) || !/\$1\b/.test(text))
        throw new Error(`a query without its tenant: ${text}`);
      return queries.query(text, [tenantId, ...values]);
    },
  };
}

/**
 * The condition that keeps who works for one client of a tenant to the rows of that client: `value` is the place of his client
 * among the values, `$2` for instance. Who works for all of them (null) sees all, also what was made for none.
 */
export const ofClient = (value: string): string => `(${value}::uuid IS NULL OR client_id = ${value})`;
