import { ok, type Result } from '#kernel';
import { isRunning, signalGroup } from '#process';
import { type ReplicaRecord, withoutReplicas, withReplica } from './book.ts';
import { placeMark } from './folders.ts';
import { openRuns } from './job-folder.ts';
import { adoptRun } from './launch.ts';
import { findMarked, type MarkedProcess } from './orphans.ts';
import { type Session, supervise } from './session.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Takes over the replicas that a controller before us started: what runs is watched, what died is started again, what
 * was on its way out is forgotten when it is gone. Processes of this place that nobody remembers are ended, so that
 * none is ever doubled. Gives the supervisors of what was found running.
 */
export async function adoptReplicas(session: Session): Promise<Result<readonly Supervisor[]>> {
  const unknown = session.book.state().replicas.filter(({ replica }) => !session.supervisors.has(replica));
  // Asked again while open, everything marked is ours and known.
  const marked = session.isOpen ? [] : await findMarked(placeMark(session.options.place));
  const found = unknown.map((record) => ({ record, process: processOf(record, marked) }));
  const gone = found.filter(({ record, process }) => process === null && record.phase !== 'serving');
  const running = new Set(
    found.filter(({ process }) => process !== null).map(({ record }) => record.replica),
  );
  const runs = await openRuns(session.folders.jobs);
  endOthers(marked, running, new Set(runs.map(({ run }) => run.run)));

  if (gone.length > 0) {
    const names = new Set(gone.map(({ record }) => record.replica));
    for (const { record } of gone) session.limits.remove(record.limits);
    const forgotten = await session.book.change(withoutReplicas(names));
    if (!forgotten.ok) return forgotten;
  }
  const supervisors: Supervisor[] = [];
  for (const { record, process } of found) {
    if (process !== null) {
      const adopted = await adoptOne(session, record, process);
      if (!adopted.ok) return adopted;
      supervisors.push(adopted.value);
    } else if (record.phase === 'serving') {
      const revived = await revive(session, record);
      if (!revived.ok) return revived;
    }
  }
  return ok(supervisors);
}

type Found = Pick<MarkedProcess, 'identity' | 'port'>;

/** The recorded process, or the one that was started in the moment before it could be recorded. */
function processOf(record: ReplicaRecord, marked: readonly MarkedProcess[]): Found | null {
  if (record.process !== null)
    return isRunning(record.process) ? { identity: record.process, port: record.port } : null;
  return marked.find(({ leads, replica }) => leads && replica === record.replica) ?? null;
}

/** Jobs that have not ended run on to their deadline: whoever asked for one may ask again. */
function endOthers(
  marked: readonly MarkedProcess[],
  running: ReadonlySet<string>,
  runs: ReadonlySet<string>,
): void {
  for (const { identity, leads, replica, run } of marked) {
    // Children of a replica that runs carry its marks too, and stay with it; so do those of a job.
    if ((replica !== null && running.has(replica)) || (run !== null && runs.has(run))) continue;
    if (leads) signalGroup(identity.pid, 'SIGKILL');
    else endOne(identity.pid);
  }
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

async function adoptOne(session: Session, record: ReplicaRecord, found: Found): Promise<Result<Supervisor>> {
  const { identity } = found;
  const port = found.port ?? record.port;
  if (record.process === null || port !== record.port) {
    const kept = await session.book.change(
      withReplica(record.replica, (old) => ({ ...old, process: identity, port })),
    );
    if (!kept.ok) return kept;
  }
  const run = adoptRun(identity, session.options.clock, session.watching.signal);
  return ok(supervise(session, record.replica, run));
}

async function revive(session: Session, record: ReplicaRecord): Promise<Result<null>> {
  if (record.process === null) {
    supervise(session, record.replica, null);
    return ok(null);
  }
  const counted = await session.book.change(
    withReplica(record.replica, (old) => ({
      ...old,
      process: null,
      crashes: old.crashes + 1,
    })),
  );
  if (!counted.ok) return counted;
  session.limits.remove(record.limits);
  supervise(session, record.replica, null, 'it ended while nobody watched');
  return ok(null);
}
