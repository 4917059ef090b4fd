import { describe, expect, test } from 'vitest';
import { pathText, readSystem } from '#core/system';

const program = { folder: 'x', command: ['node', 'main.ts'], probes: { ready: '/readyz' } };

function found(system: object): readonly (readonly [string, string, string, string])[] {
  const { problems } = readSystem({ name: 'shop', environments: { dev: { target: 'local' } }, ...system });
  return problems.map(
    ({ severity, code, path, sentence }) => [severity, code, pathText(path), sentence] as const,
  );
}
const services = (...all: readonly (readonly [string, object])[]) => ({
  services: Object.fromEntries(all.map(([name, change]) => [name, { ...program, ...change }])),
});
const canary = (...steps: readonly object[]) => ({
  ...services(['web', {}]),
  release: { canary: { steps: steps.map((step) => ({ hold: '1m', ...step })) } },
});

describe('parts that do not fit together', () => {
  test.each([
    [
      'a need that names nothing',
      services(['web', { needs: ['databse'] }]),
      [
        'error',
        'definition_unknown_reference',
        'services.web.needs[0]',
        'services.web.needs[0] names "databse", which is not among the services and stores.',
      ],
    ],
    [
      'services in a circle',
      services(['a', { needs: ['b'] }], ['b', { needs: ['c'] }], ['c', { needs: ['a'] }]),
      [
        'error',
        'definition_needs_cycle',
        'services.c.needs[0]',
        'Services need each other in a circle: a → b → c → a.',
      ],
    ],
    [
      'a service that needs itself',
      services(['a', { needs: ['a'] }]),
      ['error', 'definition_needs_cycle', 'services.a.needs[0]', 'services.a needs itself.'],
    ],
    [
      'a port asked for twice',
      services(['a', { port: 80 }], ['b', { port: 80 }]),
      [
        'error',
        'definition_duplicate_port',
        'services.b.port',
        'services.b asks for port 80, which services.a has.',
      ],
    ],
    [
      'a store named like a service',
      { ...services(['a', {}]), stores: { a: { kind: 'redis' } } },
      ['error', 'definition_name_taken', 'stores.a', 'A service has the name "a" too.'],
    ],
    ...['../web', '/etc', 'web/../../x', 'C:/web', 'a\\b', '~/x'].map(
      (folder) =>
        [
          `the folder ${folder}`,
          services(['web', { folder }]),
          [
            'error',
            'definition_path_outside',
            'services.web.folder',
            'services.web.folder leads out of the folder of the system.',
          ],
        ] as const,
    ),
    [
      'an include that leads out',
      services(['web', { include: ['common', 'a/../..'] }]),
      [
        'error',
        'definition_path_outside',
        'services.web.include[1]',
        'services.web.include[1] leads out of the folder of the system.',
      ],
    ],
    [
      'a folder without a command',
      { services: { web: { folder: 'web', probes: { ready: '/' } } } },
      [
        'error',
        'definition_no_program',
        'services.web',
        'services.web does not say what to run: it lacks command.',
      ],
    ],
    [
      'weights that do not rise',
      canary({ weight: '50%' }, { weight: '50%' }),
      [
        'error',
        'definition_weights_not_rising',
        'release.canary.steps[1].weight',
        'release.canary.steps[1].weight is not above the 50% before it.',
      ],
    ],
    [
      'a step without traffic',
      canary({ weight: '0%' }),
      [
        'error',
        'definition_weight_zero',
        'release.canary.steps[0].weight',
        'release.canary.steps[0].weight gives the canary no traffic.',
      ],
    ],
    [
      'steps longer than the release',
      {
        ...canary({ weight: '10%', hold: '30m' }),
        release: { deadline: '20m', canary: { steps: [{ weight: '10%', hold: '30m' }] } },
        acceptLoss: { reason: 'a test' },
      },
      [
        'error',
        'definition_hold_too_long',
        'release.canary.steps',
        'release.canary.steps are held for 30m, but a release may take 20m.',
      ],
    ],
    [
      'a canary nobody describes',
      services(['web', { strategy: 'canary' }]),
      [
        'error',
        'definition_no_steps',
        'services.web.strategy',
        'services.web is released by canary, but release.canary does not say how.',
      ],
    ],
    [
      'a canary without traffic',
      services([
        'web',
        { traffic: 'none', strategy: { kind: 'canary', steps: [{ weight: '10%', hold: '1m' }] } },
      ]),
      [
        'error',
        'definition_strategy_without_traffic',
        'services.web.strategy',
        'services.web has no traffic that a canary release could divide.',
      ],
    ],
    [
      'a rolling update that cannot move',
      services(['web', { replicas: 1, strategy: { kind: 'rolling', surge: 0, unavailable: 0 } }]),
      [
        'error',
        'definition_rolling_stuck',
        'services.web.strategy',
        'services.web can neither add a replica nor do without one while it is released.',
      ],
    ],
    [
      'a gate that asks for a check nobody declares',
      { ...services(['web', {}]), release: { gate: { checks: ['login'] } } },
      [
        'error',
        'definition_unknown_reference',
        'release.gate.checks[0]',
        'release.gate.checks[0] names "login", which is not among the checks.',
      ],
    ],
    [
      'a check that runs too rarely',
      {
        ...services(['web', {}]),
        checks: { up: { kind: 'http', service: 'web', path: '/', p95: '1s', every: '5m' } },
        release: { gate: { checks: ['up'] }, canary: { steps: [{ weight: '10%', hold: '1m' }] } },
      },
      [
        'warning',
        'definition_check_too_rare',
        'checks.up',
        'The gate asks for the check up, which runs every 5m, but a step is held for 1m only.',
      ],
    ],
    [
      'a secret nobody declares',
      { ...services(['web', { secrets: ['KEY'] }]) },
      [
        'error',
        'definition_unknown_reference',
        'services.web.secrets[0]',
        'services.web.secrets[0] names "KEY", which is not among the secrets.',
      ],
    ],
    [
      'a service without a ready probe',
      services(['web', { probes: { live: '/healthz' } }]),
      ['warning', 'definition_no_ready_probe', 'services.web.probes', 'services.web has no ready probe.'],
    ],
    [
      'a probe slower than its pace',
      services(['web', { probes: { ready: { path: '/', interval: '1s', timeout: '2s' } } }]),
      [
        'warning',
        'definition_probe_overlap',
        'services.web.probes.ready',
        'services.web.probes.ready may take 2s, longer than the 1s between two probes.',
      ],
    ],
    [
      'a start that may take longer than a release waits',
      services(['web', { probes: { ready: '/', startup: { path: '/', interval: '10s', failures: 60 } } }]),
      [
        'warning',
        'definition_start_too_short',
        'services.web.probes.startup',
        'services.web.probes.startup allows 10m, but a release waits 2m.',
      ],
    ],
    [
      'an environment with nothing in it',
      {},
      [
        'warning',
        'definition_empty_environment',
        'environments.dev.target',
        'The environment has neither services nor stores.',
      ],
    ],
    [
      'a minimum above the maximum',
      { ...services(['web', {}]), scaling: { web: { min: 3, max: 2 } }, acceptLoss: { reason: 'a test' } },
      [
        'error',
        'definition_scaling_bounds',
        'scaling.web.min',
        'scaling.web has a min of 3 above its max of 2.',
      ],
    ],
    [
      'an accepted loss of a field nobody knows',
      { ...services(['web', {}]), acceptLoss: { reason: 'a test', fields: ['alarms'] } },
      [
        'error',
        'definition_unknown_reference',
        'acceptLoss.fields[0]',
        'acceptLoss.fields[0] names "alarms", which is not among the fields that can be given up.',
      ],
    ],
  ] as const)('%s', (_, system, expected) => {
    expect(found(system).filter(([severity]) => severity !== 'note')).toEqual([expected]);
  });
});

