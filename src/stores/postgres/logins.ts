import type { Access } from '../supervisor/index.ts';
import type { Login } from './client.ts';
import { application, replicator, superuser } from './roles.ts';

/** What the administrator writes never waits for a standby: it is what brings one back. */
export const superuserLogin = (access: Access): Login => ({
  port: access.port,
  user: superuser.name,
  password: superuser.password(access),
  database: 'postgres',
  options: '-c synchronous_commit=local',
});

export const applicationLogin = (access: Access, database: string): Login => ({
  port: access.port,
  user: application.name,
  password: application.password(access),
  database,
});

export const replicatorLogin = (access: Access): Login => ({
  port: access.port,
  user: replicator.name,
  password: replicator.password(access),
  database: 'postgres',
});
