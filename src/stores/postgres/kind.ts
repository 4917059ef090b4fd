import { join } from 'node:path';
import pg from 'pg';
import type { StoreSpec } from '#core/system';
import { fail, ok, type Result } from '#kernel';
import type { Access, Answer, Launch, ServerKind, ServerUser } from '../supervisor/index.ts';
import { type PostgresBinaries, postgresBinaries } from './binaries.ts';
import { withConnection } from './client.ts';
import { archiveFolder, archiveSettings, makeArchive } from './copies/archive.ts';
import { prepareCluster } from './cluster.ts';
import { applicationLogin, replicatorLogin, superuserLogin } from './logins.ts';
import { application, replicator } from './roles.ts';
import { scramVerifier } from './verifier.ts';

export type PostgresSpec = Extract<StoreSpec, { kind: 'postgres' }>;

/** What a primary with standbys has besides. */
export interface Replicated {
  /** Further lines of its configuration, asked for at every start. */
  settings(): Promise<string>;
}

const ASK_MILLIS = 2_000;
const CREATE_MILLIS = 30_000;

/**
 * A Postgres store: the server of our packages with one database, owned by the role that services log in as. Failures
 * besides those of the cluster: `postgres_version_not_available` (facts: store, asked, available).
 */
export function postgresKind(spec: PostgresSpec, replicated: Replicated | null = null): ServerKind {
  return {
    spec,
    programs: ['postgres'],
    stopSignals: ['SIGINT', 'SIGQUIT'], // fast: sessions are ended, a checkpoint is written; immediate: neither
    async prepare(home, access) {
      const binaries = await chooseBinaries(spec, home.user);
      if (!binaries.ok) return binaries;
      const logEvery = spec.backup?.logEvery ?? null;
      if (logEvery !== null) await makeArchive(home);
      const archiving = archiveSettings(logEvery, archiveFolder(home.path));
      const settings = archiving + ((await replicated?.settings()) ?? '');
      const data = await prepareCluster(binaries.value, home, access, settings);
      return data.ok ? ok(launchOf(binaries.value, data.value)) : data;
    },
    ask: (access) => askPostgres(access, 'primary'),
    async complete(access) {
      const created = await createDatabase(access, spec.database);
      const done = created.ok && replicated !== null ? await createReplicator(access) : created;
      return done.ok && (spec.backup?.logEvery ?? null) !== null ? beginArchiving(access) : done;
    },
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

/** The program to run, once the version is what was asked for. */
export async function chooseBinaries(
  spec: PostgresSpec,
  user: ServerUser | null,
): Promise<Result<PostgresBinaries>> {
  const binaries = await postgresBinaries(user);
  if (!binaries.ok) return binaries;
  const { build } = binaries.value;
  if (spec.version === null || `${build}.`.startsWith(`${spec.version}.`)) return binaries;
  const available = build.replace(/\.0-.*$/, '');
  return fail('postgres_version_not_available', { store: spec.name, asked: spec.version, available });
}

export const launchOf = ({ folder }: PostgresBinaries, data: string): Launch => ({
  command: [join(folder, 'bin', 'postgres'), '-D', data],
  note: null,
});

/** Whether it answers at all, and as what it should. */
export async function askPostgres(access: Access, expected: 'primary' | 'standby'): Promise<Answer> {
  const answer = await withConnection(superuserLogin(access), ASK_MILLIS, async (client) => {
    const found = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    return found.rows[0]?.standby === true;
  });
  if (answer.ok) {
    if (expected === 'standby' || !answer.value) return { state: 'ready' };
    return { state: 'starting', detail: 'it is still a standby' };
  }
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

/**
 * The process that ends a piece of the log in time looks at archive_timeout when it is woken; while the server starts it
 * goes to sleep for as long as checkpoint_timeout (CheckpointerMain in PostgreSQL's checkpointer.c). This wakes it.
 */
async function beginArchiving(access: Access): Promise<Result<null>> {
  const woken = await withConnection(superuserLogin(access), ASK_MILLIS, (client) =>
    client.query('SELECT pg_reload_conf()'),
  );
  return woken.ok ? ok(null) : woken;
}

/** The role that standbys follow by. */
export async function createReplicator(access: Access): Promise<Result<null>> {
  const login = replicatorLogin(access);
  const there = await withConnection(login, ASK_MILLIS, (client) => client.query('SELECT 1'));
  if (there.ok) return ok(null);
  const created = await withConnection(superuserLogin(access), CREATE_MILLIS, async (client) => {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [replicator.name]);
    if (roles.rowCount === 0) await client.query(`CREATE ROLE ${replicator.name} LOGIN REPLICATION`);
    await client.query(`ALTER ROLE ${replicator.name} PASSWORD '${scramVerifier(login.password)}'`);
  });
  return created.ok ? ok(null) : created;
}
