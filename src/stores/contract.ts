import type { StoreSpec } from '#core/system';
import type { Clock, Facts, Instant, Random, Result } from '#kernel';

/** A real server of one store, run by us on this machine, on a free loopback port with its own data folder. */
export interface EmbeddedStore {
  readonly spec: StoreSpec;
  /**
   * Starts it, or finds again the one that runs; resolves when it answers. Idempotent. Restarts it after a crash. The
   * port is kept as long as nobody else took it: use the binding of the latest call.
   */
  ensure(signal: AbortSignal): Promise<Result<StoreBinding>>;
  /**
   * Whether it answers now; cheap enough for once a second. A store with standbys is looked after by these looks: each
   * one may begin work in the background (a standby is made, started or made anew), which `ensure` and `stop` end.
   */
  health(): Promise<StoreHealth>;
  /** Orderly stop; the data stays. */
  stop(signal: AbortSignal): Promise<Result<null>>;
  /** Deletes the data of a stopped store. Failure when it runs: `store_still_running`. */
  erase(): Promise<Result<null>>;
}

/** A store whose data can be exchanged for restored ones. `ensure` ends an exchange that was left half-done. */
export interface ExchangeableStore extends EmbeddedStore {
  /**
   * Stops the store with its standbys, puts its data aside, takes those of a restored store in their place and starts it at
   * its address and with its passwords. The restored one must not run; its data are taken away from there. Asked again
   * for the same it only says what was done. When it fails before the store's own data were moved, everything is as it
   * was. Failures: `store_data_missing` (facts: folder, data), `store_still_running`, `store_exchange_busy` (facts: store),
   * those of stopping and starting.
   */
  exchange(ask: ExchangeAsk, signal: AbortSignal): Promise<Result<Exchanged>>;
}

export interface ExchangeAsk {
  /** Folder of the restored store. */
  readonly restored: string;
  /** Folder for the former data, made like that of a store, so that they can be started there or exchanged back. */
  readonly former: string;
}

export interface Exchanged {
  /** Where the former data lie: as asked, or within the store's folder when that is on another file system. */
  readonly former: string;
  readonly binding: StoreBinding;
}

export interface StoreBinding {
  /** Environment variables for services that need this store, without the store's name: `URL`, or `ENDPOINT`, `BUCKET`, … */
  readonly env: Readonly<Record<string, string>>;
  /** Names within `env` that must never be shown. */
  readonly secret: readonly string[];
  /** Shown to people: kind, host and port, no password. */
  readonly address: string;
}

export type StoreHealth =
  | { readonly state: 'ready'; readonly address: string; readonly standbys?: readonly StandbyHealth[] }
  | { readonly state: 'starting' | 'failed' | 'stopped'; readonly detail: string };

/** A standby as last looked at, at most a few seconds ago. */
export interface StandbyHealth {
  /** From 1. */
  readonly number: number;
  /** `away`: it neither follows nor is being made; `detail` of it or of what is being done with it. */
  readonly state: 'follows' | 'making' | 'starting' | 'away';
  readonly detail: string | null;
  /** Holds every write the primary has acknowledged: commits wait for it. */
  readonly synchronous: boolean;
  /** Log of the primary that it has not replayed; null when that is not known. */
  readonly lagBytes: number | null;
  /** Age of the oldest write it has not replayed, to about a second; null when that is not known. */
  readonly lagSeconds: number | null;
}

/** Something that happened to a store. Facts may be shown to people. */
export interface StoreEvent {
  readonly at: Instant;
  readonly store: string;
  readonly event:
    | 'failover_begun'
    | 'failover_step'
    | 'failover_done'
    | 'failover_given_up'
    | 'primary_restarting'
    | 'primary_restarted'
    | 'standby_copying'
    | 'standby_made'
    | 'standby_follows'
    | 'standby_lost'
    | 'standby_failed'
    | 'standby_removed'
    | 'synchronous_changed'
    | 'exchange_begun'
    | 'exchange_step'
    | 'exchange_done'
    | 'exchange_given_up';
  readonly facts: Facts;
}

export interface EmbeddedStoreOptions {
  readonly spec: StoreSpec;
  /** Absolute; the store keeps everything it has below it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The Redis or Valkey server to run; absent: looked for on PATH; null: the in-memory fall-back. */
  readonly redisServer?: string | null;
  /** Called for each event when it has been made durable, where there is something durable about it. */
  readonly tell?: (event: StoreEvent) => void;
}
