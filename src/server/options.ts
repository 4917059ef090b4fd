import type { Environment, Strategy } from '#core/system';
import type { Engine } from '#engine';
import type { Clock, Result } from '#kernel';
import type { Access } from './access/index.ts';
import type { InCharge } from './reading.ts';
import type { RecoveryDesk } from './recovery.ts';
import type { ViewsOptions } from './views/index.ts';

/** A definition that could not be used: its findings, one line each. */
export interface Unusable {
  readonly findings: readonly string[];
}

export interface ServerOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly system: string;
  readonly folder: string;
  /** Who may come in, and what they may. */
  readonly access: Access;
  /** Folder of the built dashboard; null: it is not built. */
  readonly dashboard: string | null;
  /** Names of the declared environments, as the definition stands now. */
  readonly environments: () => Promise<readonly string[]>;
  /** Reads the definition in a folder and resolves one environment of it, with one strategy for all where it is given. */
  readonly load: (
    folder: string,
    environment: string,
    strategy: Strategy['kind'] | null,
  ) => Promise<Result<Environment, Unusable>>;
  /** Who may change an environment; left out: this process is the only one. */
  readonly inCharge?: InCharge;
  /** One environment whatever its target; left out: only those that run from here are known. */
  readonly declared?: ViewsOptions['declared'];
  /** Copies, restores and drills; left out: there are none. */
  readonly recovery?: RecoveryDesk;
  /** Makes new keys; those before are good for nothing from then on. Left out: they stay. */
  readonly changeKeys?: () => void;
  /** Ends the control plane and leaves everything else running. */
  readonly shutdown: () => void;
}
