import type { BackupPolicy, Keeping, RecoveryPolicy, VerifyPolicy } from '../resolved-recovery.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type DeclaredBackup = NonNullable<EnvironmentDeclaration['stores'][string]['backup']>;

/** What is declared of copies of a store; nothing at all when what stands there says neither how often nor whereto. */
export function resolveBackup(declared: DeclaredBackup | undefined): { readonly backup?: BackupPolicy } {
  if (declared === undefined) return {};
  const { full, longTerm, logEvery, pointInTime, to } = declared;
  if ([full, longTerm, logEvery, pointInTime, to].every((part) => part === undefined)) return {};
  return {
    backup: {
      full: keeping(full),
      longTerm: keeping(longTerm),
      logEvery: logEvery ?? null,
      pointInTime: pointInTime ?? null,
      to: to ?? null,
    },
  };
}

/** What must hold when things are lost; what is asked of stores that the environment does not have is left out. */
export function resolveRecovery({ recovery, stores }: EnvironmentDeclaration): {
  readonly recovery?: RecoveryPolicy;
} {
  if (recovery === undefined) return {};
  const { rto, rpo, drillEvery, verify = {} } = recovery;
  const ofStores = Object.entries(verify).filter(([store]) => Object.hasOwn(stores, store));
  return {
    recovery: {
      rto,
      rpo,
      drillEvery: drillEvery ?? null,
      verify: Object.fromEntries(
        ofStores.map(([store, { rows, queries }]): [string, VerifyPolicy] => [store, { rows, queries }]),
      ),
    },
  };
}

function keeping(declared: Keeping | undefined): Keeping | null {
  return declared === undefined ? null : { every: declared.every, keep: declared.keep };
}
