import pg from 'pg';
import type { Failure } from '#kernel';
import { type MigrationFile, pathOf } from './files.ts';
import { placeOf, type Statement } from './parse.ts';

/** Not wrong, only not now: the same task may succeed when it is started again later. */
const notNow: ReadonlySet<string> = new Set([
  'migration_lock_held',
  'migration_table_busy',
  'migration_deadlock',
  'migration_connection_lost',
  'migration_database_unreachable',
  'migration_stopped',
]);

/** The files or the command are wrong; nothing was changed. */
const inputWrong: ReadonlySet<string> = new Set([
  'migration_arguments_invalid',
  'migration_folder_unreadable',
  'migration_changed',
  'migration_syntax',
  'migration_directive_unknown',
  'migration_transaction_statement',
  'migration_backfill_shape',
  'migration_phase_too_early',
]);

/** The exit code a task ends with: 75 is EX_TEMPFAIL of sysexits.h. */
export function exitOf({ code }: Failure): 1 | 2 | 75 {
  if (notNow.has(code)) return 75;
  return inputWrong.has(code) ? 2 : 1;
}

/** A lock that was not to be had: worth another attempt at once. */
export const isBusy = ({ code }: Failure) => code === 'migration_table_busy' || code === 'migration_deadlock';

/** What went wrong with one statement of a file. Only the message of Postgres is told: its details quote rows. */
export function statementFailure(reason: unknown, file: MigrationFile, statement: Statement | null): Failure {
  const state = stateOf(reason);
  if (state === null || isLost(state)) return connectionLost(reason);
  const at = placeIn(reason, file, statement);
  const facts = { file: pathOf(file), line: at.line, state };
  if (state === '55P03') return { code: 'migration_table_busy', facts };
  if (state === '40P01' || state === '40001') return { code: 'migration_deadlock', facts };
  if (state === '57014') return { code: 'migration_statement_cancelled', facts };
  const words = reason instanceof Error ? reason.message : String(reason);
  return { code: 'migration_statement_failed', facts: { ...facts, reason: words } };
}

/** A failure of the connection, while it was used. */
export const connectionLost = (reason: unknown): Failure => ({
  code: 'migration_connection_lost',
  facts: { reason: stateOf(reason) ?? codeOf(reason) },
});

/**
 * Why no session came about. Neither message nor address is told: both may come from the URL, which holds the password.
 */
export function unreachable(reason: unknown): Failure {
  const state = stateOf(reason);
  const isRefusal = state !== null && !isLost(state) && state !== '53300'; // too many connections: later there are fewer
  const words = state ?? codeOf(reason);
  const isMisconfigured = ['ERR_INVALID_URL', 'SASL', 'SSL'].includes(words);
  const facts = { reason: words };
  return isRefusal || isMisconfigured
    ? { code: 'migration_database_refused', facts }
    : { code: 'migration_database_unreachable', facts };
}

function placeIn(reason: unknown, { sql }: MigrationFile, statement: Statement | null) {
  if (statement === null) return placeOf(sql, sql.trimEnd().length);
  const position = reason instanceof pg.DatabaseError ? Number(reason.position ?? 1) : 1;
  return placeOf(sql, statement.start + position - 1);
}

/** The SQLSTATE; null for what did not come from the server. */
const stateOf = (reason: unknown) => (reason instanceof pg.DatabaseError ? (reason.code ?? null) : null);

/** Connection exceptions, and servers that stop, crash or start. */
const isLost = (state: string) => state.startsWith('08') || /^57P0[1-5]$/.test(state);

/** The code of a failure of the network, or the little that pg says without one. What is neither is a defect, and thrown. */
function codeOf(reason: unknown): string {
  if (!(reason instanceof Error)) throw reason;
  if ('code' in reason) return String(reason.code);
  const known = /\b(?:SASL|SSL)\b/.exec(reason.message)?.[0];
  if (known !== undefined) return known;
  if (/timeout/i.test(reason.message)) return 'no answer in time';
  if (/connection|not queryable|was closed/i.test(reason.message)) return 'the connection ended';
  throw reason;
}
