import { auditStatements } from './postgres-audit.ts';
import { customerStatements } from './postgres-customers.ts';
import { sessionStatements } from './postgres-sessions.ts';
import type { Repository } from './repository.ts';
import type { SteadyDatabase } from './steady.ts';

/** Everything in Postgres, whose schema a release has brought up to date before. */
export function createPostgresRepository(database: SteadyDatabase): Repository {
  return {
    kind: 'postgres',
    ...sessionStatements(database),
    ...customerStatements(database),
    ...auditStatements(database),
  };
}
