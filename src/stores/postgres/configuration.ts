/**
 * Our settings, in a file that is read before postgresql.auto.conf: unlike `-c` on the command line they leave ALTER
 * SYSTEM its say. Small, because several environments share one machine; `wal_level` as an archive needs it, since
 * changing it takes a restart.
 */
export function postgresSettings(port: number): string {
  return [
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    `port = ${port}`,
    'max_connections = 100',
    "shared_buffers = '64MB'",
    "max_wal_size = '512MB'",
    "min_wal_size = '32MB'",
    'wal_level = replica',
    'recovery_init_sync_method = syncfs',
    'password_encryption = scram-sha-256',
    'jit = off',
    'logging_collector = off',
    "log_destination = 'stderr'",
    "log_line_prefix = '%m [%p] '",
    "log_timezone = 'UTC'",
    "timezone = 'UTC'",
    '',
  ].join('\n');
}

/** Who may connect: from this machine only, never without a password. */
export const postgresAccess = [
  'host all all 127.0.0.1/32 scram-sha-256',
  'host replication all 127.0.0.1/32 scram-sha-256',
  '',
].join('\n');
