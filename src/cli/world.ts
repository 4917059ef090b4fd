import type { Connection } from '#api';
import type { Environment } from '#core/system';
import type { Clock, Instant, Result } from '#kernel';

/** Everything the command line may touch: given by `main.ts`, replaced in tests. */
export interface World {
  readonly clock: Clock;
  readonly cwd: string;
  /** Who is asking, for the journal. */
  readonly user: string;
  readonly terminal: boolean;
  print(text: string): void;
  /** A line that the next one replaces; only on a terminal. */
  progress(text: string): void;
  complain(text: string): void;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Reads a definition and judges it. */
  check(folder: string): Promise<CheckReport>;
  /** One environment of a definition that `check` has found usable, whatever its target. */
  environment(folder: string, name: string): Promise<Result<Environment>>;
  /** Finds the control plane of a system folder; starts it in the background where `start` says so. */
  connect(folder: string, start: boolean): Promise<Result<Connection>>;
  /** Runs the control plane in this process until it is told to end; the exit code. */
  serve(folder: string, options: ServeOptions): Promise<number>;
  /** A folder that holds the system as it was at a git reference. */
  checkout(folder: string, reference: string): Promise<Result<string>>;
  /** Whether this names a folder. */
  isFolder(path: string): boolean;
  /** Asks on a terminal; null where there is none. */
  confirm(question: string): Promise<boolean | null>;
  /** Asks for a line on a terminal; null where there is none. */
  question(text: string): Promise<string | null>;
  /** What the definition says of days on which things are lost. */
  scenarios(folder: string, environment: string): Promise<readonly DeclaredScenario[]>;
  /** Opens a place with copies, to bring a system back into an empty folder. Failures: those of place, key and copies. */
  lostMachine(ask: LostMachineAsk): Promise<Result<LostMachine>>;
  drive(options: LoadOptions): Promise<LoadOutcome>;
}

export interface DeclaredScenario {
  readonly name: string;
  readonly by: 'automatic' | 'manual' | null;
  readonly answer: string | null;
  readonly steps: readonly string[];
}

export interface LostMachineAsk {
  /** Absolute; holds nothing yet. */
  readonly folder: string;
  /** Where copies lie: `s3://bucket/prefix`, or a folder. */
  readonly place: string;
  readonly keyFile: string;
  /** Null: the only one that is there. */
  readonly environment: string | null;
}

/** A system as its copies have it. Each part is brought back once, in this order: own, stores, packages. */
export interface LostMachine {
  readonly system: string;
  readonly environment: string;
  readonly stores: readonly string[];
  /** Of when the newest copy of Fairway's own is. */
  readonly newest: Instant;
  /** Where the key lies from now on. */
  readonly keyFile: string;
  /** Says which parts. */
  bringOwn(signal: AbortSignal, progress: (text: string) => void): Promise<Result<readonly string[]>>;
  bringStore(
    store: string,
    signal: AbortSignal,
    progress: (text: string) => void,
  ): Promise<Result<{ readonly reached: Instant | null; readonly pieces: number }>>;
  /** Says what was done. */
  installPackages(signal: AbortSignal): Promise<Result<string>>;
}

export interface ServeOptions {
  /** On loopback; null: the one of the last time, or any. */
  readonly port: number | null;
  /** `host:port` at which others find it; null: only this machine does. */
  readonly listen: string | null;
  /** The address by which browsers of others come. */
  readonly publicUrl: string | null;
  /** Files with certificate and key, PEM. */
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  /** Address of a Postgres that several control planes share, without a password; null: FAIRWAY_STORE_URL, or a journal of its own. */
  readonly store: string | null;
  /** Started by another command: ends by itself when there is nothing to do. */
  readonly background: boolean;
}

export interface LoadOptions {
  readonly target: string;
  readonly path: string;
  readonly rate: number;
  readonly seconds: number | null;
  readonly connections: number;
  readonly sockets: number;
  readonly socketPath: string;
}

export interface LoadOutcome {
  readonly failed: number;
  readonly lines: readonly string[];
  readonly report: unknown;
}

export interface CheckReport {
  readonly system: string | null;
  readonly environments: readonly string[];
  readonly findings: readonly CheckFinding[];
}

export interface CheckFinding {
  readonly severity: 'error' | 'warning' | 'note';
  readonly line: string;
  readonly data: unknown;
}
