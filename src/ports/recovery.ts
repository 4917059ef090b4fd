import type { StoreSpec } from '#core/system';
import type { Instant, Json, Result } from '#kernel';

/** Bytes as they come. One that cannot go on throws a `Thrown` with its failure (`#kernel`). */
export type Content = AsyncIterable<Uint8Array>;

/** Takes one part of a copy to its end; resolves when it is safe and was read back. */
export type PartSink = (name: string, content: Content) => Promise<Result<null>>;

/** Told how far long work is. */
export interface CopyProgress {
  /** 0 to 1; null when that is not known. */
  readonly share: number | null;
  /** What is done now, in a few words: "the databases", "log 12 of 40". */
  readonly doing: string;
}

/** What was copied. */
export interface CopyFacts {
  /** The content of the copy is that of some moment from here … */
  readonly from: Instant;
  /** … to here; what was acknowledged before `from` is in it. */
  readonly until: Instant;
  /** Before compression. */
  readonly bytes: number;
  /** What restoring it needs to know; no secret. Of Postgres: version, timeline, where its log begins and ends. */
  readonly detail: Json;
}

/** To which moment data are brought back. */
export type RestoreTarget =
  | { readonly kind: 'latest' }
  /** The state after the last transaction that was committed before or at this moment. */
  | { readonly kind: 'time'; readonly at: Instant }
  /** The state just before a transaction, by its number. */
  | { readonly kind: 'before'; readonly transaction: string };

/** A copy, and the log behind it, as they are read back. */
export interface RestoreSource {
  readonly facts: CopyFacts;
  readonly parts: readonly string[];
  part(name: string): Content;
  /** Pieces of the log that are there, in the order of their names; empty where the kind has none. */
  readonly log: readonly string[];
  piece(name: string): Content;
}

export interface RestoreRequest {
  readonly source: RestoreSource;
  readonly target: RestoreTarget;
  /** Folder of a store that holds nothing yet: an embedded store that is opened on it afterwards has the data. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: CopyProgress) => void;
}

export interface Restored {
  /** Commit time of the last transaction that was brought back; null when there was none behind the copy, or no log. */
  readonly reached: Instant | null;
  /** Pieces of the log that were replayed. */
  readonly pieces: number;
  readonly detail: Json;
}

/** One thing that was looked at in restored data. */
export interface Examined {
  readonly name: string;
  readonly ok: boolean;
  /** For people: "412 rows", "index trades_pkey does not fit its table". */
  readonly detail: string;
}

/** A declared query whose only value must be this text. */
export interface DeclaredQuery {
  readonly name: string;
  readonly sql: string;
  readonly expect: string;
}

export interface ExamineAsk {
  /** Folder of the restored store; it runs. */
  readonly folder: string;
  /** Fewest rows by table, as declared. */
  readonly rows: Readonly<Record<string, number>>;
  readonly queries: readonly DeclaredQuery[];
  readonly signal: AbortSignal;
}

/** How the content of one store is copied, brought back and looked at. All of it works from the store's folder. */
export interface StoreCopies {
  readonly spec: StoreSpec;
  /** A whole copy of what the running store holds. The parts are told to the sink one after another. */
  copy(
    sink: PartSink,
    signal: AbortSignal,
    progress: (progress: CopyProgress) => void,
  ): Promise<Result<CopyFacts>>;
  /** Puts a copy into an empty folder of a store, the log replayed to the target. Nothing else is touched. */
  restore(request: RestoreRequest): Promise<Result<Restored>>;
  /** Looks at restored data: everything can be read, checksums and constraints hold, declared counts and queries. */
  examine(ask: ExamineAsk): Promise<Result<readonly Examined[]>>;
  /** How much was written since: between what a restored store (running, at that folder) holds and what this one holds. */
  lost(restoredFolder: string): Promise<Result<LostWrites>>;
  /** Null where the kind keeps no log. */
  readonly log: StoreLog | null;
  /** Null where nothing can be written into it that is not the system's own. */
  readonly pulse: StorePulse | null;
}

