import { dirname, join } from 'node:path';
import type { Environment } from '#core/system';
import { type Clock, fail, millis, ok, type Result } from '#kernel';
import type { Place } from '#ports';
import { isRunning, type ProcessExit, type ProcessIdentity, signalGroup, startDetached } from '#process';
import type { StoreBinding } from '#stores';
import type { ReplicaRecord, State } from './book.ts';
import { ensureFolder } from './files.ts';
import { type Folders, placeMark } from './folders.ts';
import type { Limits } from './limits.ts';
import type { Secrets } from './secrets.ts';
import { verifySnapshot } from './snapshot.ts';
import { replicaVariables } from './variables.ts';

/** A process of a replica, started by us or found again. */
export interface Run {
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone; null when nobody can tell how it ended. */
  readonly exited: Promise<ProcessExit | null>;
}

export interface LaunchPad {
  readonly place: Place;
  readonly folders: Folders;
  readonly secrets: Secrets;
  readonly limits: Limits;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly bindings: ReadonlyMap<string, StoreBinding>;
  /** Router port per HTTP service. */
  ports(): Readonly<Record<string, number>>;
  /** The port on which its canary alone answers, per service that has one now. */
  previews(): Readonly<Record<string, number>>;
  /** Builds whose snapshot this process has looked through. */
  readonly verified: Set<string>;
}

/**
 * Starts the process of a replica from its snapshot. Failures: `snapshot_missing`, `snapshot_damaged`,
 * `secret_version_unknown`, `limits_not_applied` (facts: replica), `not_open`, those of `startDetached` and of `diskFailure`.
 */
export async function launchReplica(
  pad: LaunchPad,
  state: State,
  record: ReplicaRecord,
): Promise<Result<Run>> {
  const revision = state.revisions[record.revision];
  if (revision === undefined || state.environment === null) return fail('not_open');
  const checked = await checkSnapshot(pad, revision.build);
  if (!checked.ok) return checked;
  const secrets = pad.secrets.values(revision.secretVersions);
  if (!secrets.ok) return secrets;
  const { spec } = revision;
  const logFile = pad.folders.log(record.service, record.replica);
  const made = await ensureFolder(dirname(logFile));
  if (!made.ok) return made;

  const { promise: exited, resolve } = Promise.withResolvers<ProcessExit | null>();
  const env = replicaVariables(surroundings(pad, state.environment, spec.needs), {
    env: spec.env,
    secrets: secrets.value,
    service: record.service,
    revision: record.revision,
    replica: record.replica,
    port: record.port,
    place: placeMark(pad.place),
    isConsumer: (spec.consumer ?? null) !== null,
  });
  const started = await startDetached({
    command: withOwnNode(spec.command),
    cwd: join(pad.folders.snapshots, revision.build, spec.folder),
    env,
    logFile,
    onExit: resolve,
  });
  if (!started.ok) return started;
  if (!pad.limits.join(record.limits, started.value.pid) && isRunning(started.value)) {
    signalGroup(started.value.pid, 'SIGKILL'); // without its limits it could take the whole machine
    return fail('limits_not_applied', { replica: record.replica });
  }
  return ok({ identity: started.value, exited });
}

/** A process that was started by a controller before us: it is not our child, so we look whether it is there. */
export function adoptRun(identity: ProcessIdentity, clock: Clock, signal: AbortSignal): Run {
  return { identity, exited: watchUntilGone(identity, clock, signal) };
}

async function watchUntilGone(
  identity: ProcessIdentity,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProcessExit | null> {
  // Looking costs a file read on Linux and a `ps` elsewhere.
  const interval = process.platform === 'linux' ? millis(100) : millis(1_000);
  while (!signal.aborted && isRunning(identity)) await clock.sleep(interval, signal);
  return null;
}

/** `previewed`: of services that have a canary now, that one's address is given out. */
export const surroundings = (
  pad: LaunchPad,
  environment: Environment,
  needs: readonly string[],
  previewed = false,
) => ({
  environment,
  needs,
  bindings: pad.bindings,
  ports: { ...pad.ports(), ...(previewed ? pad.previews() : {}) },
  variables: pad.variables,
});

const migrate = join(import.meta.dirname, '../../migrate/main.ts');

/**
 * `node` means the Node that runs Fairway: the one whose version is known to fit. `fairway-migrate` means the program that
 * runs migrations, which Fairway brings along.
 */
export function withOwnNode(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const [program, ...args] = command;
  if (program === 'fairway-migrate') return [process.execPath, migrate, ...args];
  return program === 'node' ? [process.execPath, ...args] : command;
}

/** Looks through the snapshot of a build, once per control plane. Failures: those of `verifySnapshot`. */
export async function checkSnapshot(pad: LaunchPad, build: string): Promise<Result<null>> {
  if (pad.verified.has(build)) return ok(null);
  const sound = await verifySnapshot(pad.folders.snapshots, build);
  if (!sound.ok) return sound;
  pad.verified.add(build);
  return ok(null);
}
