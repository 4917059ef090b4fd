import type { StoreSpec } from '#core/system';
import type { Result } from '#kernel';
import type { StoreBinding } from '../contract.ts';
import type { Home } from './home.ts';
import type { Access } from './state.ts';

/** What differs between the kinds of store; the supervisor does the rest in the same way for all. */
export interface ServerKind {
  readonly spec: StoreSpec;
  /** File names of the programs it may run as, to recognise processes that were left behind. */
  readonly programs: readonly string[];
  /** Makes data and configuration ready in the home and says how to run the server on this port. Idempotent. */
  prepare(home: Home, access: Access): Promise<Result<Launch>>;
  /** Asks the server, as a client would, within two seconds. */
  ask(access: Access): Promise<Answer>;
  /** What is to be done once it answers, such as creating the database. Idempotent. */
  complete(access: Access): Promise<Result<null>>;
  binding(access: Access): StoreBinding;
  /** Sent in this order, the next one when the server is still there at the end of `patience`; SIGKILL is the last. */
  readonly stopSignals: readonly [NodeJS.Signals, ...NodeJS.Signals[]];
}

/** How to run a server. */
export interface Launch {
  /** argv without secrets: everyone on the machine can read it. */
  readonly command: readonly [string, ...string[]];
  /** Something people should know about this server; shown behind its address. */
  readonly note: string | null;
}

export type Answer =
  | { readonly state: 'ready' }
  | { readonly state: 'starting' | 'failed'; readonly detail: string };
