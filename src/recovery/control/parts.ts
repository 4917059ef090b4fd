import { fail } from '#kernel';

/** Parts of a copy of what Fairway itself keeps. Each one alone can be brought back. */
export const PART = {
  journal: 'journal.sqlite',
  secrets: 'secrets.json',
  snapshots: 'snapshots.tar',
  system: 'system.tar',
  /** The `.env` of the system's folder. */
  env: 'env.txt',
} as const;

/** Not in the archive of the system's folder: made anew, kept elsewhere, or where copies lie; `.env` is a part of its own. */
export const isOutsideSystem = (name: string, path: string) => LEFT_OUT.has(name) || path === '.env';

const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', '.fairway', '.git']);

export const ownCopyFailed = (reason: string) => fail('store_copy_failed', { store: 'fairway', reason });

export const ownRestoreFailed = (reason: string) =>
  fail('store_restore_failed', { store: 'fairway', reason });

export const unsafe = (part: string, name: string, reason: string) =>
  fail('backup_part_unsafe', { part, name, reason });
