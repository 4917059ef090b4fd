import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyFacts } from '#ports';
import { copyInto, type Parts, plainParts, repositoryParts, unpackInto } from './ours.ts';
import { type PgBackRest, run, type User } from './programs.ts';
import { type Server, writeOwned } from './server.ts';

/** One way to make a copy and to bring it back. */
export interface Way {
  readonly name: string;
  /** Which one it is held against. */
  readonly kind: 'plain' | 'sealed';
  /** Whether the restore compares the content with checksums. */
  readonly checks: boolean;
  /** Not measured: makes room, and what the copy needs to begin. */
  prepare(): Promise<void>;
  /** Measured. The copy is on the disk when it resolves. */
  backup(): Promise<void>;
  /** Measured; into an empty folder. */
  restore(folder: string): Promise<void>;
  /** Not measured: the server is as it was. */
  finish(): Promise<void>;
  /** Whether it asks the server for its data; pgBackRest reads the files itself. */
  readonly isOfServer: boolean;
  /** Where the copy lies. */
  readonly folder: string;
}

export function waysOf(server: Server, user: User | null, backrest: PgBackRest | null): readonly Way[] {
  return [
    baseBackup(server, user),
    ours(server, user, 'plain'),
    ...(backrest === null ? [] : [pgBackRest(server, user, backrest, 'plain')]),
    ours(server, user, 'sealed'),
    ...(backrest === null ? [] : [pgBackRest(server, user, backrest, 'sealed')]),
  ];
}

function baseBackup(server: Server, user: User | null): Way {
  const folder = server.folder('pg-basebackup');
  return {
    name: 'pg_basebackup, tar',
    kind: 'plain',
    checks: false,
    isOfServer: true,
    finish: () => Promise.resolve(),
    folder,
    prepare: () => Promise.resolve(empty(folder, server, 'pg-basebackup')),
    async backup() {
      const where = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres', '--no-password'];
      await server.program('pg_basebackup', [
        ...where,
        '-D',
        folder,
        '-F',
        'tar',
        '-X',
        'fetch',
        '-c',
        'fast',
      ]);
    },
    async restore(into) {
      await run(user, 'tar', ['-xf', join(folder, 'base.tar'), '-C', into], { cwd: into });
      await run(user, 'sync', ['-f', into], { cwd: into });
    },
  };
}

function ours(server: Server, user: User | null, kind: 'plain' | 'sealed'): Way {
  const folder = server.folder(`ours-${kind}`);
  let parts: Parts | null = null;
  let facts: CopyFacts | null = null;
  return {
    name: kind === 'plain' ? 'Fairway, tar' : 'Fairway, zstd + age + read back',
    kind,
    checks: true,
    isOfServer: true,
    finish: () => Promise.resolve(),
    folder,
    async prepare() {
      empty(folder, server, `ours-${kind}`);
      parts = kind === 'plain' ? plainParts(folder) : await repositoryParts(folder);
    },
    async backup() {
      if (parts !== null) facts = await copyInto(parts, server.port);
    },
    async restore(into) {
      if (parts === null || facts === null) throw new Error('there is no copy yet');
      await unpackInto(parts, facts, into, user);
      await run(user, 'sync', ['-f', into], { cwd: into });
    },
  };
}

function pgBackRest(server: Server, user: User | null, program: PgBackRest, kind: 'plain' | 'sealed'): Way {
  const name = `pgbackrest-${kind}`;
  const folder = server.folder(name);
  const file = join(server.sockets, `${name}.conf`);
  const variables = Object.entries(program.env).map(([key, value]) => `${key}=${value}`);
  const command = ['env', ...variables, program.path, `--config=${file}`, '--stanza=bench'];
  const ask = (args: readonly string[]) => run(user, 'env', [...command.slice(1), ...args], { cwd: folder });
  return {
    name: kind === 'plain' ? 'pgBackRest, files' : 'pgBackRest, zst + AES-256-CBC',
    kind,
    checks: true,
    isOfServer: false,
    async finish() {
      await server.sql("ALTER SYSTEM SET archive_command = '/bin/true'");
      await server.sql('SELECT pg_reload_conf()');
    },
    folder,
    async prepare() {
      empty(folder, server, name);
      writeOwned(file, configuration(server, folder, kind), user);
      await ask(['stanza-create']);
      await server.sql(`ALTER SYSTEM SET archive_command = '${command.join(' ')} archive-push %p'`);
      await server.sql('SELECT pg_reload_conf()');
    },
    backup: async () => void (await ask(['--type=full', 'backup'])),
    restore: async (into) =>
      void (await ask([`--pg1-path=${into}`, '--archive-mode=off', '--type=immediate', 'restore'])),
  };
}

/** Two processes: the machine has at least two processors. */
const configuration = (server: Server, folder: string, kind: 'plain' | 'sealed') =>
  [
    '[global]',
    `repo1-path=${folder}/repository`,
    'repo1-retention-full=1',
    kind === 'plain' ? 'compress-type=none' : 'compress-type=zst',
    ...(kind === 'plain' ? [] : ['repo1-cipher-type=aes-256-cbc', 'repo1-cipher-pass=bench']),
    'start-fast=y',
    'process-max=2',
    'log-level-console=error',
    'log-level-file=off',
    `lock-path=${server.sockets}/lock`,
    `spool-path=${server.sockets}/spool`,
    '[bench]',
    `pg1-path=${server.data}`,
    `pg1-port=${server.port}`,
    `pg1-socket-path=${server.sockets}`,
    'pg1-user=postgres',
    '',
  ].join('\n');

function empty(folder: string, server: Server, name: string): void {
  if (existsSync(folder)) rmSync(folder, { recursive: true });
  server.folder(name);
}
