import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Revision } from '#core/release';
import { days, type Instant, type Json, ok, type Result } from '#kernel';
import { isRunning, type ProcessIdentity } from '#process';
import { ensureFolder, readDocument, writeAtomically } from './files.ts';

/**
 * One run of a job on disk: `run.json` (what was asked for, written before anything is started), `claim.json` (the process
 * that runs it, linked by that process itself, so that there is one only) and `result.json` (how it ended).
 */
export interface JobRun {
  readonly format: 1;
  /** `<revision>-<8 hex digits of the key>`: the name of its log, and its mark on its processes. */
  readonly run: string;
  readonly key: string;
  /** The job's name. */
  readonly service: string;
  readonly startedAt: Instant;
  /** From SIGTERM to SIGKILL. */
  readonly graceMillis: number;
}

export interface JobResult {
  readonly format: 1;
  readonly code: number | null;
  readonly signal: string | null;
  /** The system's code of why it could not be started. */
  readonly error: string | null;
  /** It did not end in its time. */
  readonly isLate: boolean;
}

/** The same key, job and resume token are the same run. */
export function runName(job: Revision, key: string, resume: string | null): string {
  const digest = createHash('sha256')
    .update(`${key}\0${resume ?? ''}`)
    .digest('hex');
  return `${job.id}-${digest.slice(0, 8)}`;
}

export async function readRun(folder: string): Promise<Result<JobRun | null>> {
  const read = await readDocument(join(folder, 'run.json'), 1);
  return read.ok ? ok(read.value as JobRun | null) : read;
}

export async function writeRun(folder: string, run: JobRun): Promise<Result<null>> {
  const made = await ensureFolder(folder);
  return made.ok ? writeAtomically(join(folder, 'run.json'), JSON.stringify(run), 0o600) : made;
}

export async function readResult(folder: string): Promise<Result<JobResult | null>> {
  const read = await readDocument(join(folder, 'result.json'), 1);
  return read.ok ? ok(read.value as JobResult | null) : read;
}

/** For a run whose process could not write it any more. */
export function writeResult(folder: string, result: JobResult): Promise<Result<null>> {
  return writeAtomically(join(folder, 'result.json'), JSON.stringify({ ...result } satisfies Json), 0o600);
}

/** When it ended; null while there is no result. */
export async function endedAt(folder: string): Promise<number | null> {
  return (await stat(join(folder, 'result.json')).catch(() => null))?.mtimeMs ?? null;
}

/** The process that runs it, also when it is gone; null while none has begun. */
export async function readClaim(folder: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'claim.json'), 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

/** Runs of jobs that have no result yet, each with its folder. */
export async function openRuns(jobs: string): Promise<readonly { run: JobRun; folder: string }[]> {
  const found: { run: JobRun; folder: string }[] = [];
  for (const name of await readdir(jobs).catch(() => [])) {
    const folder = join(jobs, name);
    const run = await readRun(folder);
    if (run.ok && run.value !== null && (await endedAt(folder)) === null)
      found.push({ run: run.value, folder });
  }
  return found;
}

/** An effect is not asked for again so long after it: the control plane may have been away for days, not for a month. */
const keptFor = days(30);

/** Removes what is left of runs that ended, or were never begun, long ago. */
export async function sweepJobs(jobs: string, now: Instant): Promise<void> {
  for (const name of await readdir(jobs).catch(() => [])) {
    const folder = join(jobs, name);
    const claim = await readClaim(folder);
    if (claim !== null && isRunning(claim)) continue;
    const seen = (await endedAt(folder)) ?? (await stat(folder).catch(() => null))?.mtimeMs ?? now;
    if (seen + keptFor < now) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
