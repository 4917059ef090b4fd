import { describe } from 'vitest';
import type { Clock } from '#kernel';
import { commitContract } from './store-commit.ts';
import { journalContract } from './store-journal.ts';
import { leasesContract } from './store-leases.ts';
import { rowsContract } from './store-rows.ts';
import { type OpenedStore, subjectOf } from './store-subject.ts';
import { verifyContract } from './store-verify.ts';

export { commitOf, type OpenedStore, type RawEntry, settableClock } from './store-subject.ts';

/** What every implementation of the Store port promises. `open` gives a new, empty store that uses `clock`. */
export function storeContract(name: string, open: (clock: Clock) => Promise<OpenedStore>): void {
  describe(`${name} keeps the promises of a store`, () => {
    const subject = subjectOf(open);
    journalContract(subject);
    rowsContract(subject);
    commitContract(subject);
    verifyContract(subject);
    leasesContract(subject);
  });
}
