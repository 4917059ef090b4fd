import { defineSystem } from 'fairway';
import { checks, slo } from './definition/checks.ts';
import { data } from './definition/data.ts';
import { delivery } from './definition/delivery.ts';
import { environments } from './definition/environments.ts';
import { operations } from './definition/operations.ts';
import { services } from './definition/services.ts';

export default defineSystem({
  name: 'trading-journal',
  description:
    'A journal for traders: imports fills, scores them, coaches, and delivers results as they happen.',
  version: '1.0',
  objectives: ['low burn', 'smooth scale', 'security first', 'fast, reversible delivery'],
  documents: ['README.md'],

  services,
  ...data,
  checks,
  release: {
    strategy: 'rolling',
    canary: { steps: [{ weight: '10%', hold: '30m' }] },
    gate: { errorShare: '1%', slowerThan: '250ms', slowShare: '5%', checks: slo },
    keepOld: '30m',
    migrations: { service: 'core', folder: 'services/core/migrations', store: 'database' },
    rollback: { automatic: true, keep: 3 },
  },
  ...operations,
  ...delivery,
  environments,
});
