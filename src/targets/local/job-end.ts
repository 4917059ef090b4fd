import { millis, ok, type Result } from '#kernel';
import { isRunning, signalGroup } from '#process';
import { placeMark } from './folders.ts';
import { type JobResult, type JobRun, openRuns, readClaim, readResult, writeResult } from './job-folder.ts';
import { findMarked } from './orphans.ts';
import type { Session } from './session.ts';

/**
 * Ends a run: SIGTERM to its group, its grace, SIGKILL. Gives how it ended; a run that was never begun has been killed as
 * well, so that it never begins. Failures: those of the disk.
 */
export async function endRun(
  session: Session,
  folder: string,
  run: JobRun,
  isLate: boolean,
): Promise<Result<JobResult>> {
  const { clock } = session.options;
  const claim = await readClaim(folder);
  if (claim !== null && isRunning(claim)) {
    signalGroup(claim.pid, 'SIGTERM');
    const grace = new AbortController();
    const over = clock.sleep(millis(run.graceMillis), grace.signal).then(() => true);
    let isOver = false;
    void over.then(() => (isOver = true));
    while (!isOver && isRunning(claim)) await clock.sleep(millis(50));
    grace.abort();
    await over;
    if (isRunning(claim)) signalGroup(claim.pid, 'SIGKILL');
  }
  const settled = await settleLost(session, folder, run);
  return settled.ok && isLate ? ok({ ...settled.value, isLate }) : settled;
}

/** The result of a run whose process is gone: the one it wrote, or that it was killed. What it left behind goes, too. */
export async function settleLost(session: Session, folder: string, run: JobRun): Promise<Result<JobResult>> {
  for (const { identity, run: marked } of await findMarked(placeMark(session.options.place)))
    if (marked === run.run) killOne(identity.pid);
  const result = await readResult(folder);
  if (!result.ok) return result;
  if (result.value !== null) return ok(result.value);
  const lost: JobResult = { format: 1, code: null, signal: 'SIGKILL', error: null, isLate: false };
  const written = await writeResult(folder, lost);
  return written.ok ? ok(lost) : written;
}

/** Ends every job of this environment, whoever started it. Failures: those of the disk. */
export async function endJobs(session: Session): Promise<Result<null>> {
  const open = await openRuns(session.folders.jobs);
  const ended = await Promise.all(open.map(({ run, folder }) => endRun(session, folder, run, false)));
  return ended.find((result) => !result.ok) ?? ok(null);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}
