import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { freePort, run, type User } from './programs.ts';

const PROGRAMS = '/usr/lib/postgresql/15/bin';

/** A PostgreSQL 15 of Debian's with a table of about the size asked for. */
export interface Server {
  readonly port: number;
  readonly data: string;
  /** Number of its first process. */
  readonly postmaster: number;
  readonly sockets: string;
  /** Bytes of its data folder, without the log. */
  readonly bytes: number;
  /** A folder in which the server's user may write. */
  folder(name: string): string;
  /** Runs one of its programs, as its user. */
  program(name: string, args: readonly string[]): Promise<string>;
  sql(text: string): Promise<string>;
  /** How many rows a copy holds that is started as a server of its own. */
  rowsIn(data: string): Promise<number>;
  /** Waits until everything written on its file system is on the disk. */
  sync(): Promise<void>;
  stop(): Promise<void>;
}

const ROW_BYTES = 168;

export async function startServer(root: string, user: User | null, size: number): Promise<Server> {
  const port = await freePort();
  const folder = (name: string) => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (user !== null) chownSync(path, user.uid, user.gid);
    return path;
  };
  chmodSync(root, 0o755);
  const [data, sockets] = [folder('data'), folder('sockets')];
  const program = (name: string, args: readonly string[]) =>
    run(user, join(PROGRAMS, name), args, { cwd: sockets });
  const at = (number: number) => [
    '-X',
    '-q',
    '-A',
    '-t',
    '-h',
    '127.0.0.1',
    '-p',
    String(number),
    '-U',
    'postgres',
  ];
  const sql = (text: string) =>
    program('psql', [...at(port), '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-c', text]);
  await program('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale', 'C', '-k']);
  appendFileSync(join(data, 'postgresql.conf'), settings(port, sockets));
  await program('pg_ctl', ['-D', data, '-l', join(sockets, 'log'), '-w', 'start']);
  await sql(
    `CREATE TABLE kept AS SELECT g AS id, md5(g::text) || md5((g * 7)::text) || md5((g * 13)::text) || md5((g / 100)::text) AS note
       FROM generate_series(1, ${Math.round(size / ROW_BYTES)}) g`,
  );
  await sql('CREATE TABLE load (id bigserial PRIMARY KEY, client int, note text)');
  await sql('VACUUM (ANALYZE) kept');
  await sql('CHECKPOINT');
  const bytes = Number(await sql('SELECT sum(pg_database_size(oid)) FROM pg_database'));
  return {
    port,
    data,
    postmaster: Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    sockets,
    bytes,
    folder,
    program,
    sql,
    async rowsIn(copy) {
      const other = await freePort();
      chmodSync(copy, 0o700);
      const overrides = `-p ${other} -c archive_mode=off -c unix_socket_directories=''`;
      try {
        await program('pg_ctl', [
          '-D',
          copy,
          '-l',
          join(sockets, 'copy.log'),
          '-w',
          '-t',
          '120',
          '-o',
          overrides,
          'start',
        ]);
        return Number(
          await program('psql', [...at(other), '-d', 'postgres', '-c', 'SELECT count(*) FROM kept']),
        );
      } finally {
        await program('pg_ctl', ['-D', copy, '-m', 'immediate', '-w', 'stop']).catch(() => undefined);
      }
    },
    sync: async () => void (await run(user, 'sync', ['-f', data], { cwd: sockets })),
    async stop() {
      await program('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']).catch(() => undefined);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Archiving is on and hands over nothing until pgBackRest is asked for a backup, which needs it. */
const settings = (port: number, sockets: string) =>
  [
    '',
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${sockets}'`,
    "shared_buffers = '256MB'",
    "max_wal_size = '2GB'",
    'archive_mode = on',
    "archive_command = '/bin/true'",
    '',
  ].join('\n');

export function writeOwned(file: string, text: string, user: User | null): void {
  writeFileSync(file, text, { mode: 0o600 });
  if (user !== null) chownSync(file, user.uid, user.gid);
}
