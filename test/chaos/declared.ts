import { aPolicy, aService } from '#core/release/fixture';
import type { Environment, Job, Strategy } from '#core/system';
import { millis, percent, seconds } from '#kernel';

export type Kind = 'canary' | 'blue-green';

/** How long the previous revisions stay warm. */
export const keepOld = seconds(2);

/** Short holds, so that a release takes seconds. */
const strategies: Readonly<Record<Kind, Strategy>> = {
  canary: {
    kind: 'canary',
    steps: [{ weight: percent(50), hold: seconds(1), gate: true }],
    by: 'requests',
    advance: 'gate',
  },
  'blue-green': { kind: 'blue-green', preview: seconds(1), steps: [], advance: 'gate' },
};

const probe = { path: '/readyz', interval: millis(200), timeout: seconds(2), successes: 1, failures: 3 };

/** A version of the little system: `web` (HTTP, WebSockets), `worker` (jobs), and a hook where it is blue-green. */
export function declared(kind: Kind, version: number, office: string): Environment {
  const env = { OFFICE: office, VERSION: String(version), WS: import.meta.resolve('ws') };
  const shutdown = { drain: seconds(2), websocketDrain: millis(200), grace: seconds(3) };
  const strategy = strategies[kind];
  const make = (name: string, changes: Partial<Parameters<typeof aService>[1]>) =>
    aService(name, { folder: name, command: ['node', 'main.mjs'], env, shutdown, strategy, ...changes });
  const hook: Job = {
    name: 'hook',
    purpose: 'before',
    service: make('hook', { traffic: 'none', exposure: 'none', replicas: 0 }),
    timeout: seconds(20),
    onFailure: 'rollback',
  };
  return {
    system: 'chaos',
    name: 'dev',
    target: 'local',
    services: [
      make('web', { exposure: 'public', probes: { live: null, ready: probe, startup: null } }),
      make('worker', {
        traffic: 'none',
        exposure: 'none',
        consumer: { pause: '/-/pause', resume: '/-/resume' },
      }),
    ],
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: {
      ...aPolicy,
      gate: { ...aPolicy.gate, minimumRequests: 15, interval: millis(300), slowerThan: seconds(2) },
      startDeadline: seconds(30),
      keepOld,
      hooks: { before: kind === 'blue-green' ? [hook] : [], after: [] },
    },
  };
}
