import type { StoreSpec } from '#core/system';
import type { CopyFacts, CopyProgress, PartSink, RestoreSource, StoreCopies } from '#ports';
import type { Result } from '#kernel';
import type { Catalogue } from './catalogue.ts';
import type { Charge } from './charge.ts';
import type { RecoverySite } from './contract.ts';
import type { Evidence } from './evidence.ts';
import type { Turns } from './turns.ts';

/** What the parts of recovery share. */
export interface Tools {
  readonly site: RecoverySite;
  readonly catalogue: Catalogue;
  readonly charge: Charge;
  readonly evidence: Evidence;
  readonly own: OwnCopies;
  readonly inTurn: Turns;
  /** The stores of the environment, each with what copies it; made once. */
  readonly stores: readonly StoreCopies[];
}

/** How what Fairway itself keeps is copied and brought back. */
export interface OwnCopies {
  copy(
    sink: PartSink,
    signal: AbortSignal,
    progress: (progress: CopyProgress) => void,
  ): Promise<Result<CopyFacts>>;
  /** Puts the secrets of a copy into this file, which only its owner may read; nothing else is touched. */
  restoreSecrets(source: RestoreSource, file: string, signal: AbortSignal): Promise<Result<null>>;
}

export const storeOf = ({ stores }: Tools, name: string): StoreCopies | null =>
  stores.find(({ spec }) => spec.name === name) ?? null;

/** Whether somebody declared that copies of it are kept. */
export const isDeclared = ({ backup }: StoreSpec): boolean =>
  backup !== undefined && (backup.full !== null || backup.longTerm !== null || backup.logEvery !== null);

/** What Fairway itself keeps, as a store among the others: its name in the repository. */
export const own = 'fairway';
