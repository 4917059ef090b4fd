import { z } from 'zod';
import { command, folder, name, scalar, text, variable } from './names.ts';
import { named, object } from './object.ts';
import { duration } from './units.ts';

/** A program that a release runs to its end: exit code 0 is good. */
export const hookSchema = object('Hook', {
  /** What it is called in plans and reports; no other job, service or store has the name. */
  name,
  /** What it is for, in a few words. */
  role: text.optional(),
  /** Folder of the program; it runs there. It is part of the release, like the folder of a service. */
  folder,
  /** Other folders or files of the system that belong to it. */
  include: z.array(folder).default([]),
  /** The program and its arguments. */
  command,
  /** Environment variables; numbers and booleans become text. */
  env: named(variable, scalar).default({}),
  /** Secrets it receives as environment variables. */
  secrets: z.array(variable).default([]),
  /** Services and stores it is given the addresses of. */
  needs: z.array(name).default([]),
  /** Longest time it may take. */
  timeout: duration.prefault('5m'),
  /** A failing one takes the release back, or is only told. */
  onFailure: z.enum(['rollback', 'ignore']).default('rollback'),
});

export const hooksSchema = object('Hooks', {
  /** In this order, before any new revision starts. A failing one stops the release. */
  before: z.array(hookSchema).default([]),
  /** In this order, when the new revisions have all traffic. */
  after: z.array(hookSchema).default([]),
});

export const migrationPhaseSchema = object('MigrationPhase', {
  /** The program and its arguments; it runs in the folder of the service. */
  command,
  /** Longest time it may take; left out: that of the migrations. */
  timeout: duration.optional(),
});

export const migrationPhasesSchema = object('MigrationPhases', {
  /** Adds what the new code needs and takes nothing away. Runs before the new revisions start. */
  expand: migrationPhaseSchema.optional(),
  /** Fills what was added, in small parts; it may be resumed. Runs after expand. */
  backfill: migrationPhaseSchema.optional(),
  /** Takes away what only the old code needed. Runs `contractAfter` after the promotion. */
  contract: migrationPhaseSchema.optional(),
});

/** Changes of a database's schema. What to run is said by one of `folder`, `command` and `phases`. */
export const migrationsSchema = object('Migrations', {
  /** Service whose files they belong to. */
  service: name,
  /** Folder of plain SQL: the files in its folders `expand`, `backfill` and `contract` are run once each, by name. */
  folder: folder.optional(),
  /** What changes the schema, when one program does all of it. */
  command: command.optional(),
  /** When `command` runs: before the new revision gets traffic, or after the old one has gone. */
  when: z.enum(['before', 'after']).optional(),
  /** A program for each phase. */
  phases: migrationPhasesSchema.optional(),
  /** Postgres whose schema is changed; left out: the only one. */
  store: name.optional(),
  /**
   * Each change fits the revision before and the one after it, with a contract phase or without one; or any change: then
   * there is no way back once it has begun.
   */
  policy: z.enum(['expand-contract', 'backward-compatible', 'any']).default('expand-contract'),
  /** Maintenance window it has to wait for, declared under `windows`. */
  window: name.optional(),
  /** Longest time a phase may take; left out: 5m, and 1h for backfill. */
  timeout: duration.optional(),
  /** From promotion to contract; left out: `keepOld`, and never shorter. */
  contractAfter: duration.optional(),
});
