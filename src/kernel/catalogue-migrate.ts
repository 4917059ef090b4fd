import type { CatalogueEntry } from './catalogue-entry.ts';

/** What can go wrong when files of SQL are applied. The runner ends with 75 where a later attempt may succeed. */
export const migrateEntries = {
  migration_arguments_invalid: {
    sentence: 'The runner of migrations cannot use {what}.',
    hint: 'Write: {usage}, with DATABASE_URL in the environment.',
    status: 422,
    exit: 2,
  },
  migration_backfill_shape: {
    sentence: 'The backfill {file} lacks {missing}.',
    hint: 'A backfill is one statement with ":cursor" and ":batch" that returns the keys of its batch, in order, as "cursor".',
    status: 422,
    exit: 2,
  },
  migration_backfill_stuck: {
    sentence: 'The backfill {file} gave the key {cursor} twice: it does not come further.',
    hint: 'Take only keys after the last one ("WHERE id > :cursor") and return them in order ("ORDER BY").',
    status: 422,
    exit: 1,
  },
  migration_changed: {
    sentence: '{file} was changed after it had been applied.',
    hint: 'Put back what it was and write the change as a new file.',
    status: 422,
    exit: 2,
  },
  migration_connection_lost: {
    sentence: 'The connection to the database was lost: {reason}.',
    hint: 'Nothing is half done. Start it again; it goes on where it was.',
    status: 503,
    exit: 1,
  },
  migration_database_refused: {
    sentence: 'The database refused the connection: {reason}.',
    hint: 'Check the user, the password and the name of the database in DATABASE_URL.',
    status: 422,
    exit: 1,
  },
  migration_database_unreachable: {
    sentence: 'The database does not answer: {reason}.',
    hint: 'It is tried again; see the state of the store with "fairway status".',
    status: 503,
    exit: 1,
  },
  migration_deadlock: {
    sentence:
      '{file}:{line} and another transaction waited for each other ({state})[, {attempts} times][, lately process {pid}][ of {application}].',
    hint: 'It is tried again later; nothing of the file was kept.',
    status: 409,
    exit: 1,
  },
  migration_directive_unknown: {
    sentence: '{file}:{line} says "fairway: {found}", which is not known there.',
    hint: 'Known are "no transaction" (first line only), "batch 1000", "count SELECT …" and "allow CODE because REASON".',
    status: 422,
    exit: 2,
  },
  migration_folder_unreadable: {
    sentence: 'The folder {folder} of migrations could not be read: {reason}.',
    hint: 'It should hold expand, backfill and contract with their files of SQL.',
    status: 422,
    exit: 2,
  },
  migration_lock_held: {
    sentence:
      'Another migration has been at work for more than {waited:duration}[: process {pid}][ of {application}][, connected since {since}].',
    hint: 'It is tried again later. Should nobody be at work there, end that session with pg_terminate_backend.',
    status: 409,
    exit: 1,
  },
  migration_phase_too_early: {
    sentence: '{phase} cannot begin before {file} is done.',
    hint: 'Run the phases in this order: expand, backfill, contract.',
    status: 409,
    exit: 2,
  },
  migration_statement_cancelled: {
    sentence:
      '{file}:{line} was cancelled: it took longer than the statement timeout, or somebody ended it ({state}).',
    hint: 'Move the work to a backfill, or allow more with --statement-timeout.',
    status: 500,
    exit: 1,
  },
  migration_statement_failed: {
    sentence: '{file}:{line} failed: {reason} ({state}).',
    hint: 'Correct the file and run it again; what stands before the file is kept, the file itself is not.',
    status: 422,
    exit: 1,
  },
  migration_stopped: {
    sentence: 'The migration was told to stop[ in {file}].',
    hint: 'Start it again; it goes on where it was.',
    status: 503,
    exit: 1,
  },
  migration_syntax: {
    sentence: '{file}:{line}:{column} is no SQL that Postgres understands: {reason}.',
    hint: 'Correct it. Commands of psql, which begin with a backslash, are none of SQL.',
    status: 422,
    exit: 2,
  },
  migration_table_busy: {
    sentence:
      '{file}:{line} got no lock ({state})[ in {attempts} attempts][; the oldest transaction is of process {pid}][, {application}][, since {since}].',
    hint: 'It is tried again later. End the transaction that is open so long, or allow more with --lock-timeout.',
    status: 409,
    exit: 1,
  },
  migration_transaction_statement: {
    sentence: '{file}:{line} says {found}, but each file is one transaction of its own.',
    hint: 'Leave it out, or begin the file with "-- fairway: no transaction".',
    status: 422,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
