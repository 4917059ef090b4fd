import { defineSystem } from 'fairway';

/** The smallest system that has something to lose. Its log goes to the place for backups every two seconds. */
export default defineSystem({
  name: 'ledger',
  services: {
    web: {
      folder: 'web',
      command: ['node', 'main.mjs'],
      exposure: 'private',
      needs: ['database'],
      probes: { ready: '/' },
    },
  },
  stores: {
    database: {
      kind: 'postgres',
      backup: { full: { every: '1d', keep: '7d' }, logEvery: '2s', pointInTime: '1d' },
    },
  },
  recovery: { rto: '1m', rpo: '10s' },
  environments: { dev: { target: 'local' } },
});
