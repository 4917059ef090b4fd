export { copyOwn, type Own } from './copy.ts';
export { copyJournal } from './journal.ts';
export { type OwnPlaces, restoreOwn } from './restore.ts';
