import { quoted } from '../quoted.ts';
import { standbyName } from './look.ts';

/**
 * What a primary with standbys has besides the settings of every Postgres. The log is kept for a standby that is away
 * up to a limit, beyond which the standby is made anew: a standby must not fill the primary's disk.
 */
export function primarySettings(synchronous: readonly number[]): string {
  return [
    "max_slot_wal_keep_size = '1GB'",
    "wal_keep_size = '64MB'",
    "wal_sender_timeout = '10s'",
    `synchronous_standby_names = '${synchronousNames(synchronous)}'`,
    '',
  ].join('\n');
}

/** All of them, so that any one may take over without a loss; the empty text is for nobody. */
export function synchronousNames(synchronous: readonly number[]): string {
  if (synchronous.length === 0) return '';
  return `FIRST ${synchronous.length} (${synchronous.map(standbyName).join(', ')})`;
}

/** How a standby follows. The password is in the pass file, which only the server's user can read. */
export function standbySettings(follow: {
  readonly number: number;
  readonly primaryPort: number;
  readonly user: string;
  readonly passFile: string;
}): string {
  const name = standbyName(follow.number);
  const parts = {
    host: '127.0.0.1',
    port: String(follow.primaryPort),
    user: follow.user,
    passfile: follow.passFile,
    application_name: name,
    sslmode: 'disable',
    gssencmode: 'disable',
  };
  const words = Object.entries(parts).map(([key, value]) => `${key}='${escaped(value)}'`);
  return [
    `primary_conninfo = '${quoted(words.join(' '))}'`,
    `primary_slot_name = '${name}'`,
    "wal_receiver_status_interval = '1s'",
    "wal_receiver_timeout = '10s'",
    "wal_retrieve_retry_interval = '500ms'",
    '',
  ].join('\n');
}

/** Within the quotes of a connection string. */
const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
