import type { Connection } from '#api';
import type { Environment } from '#core/system';
import type { Clock, Result } from '#kernel';

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
  drive(options: LoadOptions): Promise<LoadOutcome>;
}

export interface ServeOptions {
  readonly port: number | null;
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
