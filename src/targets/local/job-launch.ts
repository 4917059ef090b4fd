import { dirname, join } from 'node:path';
import type { Revision } from '#core/release';
import { fail, type Millis, type Result } from '#kernel';
import { type ProcessExit, type ProcessIdentity, startDetached } from '#process';
import { ensureFolder } from './files.ts';
import { placeMark } from './folders.ts';
import { type JobRun, openRuns } from './job-folder.ts';
import { checkSnapshot, surroundings, withOwnNode } from './launch.ts';
import { pruneLogs } from './rotation.ts';
import type { Session } from './session.ts';
import { commonVariables } from './variables.ts';

export interface JobStart {
  readonly job: Revision;
  readonly resume: string | null;
  readonly run: JobRun;
  readonly folder: string;
  readonly logFile: string;
}

const entry = join(import.meta.dirname, 'job-entry.ts');

/**
 * Starts the process that runs a job, apart from this one. When another process has this run already the new one ends at
 * once. `onExit` tells of its end while this control plane lives.
 * Failures: `not_open`, `snapshot_missing`, `snapshot_damaged`, `secret_version_unknown`, those of `startDetached` and of
 * `diskFailure`.
 */
export async function launchJob(
  session: Session,
  start: JobStart,
  timeout: Millis,
  onExit: (exit: ProcessExit) => void,
): Promise<Result<ProcessIdentity>> {
  const { job, run, folder, logFile } = start;
  const { pad } = session;
  const { environment } = session.book.state();
  if (environment === null) return fail('not_open');
  const checked = await checkSnapshot(pad, job.build);
  if (!checked.ok) return checked;
  const secrets = pad.secrets.values(job.secretVersions);
  if (!secrets.ok) return secrets;
  const made = await ensureFolder(dirname(logFile));
  if (!made.ok) return made;
  const others = await openRuns(session.folders.jobs);
  await pruneLogs(dirname(logFile), new Set(others.map((each) => each.run.run)));
  const { NODE_OPTIONS: nodeOptions, ...env } = {
    ...commonVariables(surroundings(pad, environment, job.spec.needs)),
    ...job.spec.env,
    ...secrets.value,
    FAIRWAY_SYSTEM: environment.system,
    FAIRWAY_ENVIRONMENT: environment.name,
    FAIRWAY_JOB: job.service,
    FAIRWAY_REVISION: job.id,
    FAIRWAY_RUN: run.run,
    FAIRWAY_PLACE: placeMark(pad.place),
    ...(start.resume === null ? {} : { FAIRWAY_RESUME: start.resume }),
  } as Record<string, string>;
  const limits = [String(timeout), String(run.graceMillis)];
  return startDetached({
    command: [process.execPath, entry, folder, ...limits, ...withOwnNode(job.spec.command)],
    cwd: join(pad.folders.snapshots, job.build, job.spec.folder),
    // Meant for the job's own Node, not for the one that watches it.
    env: nodeOptions === undefined ? env : { ...env, FAIRWAY_NODE_OPTIONS: nodeOptions },
    logFile,
    onExit,
  });
}
