import { planContract, planRollout } from '#core/plan';
import type { Environment, Job, ReleasePolicy, Service, Strategy, Window } from '#core/system';
import { hours, instant, minutes, percent, seconds } from '#kernel';
import type { Manner, Release, RolloutPlan } from './plan.ts';
import { aPolicy, aService } from './release.fixture.ts';
import { revisionOf } from './revision.ts';

/** What a rollout in a test is made of. Everything that is left out is the plainest thing possible. */
export interface Scenario {
  readonly strategy?: Strategy;
  readonly replicas?: number;
  /** Services: `edge` needs `core`, both with traffic; `workers` takes jobs. */
  readonly services?: readonly ('edge' | 'core' | 'workers')[];
  readonly policy?: Partial<ReleasePolicy>;
  readonly manner?: Manner;
  readonly migrates?: 'compatible' | 'breaking' | null;
  readonly hooks?: boolean;
}

const steps = [
  { weight: percent(10), hold: seconds(20), gate: true },
  { weight: percent(50), hold: seconds(10), gate: true },
];

const long = steps.map((step) => ({ ...step, hold: minutes(20) }));

export const strategies = {
  rolling: { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(0) },
  'rolling without surge': { kind: 'rolling', surge: 0, unavailable: 1, settle: seconds(2) },
  canary: { kind: 'canary', steps, by: 'requests', advance: 'gate' },
  'canary with long holds': { kind: 'canary', steps: long, by: 'requests', advance: 'gate' },
  'canary of replicas': { kind: 'canary', steps, by: 'replicas', advance: 'gate' },
  'canary by hand': { kind: 'canary', steps, by: 'requests', advance: 'person' },
  'blue-green': { kind: 'blue-green', preview: seconds(15), steps: [], advance: 'gate' },
  'blue-green in steps': { kind: 'blue-green', preview: seconds(5), steps, advance: 'gate' },
} as const satisfies Record<string, Strategy>;

export const nightly: Window = {
  name: 'night',
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: 120,
  until: 240,
  zone: 'Asia/Singapore',
};

/** The environment as declared, the release before and the release to come. */
export function aScenario(scenario: Scenario = {}) {
  const { services = ['edge'], strategy = strategies.canary, replicas = 2 } = scenario;
  const specs = services.map((name): Service => {
    const needs = name === 'edge' && services.includes('core') ? ['core'] : [];
    const worker = { traffic: 'none', consumer: { pause: '/pause', resume: '/resume' } } as const;
    return aService(name, { replicas, strategy, needs, ...(name === 'workers' ? worker : {}) });
  });
  const jobs =
    scenario.migrates == null
      ? []
      : (['expand', 'backfill', 'contract'] as const).map((purpose) => aJob(purpose));
  const policy: ReleasePolicy = {
    ...aPolicy,
    ...scenario.policy,
    hooks: scenario.hooks === true ? { before: [aJob('before')], after: [aJob('after')] } : aPolicy.hooks,
    migrations:
      jobs.length === 0
        ? null
        : { jobs, compatible: scenario.migrates === 'compatible', window: null, contractAfter: hours(1) },
  };
  const environment: Environment = {
    system: 'shop',
    name: 'dev',
    target: 'simulated',
    services: specs,
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: policy,
  };
  const release = (number: number, build: string): Release => ({
    number,
    environment: 'dev',
    createdAt: instant(0),
    by: 'ann',
    note: '',
    source: '/shop',
    revisions: specs.map((spec) => revisionOf(spec, build, {})),
    jobs: Object.fromEntries(
      [...policy.hooks.before, ...jobs, ...policy.hooks.after].map((job) => [
        job.name,
        revisionOf(job.service, build, {}),
      ]),
    ),
  });
  return { environment, before: release(1, 'old'), after: release(2, 'new') };
}

export function aPlan(scenario: Scenario = {}): RolloutPlan {
  const { environment, before, after } = aScenario(scenario);
  const { manner = 'declared' } = scenario;
  if (manner === 'contract') return planContract(environment, after, 1);
  const from = manner === 'first' ? null : before;
  return planRollout(environment, after, from, { id: 1, manner, isNew: manner !== 'direct', pauses: true });
}

function aJob(purpose: Job['purpose']): Job {
  const service = aService(`job-${purpose}`, { traffic: 'none', replicas: 0, exposure: 'none' });
  return { name: `job-${purpose}`, purpose, service, timeout: minutes(5), onFailure: 'rollback' };
}