describe('parts that fit together', () => {
  test.each([
    [
      'a diamond of needs',
      services(['a', { needs: ['b', 'c'] }], ['b', { needs: ['d'] }], ['c', { needs: ['d'] }], ['d', {}]),
    ],
    ['a public service without a port', services(['web', { exposure: 'public' }])],
    ['a path that goes up and comes back', services(['web', { folder: 'a/../web' }])],
    ['a canary that ends below the whole', canary({ weight: '10%' }, { weight: '50%' })],
    ['a canary that ends with the whole', canary({ weight: '10%' }, { weight: '100%' })],
    [
      'one replica that may be missing',
      services(['web', { strategy: { kind: 'rolling', surge: 0, unavailable: 1 } }]),
    ],
  ])('%s', (_, system) => {
    expect(found(system)).toEqual([]);
  });
});

test('an overlay is blamed for what it brings in', () => {
  const { problems } = readSystem({
    name: 'shop',
    ...services(['web', { port: 80 }], ['admin', { port: 81 }]),
    environments: { dev: { target: 'local', services: { admin: { port: 80 } } } },
  });
  expect(problems.map(({ code, path }) => [code, pathText(path)])).toEqual([
    ['definition_duplicate_port', 'environments.dev.services.admin.port'],
  ]);
});
