import { defineSystem } from 'fairway';
import { data } from './definition/data.ts';
import { environments } from './definition/environments.ts';
import { handover } from './definition/handover.ts';
import { operations } from './definition/operations.ts';
import { services } from './definition/services.ts';

/** Assistants that write, call and send messages for the clients of many tenants. */
export default defineSystem({
  name: 'maxai',
  description: 'Assistants that write, call and send messages for the clients of many tenants.',
  version: '1.0',
  owner: 'architect.morgan-lee',
  changelog: [
    { date: '2025-10-20', version: '1.0', change: 'First version', author: 'architect.morgan-lee' },
  ],
  documents: [
    'ARCH-DOC-01 (Active, version 1.0 of 2025-10-20, tracker item 148): ops/tracker/specs/ARCH-DOC-01.md',
    'system-overview.md and container-architecture.md: the first two sections of README.md',
  ],

  services,
  ...data,
  ...operations,
  ...handover,

  release: {
    strategy: 'rolling',
    gate: {
      errorShare: '1%',
      slowerThan: '500ms',
      slowShare: '5%',
      checks: ['health', 'prompts', 'webhooks'],
    },
    migrations: {
      service: 'iam',
      folder: 'services/iam/migrations',
      store: 'database',
      policy: 'backward-compatible',
    },
    rollback: { automatic: true, within: '5m', reportWithin: '24h', steps: ['smoke tests', 'post-mortem'] },
  },

  environments,
});
