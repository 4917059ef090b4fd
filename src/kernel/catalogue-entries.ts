import { accessEntries } from './catalogue-access.ts';
import { controlEntries } from './catalogue-control.ts';
import { copyEntries } from './catalogue-copies.ts';
import { edgeEntries } from './catalogue-edge.ts';
import { migrateEntries } from './catalogue-migrate.ts';
import { promotionEntries } from './catalogue-promotion.ts';
import { recoveryEntries } from './catalogue-recovery.ts';
import { releaseEntries } from './catalogue-release.ts';
import { signalEntries } from './catalogue-signals.ts';
import { simulateEntries } from './catalogue-simulate.ts';
import { storeEntries } from './catalogue-stores.ts';
import { targetEntries } from './catalogue-target.ts';

/** The entries by area, in the order in which docs/errors.md shows them. */
export const catalogueAreas = [
  { title: 'Releases', entries: releaseEntries },
  { title: 'Promotions', entries: promotionEntries },
  { title: 'Services, files and processes on a target', entries: targetEntries },
  { title: 'The public edge', entries: edgeEntries },
  { title: 'Postgres, Redis and buckets', entries: storeEntries },
  { title: 'Copies of stores', entries: copyEntries },
  { title: 'Recovery', entries: recoveryEntries },
  { title: 'Counts for the gate', entries: signalEntries },
  { title: 'Simulating', entries: simulateEntries },
  { title: 'Migrations', entries: migrateEntries },
  { title: 'The control plane', entries: controlEntries },
  { title: 'Access to the control plane', entries: accessEntries },
] as const;

export const catalogueEntries = {
  ...releaseEntries,
  ...promotionEntries,
  ...targetEntries,
  ...edgeEntries,
  ...storeEntries,
  ...copyEntries,
  ...recoveryEntries,
  ...signalEntries,
  ...simulateEntries,
  ...migrateEntries,
  ...controlEntries,
  ...accessEntries,
};
