import { all, either, exactly, present, said, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

const gated = ['src/core/release/looks.test.ts', 'test/e2e/journal.test.ts'];

/** Strategies and rollback, probes, migrations. */
export const releases: Table = {
  'REL-01': {
    about: 'tag, 10% for 30 minutes, promoted when the probes are green',
    for: 'T',
    T: [
      ['prod/trigger/on', 'tag'],
      ['prod/release/canary/steps', [{ weight: 10, hold: time('30m'), gate: true }]],
      ['prod/release/canary/autoPromote', true],
      ['prod/release/gate/checks', ['login', 'reflect', 'import', 'ai']],
    ],
    met: gated,
  },
  'REL-02': {
    about: 'two revisions of edge and of core',
    for: 'T',
    T: [
      ['prod/services/edge/strategy', 'canary'],
      ['prod/services/core/strategy', 'canary'],
    ],
    met: ['src/core/release/several.test.ts', 'src/router/split.test.ts'],
  },
  'REL-03': {
    about: 'back to the images before; the cache is emptied',
    for: 'T',
    T: [
      ['prod/release/rollback/automatic', true],
      ['prod/release/purge', present],
      ['prod/release/migrations/policy', 'expand-contract'],
    ],
    met: ['src/core/release/back.test.ts', 'test/load/zero-loss.test.ts', 'later'],
  },
  'REL-04': {
    about: 'three older states of the configuration',
    for: 'T',
    T: [['prod/release/rollback/keep', 3]],
    met: ['later'],
  },
  'REL-05': {
    about: 'rolling or blue-green, then a look at its health',
    for: 'C',
    C: [
      ['prod/release/strategy', 'rolling'],
      ['prod/release/blueGreen', { keepOld: time('1h') }],
      ['prod/release/watch', time('5m')],
    ],
    met: ['src/core/release/ways.test.ts', 'src/core/release/watch.test.ts'],
  },
  'REL-06': {
    about: 'rollback.sh',
    for: 'C',
    C: [
      ['prod/release/rollback/steps', some(/rollback\.sh/)],
      [
        'prod/artefacts',
        (value) => ('scripts/rollback.sh' in (value as object) ? null : 'scripts/rollback.sh'),
      ],
    ],
    met: ['later'],
  },
  'REL-07': {
    about: 'rolling updates without downtime',
    for: 'K',
    K: [
      ['production/release/strategy', 'rolling'],
      ['production/release/rolling', { surge: 1, unavailable: 0 }],
    ],
    met: ['test/load/zero-loss.test.ts'],
  },
  'REL-08': {
    about: 'back by itself; back to any version by one click',
    for: 'K',
    K: [['production/release/rollback', { automatic: true, keep: 10 }]],
    met: ['src/core/release/back.test.ts', 'later'],
  },
  'REL-09': {
    about: 'exposure by flags',
    for: 'K',
    K: [['production/flags', present]],
    met: ['kit/src/flags.test.ts', 'later'],
  },
  'REL-10': {
    about: 'one at a time, each looked at',
    for: 'P',
    P: [
      ['staging/release/strategy', 'rolling'],
      ['staging/release/rolling', { surge: 1, unavailable: 0 }],
    ],
    met: ['src/core/release/step.test.ts', 'test/contract/target.ts'],
  },
  'REL-11': {
    about: 'production is blue-green',
    for: 'P',
    P: [
      ['prod/release/strategy', 'blue-green'],
      ['prod/release/blueGreen/keepOld', time('1h')],
    ],
    met: ['src/core/release/ways.test.ts'],
  },
  'REL-12': {
    about: 'canary by replicas: 10% for 15 minutes, then on',
    for: 'P',
    P: [
      [
        'prod/release/canary',
        {
          by: 'replicas',
          steps: [
            { weight: 10, hold: time('15m') },
            { weight: 25, hold: time('5m') },
            { weight: 50, hold: time('5m') },
            { weight: 100, hold: time('5m') },
          ],
        },
      ],
    ],
    met: ['src/core/release/capacity.test.ts'],
  },
  'REL-13': {
    about: 'blue-green with 10% first, the old one for 24 hours',
    for: 'M',
    M: [
      ['prod/release/strategy', 'blue-green'],
      ['prod/release/blueGreen', { keepOld: time('24h'), steps: [{ weight: 10, hold: time('10m') }] }],
      ['prod/release/gate', { errorShare: 1, slowerThan: time('500ms') }],
    ],
    met: ['src/core/release/ways.test.ts'],
  },
  'REL-14': {
    about: 'back in less than five minutes',
    for: 'M',
    M: [['prod/release/rollback/within', time('5m')]],
    met: ['src/core/release/back.test.ts'],
  },
  'REL-15': {
    about: 'the database is restored in 15 to 30 minutes, as a last resort',
    for: 'M',
    M: [['prod/runbooks', said(/restore.*15 to 30 minutes/)]],
    // Measured with the data of development; with 500 GB nobody has.
    met: ['test/systems/systems.test.ts', 'src/recovery/whole-path.test.ts', 'later'],
  },
  'REL-16': {
    about: 'smoke tests after a rollback',
    for: 'M',
    M: [['prod/release/rollback/steps', some(/smoke/i)]],
    met: ['later'],
  },
  'REL-17': {
    about: 'a report within 24 hours',
    for: 'M',
    M: [['prod/release/rollback/reportWithin', time('24h')]],
    met: ['later'],
  },
  'REL-18': {
    about: 'the strategy is chosen per system, environment and service',
    for: 'TCKPM',
    T: [
      ['prod/services/workers/strategy', 'rolling'],
      ['prod/services/core/strategy', 'canary'],
    ],
    C: [['prod/release/strategy', 'rolling']],
    K: [['production/release/strategy', 'rolling']],
    P: [['prod/release/strategy', 'blue-green']],
    M: [['prod/release/strategy', 'blue-green']],
    met: ['src/core/release/ways.test.ts'],
  },
  'PRB-01': {
    about: 'login: 95th percentile below 250 ms',
    for: 'T',
    T: [['*/checks/login', { role: /250 ms/, needs: some('edge') }]],
    met: ['systems/trading-journal/journal.test.ts', 'test/e2e/journal.test.ts'],
  },
  'PRB-02': {
    about: 'a row of the outbox is delivered in 3 s',
    for: 'T',
    T: [['*/checks/reflect', { role: /3 s/ }]],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'PRB-03': {
    about: 'an import in 60 s',
    for: 'T',
    T: [['*/checks/import', { role: /60 s/ }]],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'PRB-04': {
    about: 'the hash of the indicators stays',
    for: 'T',
    T: [['*/checks/ai', { role: /hash/ }]],
    met: ['systems/trading-journal/services/ai/indicators.test.ts'],
  },
  'PRB-05': {
    about: 'the four stand before promotion; what they write is cleaned up',
    for: 'T',
    T: [['*/release/gate/checks', exactly(4)]],
    met: ['systems/trading-journal/workers.test.ts', 'src/core/release/looks.test.ts'],
  },
  'PRB-06': {
    about: 'looked at every 10 seconds, started again',
    for: 'C',
    C: [['*/services/customer-service/probes/live', { path: '/health', interval: time('10s') }]],
    met: ['test/contract/target.ts'],
  },
  'PRB-07': {
    about: '/health in 1 s',
    for: 'P',
    P: [['*/services/app/probes/live', { path: '/health', timeout: time('1s') }]],
    met: ['kit/src/service.test.ts', 'test/contract/target.ts'],
  },
  'PRB-08': {
    about: '/ready',
    for: 'P',
    P: [['*/services/app/probes/ready/path', '/ready']],
    met: ['kit/src/service.test.ts', 'test/contract/target.ts'],
  },
  'PRB-09': {
    about: '/startup may take 120 s',
    for: 'P',
    P: [['prod/services/app/probes/startup', { path: '/startup', interval: time('5s'), failures: 24 }]],
    met: ['kit/src/service.test.ts', 'test/contract/target.ts'],
  },
  'PRB-10': {
    about: 'health decides over a release',
    for: 'K',
    K: [['production/release/gate/checks', present]],
    met: ['src/core/release/watch.test.ts'],
  },
  'PRB-11': {
    about: 'smoke tests after staging',
    for: 'TCPM',
    T: [['prod/pipeline', some({ environment: 'staging', does: some(/end to end/) })]],
    C: [['prod/pipeline', said(/smoke/i)]],
    P: [['prod/pipeline', some({ environment: 'staging', does: some(/smoke/i) })]],
    M: [['prod/pipeline', some({ does: some(/smoke/i) })]],
    met: ['later'],
  },
  'PRB-12': {
    about: 'production is looked at after a release',
    for: 'CKM',
    C: [['prod/release/watch', time('5m')]],
    K: [['production/release/watch', time('5m')]],
    M: [['prod/release/watch', present]],
    met: ['src/core/release/watch.test.ts', 'later'],
  },
  'MIG-01': {
    about: 'under version control; in production in a window',
    for: 'TM',
    T: [['prod/release/migrations', { folder: present, window: present }]],
    M: [['prod/release/migrations', present]],
    met: ['src/migrate', 'src/core/release/calendar.test.ts'],
  },
  'MIG-02': {
    about: 'expand, backfill, contract',
    for: 'T',
    T: [['prod/release/migrations/policy', 'expand-contract']],
    met: ['systems/trading-journal/migrations.test.ts', 'src/core/release/change.test.ts'],
  },
  'MIG-03': {
    about: 'before the programs',
    for: 'KM',
    K: [['production/release/migrations', present]],
    M: [['prod/release/migrations', present]],
    met: ['src/core/release/jobs.test.ts'],
  },
  'MIG-04': {
    about: 'only what the version before understands',
    for: 'M',
    M: [['prod/release/migrations/policy', either('backward-compatible', 'expand-contract')]],
    met: ['src/migrate'],
  },
  'MIG-05': {
    about: 'no way back in the middle; flags off instead',
    for: 'T',
    T: [
      ['prod/release/migrations/policy', 'expand-contract'],
      ['prod/flags', some({ killSwitch: true })],
    ],
    met: ['src/core/release/change.test.ts'],
  },
  'MIG-06': {
    about: 'tried and reviewed before',
    for: 'CK',
    C: [['prod/checklists', some({ items: some(/migrations tested/i) })]],
    K: [
      [
        'production/checklists',
        all({ items: some(/migrations tested/i) }, { items: some(/migration plan reviewed/i) }),
      ],
    ],
    met: ['later'],
  },
};
