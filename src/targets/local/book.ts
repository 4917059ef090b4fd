import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Revision, RouteTable } from '#core/release';
import type { Environment } from '#core/system';
import { fail, type Instant, ok, type Result } from '#kernel';
import type { ProcessIdentity } from '#process';
import type { ConsumerRole } from './consumers.ts';
import { readDocument, writeAtomically } from './files.ts';
import { createTurns } from './turns.ts';

/** What this target remembers across its own restarts. */
export interface State {
  readonly format: 1;
  /** Highest epoch of a controller that was seen (R6). */
  readonly fence: number;
  /** Who wrote last: a second writer shows by it. */
  readonly writer: string;
  readonly environment: Environment | null;
  readonly table: RouteTable | null;
  /** What replicas are (re)started from. */
  readonly revisions: Readonly<Record<string, Revision>>;
  readonly replicas: readonly ReplicaRecord[];
  /** By revision how many replicas take jobs; none for one that was never asked to. */
  readonly consumers: Readonly<Record<string, number>>;
}

export interface ReplicaRecord {
  /** `<revision>-<5 characters>`, unique in the environment for ever. */
  readonly replica: string;
  readonly service: string;
  readonly revision: string;
  readonly createdAt: Instant;
  readonly port: number;
  /** null: about to be started. Written before the spawn, so that a process is never started twice. */
  readonly process: ProcessIdentity | null;
  readonly phase: 'serving' | 'draining' | 'drained' | 'stopping';
  readonly crashes: number;
  /** Whether the present process has ever been ready. */
  readonly served: boolean;
  /** Of the present process, where it is a consumer; absent in files of before there were any. */
  readonly role?: ConsumerRole;
  /** When it was sent SIGTERM; absent: it was not. A program may take a second one as an order to die at once. */
  readonly toldToEndAt?: Instant;
  /** Folder of its control group, when it has one. */
  readonly limits: readonly string[];
}

/** The target's memory: one JSON file, changed in turns, on disk before a change counts. */
export interface Book {
  state(): State;
  /**
   * Applies a pure change and resolves when it is on disk; changes wait for each other.
   * Failures: `fenced` when another controller writes the file, and those of `diskFailure`; then nothing has changed.
   */
  change(update: (state: State) => State): Promise<Result<null>>;
  /** `fenced` when another controller has taken over; cheap. */
  stillOurs(): Promise<Result<null>>;
}

const format = 1;

/** Opens the file, or begins with an empty one. Failures: `state_unreadable`, and those of `diskFailure`. */
export async function openBook(file: string): Promise<Result<Book>> {
  const read = await readState(file);
  if (!read.ok) return read;
  const writer = randomUUID();
  let state: State = { ...(read.value ?? empty), writer };
  let known = await stampOf(file);
  let hasWritten = false;
  const inTurn = createTurns();

  async function stillOurs(): Promise<Result<null>> {
    const stamp = await stampOf(file);
    if (stamp === known) return ok(null);
    const now = await readState(file);
    if (!now.ok) return now;
    if (now.value === null || now.value.writer === writer) return ok(null);
    if (hasWritten && now.value.fence >= state.fence)
      return fail('fenced', { fence: state.fence, highest: now.value.fence });
    if (!hasWritten) {
      // The controller before us wrote once more after we had read.
      state = { ...now.value, writer };
      known = stamp;
    }
    return ok(null);
  }

  async function write(update: (state: State) => State): Promise<Result<null>> {
    const ours = await stillOurs();
    if (!ours.ok) return ours;
    const next = { ...update(state), writer };
    const done = await writeAtomically(file, `${JSON.stringify(next, null, 1)}\n`, 0o600);
    if (!done.ok) return done;
    state = next;
    hasWritten = true;
    known = await stampOf(file);
    return ok(null);
  }

  return ok({
    state: () => state,
    change: (update) => inTurn(() => write(update)),
    stillOurs,
  });
}

const empty: Omit<State, 'writer'> = {
  format,
  fence: 0,
  environment: null,
  table: null,
  revisions: {},
  replicas: [],
  consumers: {},
};

async function readState(file: string): Promise<Result<State | null>> {
  const document = await readDocument(file, format);
  if (!document.ok || document.value === null) return document.ok ? ok(null) : document;
  // What older files do not have yet.
  return ok({ ...empty, ...(document.value as unknown as State) });
}

/** Changes whenever somebody replaces the file. */
async function stampOf(file: string): Promise<string | null> {
  try {
    const { ino, mtimeNs } = await stat(file, { bigint: true });
    return `${ino}:${mtimeNs}`;
  } catch {
    return null;
  }
}

/** A change of one replica's record; the others, and a replica that is not there, stay as they are. */
export function withReplica(
  replica: string,
  update: (record: ReplicaRecord) => ReplicaRecord,
): (state: State) => State {
  return (state) => ({
    ...state,
    replicas: state.replicas.map((record) => (record.replica === replica ? update(record) : record)),
  });
}

export function withoutReplicas(gone: ReadonlySet<string>): (state: State) => State {
  return (state) => {
    const replicas = state.replicas.filter(({ replica }) => !gone.has(replica));
    const { revisions, consumers } = state;
    return {
      ...state,
      replicas,
      revisions: stillNeeded(revisions, replicas),
      consumers: stillNeeded(consumers, replicas),
    };
  };
}

function stillNeeded<T>(
  byRevision: Readonly<Record<string, T>>,
  replicas: readonly ReplicaRecord[],
): Readonly<Record<string, T>> {
  const needed = new Set(replicas.map(({ revision }) => revision));
  return Object.fromEntries(Object.entries(byRevision).filter(([id]) => needed.has(id)));
}
