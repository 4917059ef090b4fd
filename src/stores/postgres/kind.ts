import { join } from 'node:path';
import pg from 'pg';
import type { StoreSpec } from '#core/system';
import { fail, ok, type Result } from '#kernel';
import type { Access, Answer, Home, Launch, ServerKind } from '../supervisor/index.ts';
import { postgresBinaries } from './binaries.ts';
import { type Login, withConnection } from './client.ts';
import { prepareCluster } from './cluster.ts';
import { application, superuser } from './roles.ts';
import { scramVerifier } from './verifier.ts';

type PostgresSpec = Extract<StoreSpec, { kind: 'postgres' }>;

const ASK_MILLIS = 2_000;
const CREATE_MILLIS = 30_000;

/**
 * A Postgres store: the server of our packages with one database, owned by the role that services log in as. Failures
 * besides those of the cluster: `postgres_version_not_available` (facts: store, asked, available).
 */
export function postgresKind(spec: PostgresSpec): ServerKind {
  return {
    spec,
    programs: ['postgres'],
    stopSignals: ['SIGINT', 'SIGQUIT'], // fast: sessions are ended, a checkpoint is written; immediate: neither
    prepare: (home, access) => prepare(spec, home, access),
    ask: askPostgres,
    complete: (access) => createDatabase(access, spec.database),
    binding: (access) => {
      const { password, user, port, database } = applicationLogin(access, spec.database);
      const [host, path] = ['127.0.0.1', encodeURIComponent(database)];
      return {
        env: {
          URL: `postgres://${user}:${password}@${host}:${port}/${path}`,
          HOST: host,
          PORT: String(port),
          USER: user,
          PASSWORD: password,
          DATABASE: database,
        },
        secret: ['URL', 'PASSWORD'],
        address: `postgres ${host}:${port}`,
      };
    },
  };
}

async function prepare(spec: PostgresSpec, home: Home, access: Access): Promise<Result<Launch>> {
  const binaries = await postgresBinaries(home.user);
  if (!binaries.ok) return binaries;
  const { build, folder } = binaries.value;
  if (spec.version !== null && !`${build}.`.startsWith(`${spec.version}.`)) {
    const available = build.replace(/\.0-.*$/, '');
    return fail('postgres_version_not_available', { store: spec.name, asked: spec.version, available });
  }
  const data = await prepareCluster(binaries.value, home, access);
  if (!data.ok) return data;
  return ok({ command: [join(folder, 'bin', 'postgres'), '-D', data.value], note: null });
}

async function askPostgres(access: Access): Promise<Answer> {
  const answer = await withConnection(superuserLogin(access), ASK_MILLIS, (client) =>
    client.query('SELECT 1'),
  );
  if (answer.ok) return { state: 'ready' };
  const { state, reason } = answer.error.facts;
  const CANNOT_CONNECT_NOW = '57P03'; // starting up or shutting down
  return { state: state === CANNOT_CONNECT_NOW ? 'starting' : 'failed', detail: String(reason) };
}

/** Done once; afterwards it is enough to see that services could log in. */
async function createDatabase(access: Access, database: string): Promise<Result<null>> {
  const login = applicationLogin(access, database);
  const there = await withConnection(login, ASK_MILLIS, (client) => client.query('SELECT 1'));
  if (there.ok) return ok(null);
  const created = await withConnection(superuserLogin(access), CREATE_MILLIS, async (client) => {
    const [role, name] = [application.name, pg.escapeIdentifier(database)];
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    if (roles.rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
    await client.query(`ALTER ROLE ${role} PASSWORD '${scramVerifier(login.password)}'`);
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
    await client.query(`ALTER DATABASE ${name} OWNER TO ${role}`);
  });
  return created.ok ? ok(null) : created;
}

const superuserLogin = (access: Access): Login => ({
  port: access.port,
  user: superuser.name,
  password: superuser.password(access),
  database: 'postgres',
});

const applicationLogin = (access: Access, database: string): Login => ({
  port: access.port,
  user: application.name,
  password: application.password(access),
  database,
});
