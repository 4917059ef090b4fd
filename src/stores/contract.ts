import type { StoreSpec } from '#core/system';
import type { Clock, Random, Result } from '#kernel';

/** A real server of one store, run by us on this machine, on a free loopback port with its own data folder. */
export interface EmbeddedStore {
  readonly spec: StoreSpec;
  /**
   * Starts it, or finds again the one that runs; resolves when it answers. Idempotent. Restarts it after a crash. The
   * port is kept as long as nobody else took it: use the binding of the latest call.
   */
  ensure(signal: AbortSignal): Promise<Result<StoreBinding>>;
  /** Whether it answers now; cheap enough for once a second. */
  health(): Promise<StoreHealth>;
  /** Orderly stop; the data stays. */
  stop(signal: AbortSignal): Promise<Result<null>>;
  /** Deletes the data of a stopped store. Failure when it runs: `store_still_running`. */
  erase(): Promise<Result<null>>;
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
  | { readonly state: 'ready'; readonly address: string }
  | { readonly state: 'starting' | 'failed' | 'stopped'; readonly detail: string };

export interface EmbeddedStoreOptions {
  readonly spec: StoreSpec;
  /** Absolute; the store keeps everything it has below it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The Redis or Valkey server to run; absent: looked for on PATH; null: the in-memory fall-back. */
  readonly redisServer?: string | null;
}
