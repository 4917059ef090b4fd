import { join } from 'node:path';
import type { Revision } from '#core/release';
import { after, fail, type Instant, type Millis, millis, ok, type Result, seconds } from '#kernel';
import type { EffectContext, TaskOutcome } from '#ports';
import { isRunning } from '#process';
import { endRun, settleLost } from './job-end.ts';
import {
  endedAt,
  type JobResult,
  type JobRun,
  readClaim,
  readResult,
  readRun,
  runName,
  writeRun,
} from './job-folder.ts';
import { type JobStart, launchJob } from './job-launch.ts';
import { followProgress } from './progress.ts';
import { type Session, timeLeft } from './session.ts';
import { exitCodeOf, exitCodeOfTimeout, lastOf, longestSecret, outputBytes } from './task.ts';
import { lastLine, lastPart } from './tail.ts';
import { inWords } from './text.ts';

const lookEvery = millis(100);
const tellEvery = millis(300);
/** The process that runs a job ends it at its deadline; so much later it is taken for broken. */
const lateMargin = seconds(10);

/**
 * Runs a job out of the snapshot it was built into, to its end. The process that runs it outlives this control plane: the
 * next one that asks with the same key waits for it, or gets the outcome that was recorded. It is never started twice.
 * A job that does not end in time has exit code 124, one that vanished without an exit code 137.
 * Failures: `not_open`, `cancelled` (the job has been ended; when the target is released meanwhile, it runs on),
 * `job_not_started` (facts: job, reason), `command_not_found`, `command_not_allowed`, `process_not_started` (facts: command,
 * reason), and those of `launchJob`.
 */
export async function runJob(
  session: Session,
  { job, resume }: { readonly job: Revision; readonly resume: string | null },
  context: EffectContext,
): Promise<Result<TaskOutcome>> {
  if (!session.isOpen) return fail('not_open');
  const name = runName(job, context.key, resume);
  const folder = join(session.folders.jobs, name);
  const logFile = session.folders.log(job.service, name);
  const run = await recall(session, folder, job, { name, key: context.key });
  if (!run.ok) return run;
  const start: JobStart = { job, resume, run: run.value, folder, logFile };
  session.jobLogs.add(logFile);
  const result = await runToResult(session, start, context);
  session.jobLogs.delete(logFile);
  return result.ok ? outcomeOf(session, start, result.value) : result;
}

/** What is written down of this run, written down now where nothing is. */
async function recall(
  session: Session,
  folder: string,
  job: Revision,
  { name, key }: { readonly name: string; readonly key: string },
): Promise<Result<JobRun>> {
  const known = await readRun(folder);
  if (!known.ok) return known;
  if (known.value !== null) return ok(known.value);
  const run: JobRun = {
    format: 1,
    run: name,
    key,
    service: job.service,
    startedAt: session.options.clock.now(),
    graceMillis: job.spec.shutdown.grace,
  };
  const written = await writeRun(folder, run);
  return written.ok ? ok(run) : written;
}

async function runToResult(
  session: Session,
  start: JobStart,
  context: EffectContext,
): Promise<Result<JobResult>> {
  const known = await readResult(start.folder);
  if (!known.ok) return known;
  if (known.value === null && (await readClaim(start.folder)) === null) return begin(session, start, context);
  return follow(session, start, context, () => false);
}

async function begin(session: Session, start: JobStart, context: EffectContext): Promise<Result<JobResult>> {
  let isGone = false;
  const timeout = timeLeft(session.options.clock, context);
  const starter = await launchJob(session, start, timeout, () => {
    isGone = true;
  });
  if (!starter.ok) return starter;
  return follow(session, start, context, () => isGone);
}

/** `isStarterGone`: the process that was to take up this run has ended, or there was none. */
async function follow(
  session: Session,
  start: JobStart,
  context: EffectContext,
  isStarterGone: () => boolean,
): Promise<Result<JobResult>> {
  const { clock } = session.options;
  const { folder, run } = start;
  const released = session.watching.signal;
  const anyEnd = AbortSignal.any([released, context.signal]);
  const tell = teller(session, start, context);
  const lost = after(context.deadline, millis(run.graceMillis + lateMargin));
  for (;;) {
    const wasGone = isStarterGone();
    const claim = await readClaim(folder);
    const wasRunning = claim !== null && isRunning(claim);
    const result = await readResult(folder);
    if (!result.ok) return result;
    await tell(result.value !== null);
    if (result.value !== null) return ok(result.value);
    if (released.aborted) return fail('cancelled', { what: context.key });
    if (context.signal.aborted || clock.now() >= lost) {
      const isLate = clock.now() >= context.deadline;
      const ended = await endRun(session, folder, run, isLate);
      if (!ended.ok || isLate) return ended;
      return fail('cancelled', { what: context.key });
    }
    if (claim !== null && !wasRunning) return settleLost(session, folder, run);
    if (claim === null && wasGone) return notStarted(session, start);
    await clock.sleep(lookEvery, anyEnd);
  }
}

/** Passes on how far the job is, a few times a second at most, and once more at its end. */
function teller(
  session: Session,
  { logFile }: JobStart,
  { progress }: EffectContext,
): (isLast: boolean) => Promise<void> {
  const next = followProgress(logFile, () => session.ward.mask());
  let due: Instant = session.options.clock.now();
  return async (isLast) => {
    const now = session.options.clock.now();
    if (progress === undefined || (now < due && !isLast)) return;
    due = after(now, tellEvery);
    const seen = await next();
    if (seen !== null) progress(seen);
  };
}

async function notStarted(session: Session, { job, logFile }: JobStart): Promise<Result<JobResult>> {
  const words = await lastLine(logFile).catch(() => null);
  const reason = words === null ? 'it said nothing' : session.ward.mask()(words);
  return fail('job_not_started', { job: job.service, reason });
}

async function outcomeOf(
  session: Session,
  { job, run, folder, logFile }: JobStart,
  { code, signal, error, isLate }: JobResult,
): Promise<Result<TaskOutcome>> {
  if (error !== null) return cannotStart(job, error);
  const tookMillis = Math.max(0, ((await endedAt(folder)) ?? run.startedAt) - run.startedAt);
  const printed = await lastPart(logFile, outputBytes + longestSecret);
  const late = isLate ? `killed: it did not end within ${inWords(tookMillis as Millis)}\n` : '';
  return ok({
    exitCode: isLate ? exitCodeOfTimeout : exitCodeOf({ code, signal: signal as NodeJS.Signals | null }),
    output: lastOf(session.ward.mask()(printed) + late),
    tookMillis: Math.round(tookMillis),
  });
}

function cannotStart({ spec }: Revision, error: string): Result<TaskOutcome> {
  const [command] = spec.command;
  if (error === 'ENOENT') return fail('command_not_found', { command });
  if (error === 'EACCES') return fail('command_not_allowed', { command });
  return fail('process_not_started', { command, reason: error });
}
