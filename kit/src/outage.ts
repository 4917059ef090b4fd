import { messageOf } from './reason.ts';

/** What cannot be reached just now, when that is why something failed: the caller may try again. */
export type Outage = 'database_away' | 'dependency_away';

/** Postgres cancelled the statement, gave up a lock, stops, starts or is full; there is no connection, or none in time. */
const ofDatabase: ReadonlySet<string> = new Set([
  ...['database_away', '57014', '55P03', '57P01', '57P02', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET'],
]);
const ofDependency: ReadonlySet<string> = new Set(['timeout', 'breaker_open', 'unreachable']);

export function outageOf(reason: unknown): Outage | null {
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  if (ofDependency.has(code)) return 'dependency_away';
  const message = messageOf(reason);
  if (/^Command timed out|^Connection is closed|isn't writeable|max retries per request/.test(message))
    return 'dependency_away'; // of ioredis, which has no codes
  if (ofDatabase.has(code)) return 'database_away';
  return /timeout exceeded when trying|Query read timeout|Connection terminated/.test(message)
    ? 'database_away'
    : null;
}

export const outageSentences: Readonly<Record<Outage, string>> = {
  database_away: 'The database does not answer. Try again.',
  dependency_away: 'A service that is needed for this does not answer. Try again.',
};
