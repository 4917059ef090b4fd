import { all, exactly, members, present, some } from '../expectations.ts';
import type { Table } from '../table.ts';

/** Lists and runbooks, phases of growth, roles, and the programs themselves. */
export const operations: Table = {
  'RUN-01': {
    about: 'six points before going live',
    for: 'T',
    T: [
      ['prod/checklists', some({ items: exactly(6) })],
      ['prod/release/checklist', present],
      [
        'prod/checklists',
        some({ items: all(/DNS/, /backups/, /evictions/, /30 minutes at 10%/, /flags/, /on call/) }),
      ],
    ],
    met: ['later'],
  },
  'RUN-02': {
    about: 'twelve points of a release',
    for: 'C',
    C: [
      ['prod/checklists', some({ items: exactly(12) })],
      [
        'prod/checklists',
        some({
          items: all(
            /review/i,
            /tests/i,
            /scan/i,
            /benchmarks/i,
            /migrations/i,
            /secrets/i,
            /alerts/i,
            /runbook/i,
            /team/i,
            /window/i,
            /rollback/i,
            /validation/i,
          ),
        }),
      ],
      ['prod/release/checklist', present],
    ],
    met: ['later'],
  },
  'RUN-03': {
    about: 'seven points before production',
    for: 'K',
    K: [
      ['production/checklists', some({ items: exactly(7) })],
      [
        'production/checklists',
        some({ items: all(/1000/, /audit/, /migrations/, /restore/, /dashboards/, /runbooks/, /on-call/) }),
      ],
    ],
    met: ['later'],
  },
  'RUN-04': {
    about: 'six points of a release',
    for: 'K',
    K: [
      ['production/checklists', some({ items: exactly(6) })],
      [
        'production/checklists',
        some({ items: all(/flags/, /migration plan/, /rollback/, /notified/, /alerts/, /incident/) }),
      ],
      ['production/release/checklist', present],
    ],
    met: ['later'],
  },
  'RUN-05': {
    about: 'five points after it',
    for: 'K',
    K: [
      ['production/checklists', some({ items: exactly(5) })],
      [
        'production/checklists',
        some({ items: all(/health/, /error rates/, /SLA/, /feedback/, /post-mortem/) }),
      ],
    ],
    met: ['later'],
  },
  'RUN-06': {
    about: 'four runbooks',
    for: 'P',
    P: [
      [
        'prod/runbooks',
        all(
          { steps: all(/logs/, /Sentry/, /restart/) },
          { steps: all(/CPU|processors/, /slow quer/, /scale up|add replicas/) },
          { steps: all(/restore/, /replay/, /verify/) },
          { steps: all(/secrets/, /access/, /patch|close the hole/, /report/) },
        ),
      ],
    ],
    met: ['later'],
  },
  'RUN-07': {
    about: 'how to restore',
    for: 'TC',
    T: [['prod/runbooks/restore-from-backup', present]],
    C: [['prod/runbooks', some({ steps: some(/restore/i) })]],
    met: ['docs/guide/recovery.md', 'test/e2e/recovery.test.ts', 'src/recovery/whole-path.test.ts'],
  },
  'RUN-08': {
    about: 'seven steps done, two to do',
    for: 'P',
    P: [
      [
        'prod/phases',
        (value) => {
          const done = Object.values(value as Record<string, { done?: boolean; does: readonly string[] }>);
          const open = done.filter((phase) => phase.done === false).map(({ does }) => does.join());
          const isOpen = (what: RegExp) => open.some((does) => what.test(does));
          return done.filter((phase) => phase.done === true).length === 7 &&
            isOpen(/staging/) &&
            isOpen(/launch/)
            ? null
            : 'seven steps done, and staging and launch still to do';
        },
      ],
    ],
    met: ['later'],
  },
  'RUN-09': {
    about: 'documents that are named',
    for: 'TKM',
    K: [['system/documents', members(4)]],
    M: [['system/documents', members(2)]],
    met: ['later'],
  },
  'PHS-01': {
    about: 'a database of its own, a read replica',
    for: 'T',
    T: [['prod/phases', some({ does: all(/dedicated|own/, /read replica/) })]],
    met: ['later'],
  },
  'PHS-02': {
    about: 'workers for each queue, shards by user',
    for: 'T',
    T: [
      ['prod/phases', some({ does: all(/queue/, /shards/) })],
      ['prod/queues', some({ shardBy: present })],
    ],
    met: ['later'],
  },
  'PHS-03': {
    about: 'LISTEN/NOTIFY',
    for: 'T',
    T: [
      ['prod/phases', some({ does: some(/LISTEN\/NOTIFY/) })],
      ['prod/outbox', { by: 'polling', every: 250 }],
    ],
    met: ['later'],
  },
  'PHS-04': {
    about: 'a second region for edge',
    for: 'T',
    T: [['prod/phases', some({ does: all(/region/, /per region/) })]],
    met: ['later'],
  },
  'PHS-05': {
    about: 'Kubernetes, data stays',
    for: 'T',
    T: [['prod/phases', some({ does: some(/Kubernetes/) })]],
    met: ['later'],
  },
  'PHS-06': {
    about: 'from 1000 users on',
    for: 'K',
    K: [
      [
        'production/phases',
        some({ does: all(/region/, /CDN/, /database per region|database.*region/, /queue/) }),
      ],
    ],
    met: ['later'],
  },
  'PHS-07': {
    about: '0 to 100 users: 3 tasks, by hand',
    for: 'P',
    P: [['prod/phases', some({ when: /0.*100/, does: some(/3 tasks/) })]],
    met: ['later'],
  },
  'PHS-08': {
    about: '100 to 1,000: 3 to 10, APM, by itself, Redis',
    for: 'P',
    P: [
      [
        'prod/phases',
        some({ when: /100.*1,000/, does: all(/3.*10/, /APM|application monitoring/, /automat/, /Redis/) }),
      ],
    ],
    met: ['later'],
  },
  'PHS-09': {
    about: '1,000 to 10,000: Kubernetes, regions, CDN, read replicas',
    for: 'P',
    P: [
      [
        'prod/phases',
        some({ when: /1,000.*10,000/, does: all(/Kubernetes/, /region/, /CDN/, /read replicas/) }),
      ],
    ],
    met: ['later'],
  },
  'PHS-10': {
    about: '10,000 and more: Istio, caches in tiers, GPU, dedicated',
    for: 'P',
    P: [['prod/phases', some({ when: /10,000/, does: all(/Istio/, /cache/, /GPU/, /dedicated/) })]],
    met: ['later'],
  },
  'ROL-01': {
    about: 'a person agrees',
    for: 'CPM',
    C: [['prod/release/approval/role', present]],
    P: [['prod/release/approval/role', present]],
    M: [['prod/release/approval/role', 'release manager']],
    met: ['src/core/release/waiting.test.ts'],
  },
  'ROL-02': {
    about: 'every change is recorded',
    for: 'CK',
    C: [['prod/security/audit', true]],
    K: [['production/security', { audit: true, access: some(/CloudTrail/) }]],
    met: ['test/contract/store-journal.ts'],
  },
  'ROL-03': {
    about: 'somebody else read the code',
    for: 'C',
    C: [['prod/checklists', some({ items: some(/review/) })]],
    met: ['later'],
  },
  'ROL-04': {
    about: 'owner, version and history of the document',
    for: 'CM',
    C: [['system/changelog', some({ date: '2026-02-27' })]],
    M: [
      ['system/owner', /morgan-lee/],
      ['system/version', '1.0'],
      ['system/changelog', some({ date: '2025-10-20', version: '1.0' })],
    ],
  },
  'ROL-05': {
    about: 'people on call, a plan for incidents',
    for: 'TK',
    T: [
      ['prod/channels', some({ kind: 'pager' })],
      ['prod/checklists', some({ items: some(/on call/) })],
    ],
    K: [
      ['production/channels', some({ kind: 'pager' })],
      ['production/checklists', some({ items: some(/incident response/) })],
    ],
    met: ['later'],
  },
  'APP-01': {
    about: 'the journal runs',
    for: 'T',
    met: ['systems/trading-journal/journal.test.ts', 'test/e2e/journal.test.ts'],
  },
  'APP-02': {
    about: 'its jobs, events and exports',
    for: 'T',
    T: [['*/services/workers/consumes', ['q_import', 'q_score', 'q_sim', 'q_digest']]],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'APP-03': {
    about: 'customers and tokens',
    for: 'C',
    met: ['systems/customer-service/service.test.ts'],
  },
  'APP-04': {
    about: 'the trading platform',
    for: 'K',
    met: ['systems/kianax/system.test.ts'],
  },
  'APP-05': {
    about: 'the planner',
    for: 'P',
    met: [
      'systems/planner/services/app/planner.test.ts',
      'systems/planner/services/app/engine/simulate.test.ts',
    ],
  },
  'APP-06': {
    about: 'the assistants',
    for: 'M',
    M: [
      ['prod/services/prompt-svc/endpoints', some('POST /api/prompts')],
      [
        'prod/vendors',
        (value) =>
          ['google', 'ghl', 'stripe', 'retell', 'twilio', 'openrouter'].every(
            (name) => name in (value as object),
          )
            ? null
            : 'six vendors',
      ],
    ],
    met: ['systems/maxai/maxai.test.ts'],
  },
  'APP-07': {
    about: 'all five at once',
    for: 'TCKPM',
    met: ['test/systems/systems.test.ts', 'later'],
  },
};
