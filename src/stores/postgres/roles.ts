import { type Access, derivedSecret } from '../supervisor/index.ts';

/** The role that administers: health checks, creating the database; later backups. Services never get it. */
export const superuser = {
  name: 'postgres',
  password: ({ secret }: Access) => derivedSecret(secret, 'postgres superuser'),
} as const;

/** The role that standbys log in as to follow the primary. It reads the log, and with it everything; services never get it. */
export const replicator = {
  name: 'fairway_replication',
  password: ({ secret }: Access) => derivedSecret(secret, 'postgres replication'),
} as const;

/** The role that services log in as. It owns its database and nothing else, as with Postgres operators elsewhere. */
export const application = {
  name: 'app',
  password: ({ secret }: Access) => derivedSecret(secret, 'postgres application'),
} as const;