/** An estimate; `exact` false: at most so many. */
export interface LostWrites {
  /** Null when nobody can tell. */
  readonly transactions: number | null;
  readonly exact: boolean;
  /** For people: "at most 1,204 transactions (of them about 60 of Fairway's own pulse)". */
  readonly detail: string;
}

export interface LogPiece {
  readonly name: string;
  readonly bytes: number;
}

/** Where the log of a running store stands. */
export interface LogState {
  /** Whether the server hands its log over; false until it is restarted with the declared settings. */
  readonly on: boolean;
  /** What the server says it could not hand over, in its own words; null: nothing. */
  readonly failing: string | null;
  /** The piece that is written now. */
  readonly current: string;
  /** When the server handed over a piece for the last time. */
  readonly lastAt: Instant | null;
}

/** The log of a store: pieces that its server has finished and handed over to be kept elsewhere. */
export interface StoreLog {
  state(): Promise<Result<LogState>>;
  /** Handed over and not yet forgotten, oldest first. */
  pending(): Promise<Result<readonly LogPiece[]>>;
  open(name: string): Content;
  /** It is safe elsewhere: the local one goes. */
  forget(name: string): Promise<Result<null>>;
  /** Ends the current piece, so that it is handed over; for a restore to the latest of a store that still runs. */
  cut(): Promise<Result<null>>;
}

/** A row of Fairway's own in the store, written again and again: what a restored store shows of it says how old it is. */
export interface StorePulse {
  beat(now: Instant): Promise<Result<null>>;
  /** The newest beat in a running store at a folder; null: none. */
  last(folder: string): Promise<Result<Instant | null>>;
}

/** What recovery needs of a target that runs the stores itself. */
export interface TargetRecovery {
  copies(spec: StoreSpec): StoreCopies;
  /** Folder of the running store. */
  storeFolder(name: string): string;
  /**
   * An absolute folder below `.fairway` for work of recovery in this environment; made, with mode 0700. Side stores lie in it
   * at `sides/<id>/<store>`: the close of the environment ends them, and erases them with the other data.
   */
  workFolder(): Promise<Result<string>>;
  /** Starts a store on a folder of restored data, beside the one that runs. Idempotent. */
  startSide(spec: StoreSpec, folder: string, signal: AbortSignal): Promise<Result<SideStore>>;
  /** Ends whatever still runs on such a folder, a restore that was killed too, and deletes it. */
  eraseSide(spec: StoreSpec, folder: string, signal: AbortSignal): Promise<Result<null>>;
  /**
   * Puts restored data in the place of a store's: the store stops, its own data are moved aside, it starts with the
   * others at the same address. The side store must be stopped. Says where the former data lie.
   */
  exchange(
    name: string,
    restoredFolder: string,
    signal: AbortSignal,
  ): Promise<Result<{ readonly former: string }>>;
  /** What of Fairway's own belongs to a copy of the environment: files of secrets, ports, snapshots. Absolute paths. */
  readonly own: {
    readonly secrets: string;
    readonly snapshots: string;
    readonly systemFolder: string;
  };
  /** Replaces every generated secret by a new one; names of those that people must replace. */
  rotateSecrets(): Promise<
    Result<{ readonly rotated: readonly string[]; readonly given: readonly string[] }>
  >;
}

/** A restored store that runs beside the system. */
export interface SideStore {
  /** Shown to people: host and port, no password. */
  readonly address: string;
  /** As services would get it; `secret` names what must not be shown. */
  readonly env: Readonly<Record<string, string>>;
  readonly secret: readonly string[];
  stop(signal: AbortSignal): Promise<Result<null>>;
  /** Stops it and deletes its data. */
  erase(signal: AbortSignal): Promise<Result<null>>;
}
