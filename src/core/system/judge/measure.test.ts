import { describe, expect, test } from 'vitest';
import { readSystem, resolveEnvironment } from '#core/system';
import { found, program } from './found.fixture.ts';

const web = (measure: unknown, more: object = {}) => ({
  services: { web: { ...program, ...more, measure } },
});
const prometheus = (more: object = {}) => ({
  from: 'prometheus',
  url: 'http://127.0.0.1:9090',
  requests: 'sum(jobs_total{revision="{revision}"})',
  failures: 'sum(jobs_failed_total{revision="{revision}"}) or vector(0)',
  ...more,
});
const unfit = 'definition_measure_unfit';

describe('ways of counting that are refused', () => {
  test.each([
    [
      'a worker by the router',
      web('router', { traffic: 'none' }),
      [
        'error',
        unfit,
        'services.web.measure',
        'services.web has no traffic: the router counts nothing of it.',
      ],
    ],
    [
      'requests without failures',
      web({ from: 'metrics', requests: 'a_total' }),
      [
        'error',
        unfit,
        'services.web.measure.requests',
        'services.web.measure says which counters are requests, and not which are failures.',
      ],
    ],
    [
      'failures without requests',
      web({ from: 'metrics', failures: 'a_total' }),
      [
        'error',
        unfit,
        'services.web.measure.failures',
        'services.web.measure says which counters are failures, and not which are requests.',
      ],
    ],
    [
      'a counter that is no selector',
      web({ from: 'metrics', requests: 'rate(a_total[5m])', failures: 'b_total' }),
      [
        'error',
        'definition_bad_unit',
        'services.web.measure.requests',
        expect.stringContaining('services.web.measure.requests'),
      ],
    ],
    [
      'a query of no revision',
      web(prometheus({ requests: 'sum(jobs_total{service="{service}"})' })),
      [
        'error',
        unfit,
        'services.web.measure.requests',
        'services.web.measure.requests does not ask for one revision: the new and the old one would count the same.',
      ],
    ],
    [
      'a placeholder that is none',
      web(prometheus({ requests: 'a{revision="{revision}",env="{environment}"}' })),
      [
        'error',
        unfit,
        'services.web.measure.requests',
        'services.web.measure.requests has a {environment}, which stands for nothing.',
      ],
    ],
    [
      'a rate',
      web(prometheus({ requests: 'sum(rate(a{revision="{revision}"}[1m]))' })),
      [
        'error',
        unfit,
        'services.web.measure.requests',
        'services.web.measure.requests asks for rate(), which is no total.',
      ],
    ],
    [
      'failures that may have no result',
      web(prometheus({ failures: 'a{revision="{revision}",code=~"5.."}' })),
      [
        'warning',
        unfit,
        'services.web.measure.failures',
        'services.web.measure.failures has no result as long as nothing has failed: then the gate is not told that nothing failed.',
      ],
    ],
    [
      'an address with a password',
      web(prometheus({ url: 'http://me:secret@127.0.0.1:9090' })),
      ['error', unfit, 'services.web.measure.url', 'services.web.measure.url carries a user or a password.'],
    ],
    [
      'an address of the API',
      web(prometheus({ url: 'http://127.0.0.1:9090/api/v1/query?query=a' })),
      [
        'error',
        unfit,
        'services.web.measure.url',
        'services.web.measure.url is more than the address of a server.',
      ],
    ],
  ] as const)('%s', (_, system, expected) => {
    expect(found(system)).toEqual([expected]);
  });
});

test.each([
  ['the router', web('router')],
  ['metrics with every default', web('metrics')],
  ['jobs of a worker', web({ from: 'metrics', path: '/m' }, { traffic: 'none' })],
  [
    'own counters',
    web({ from: 'metrics', requests: ['a_total', 'b_total{x="1"}'], failures: 'b_total{x!~"1|2"}' }),
  ],
  ['own latency', web({ from: 'metrics', latency: 'seconds' })],
  ['a server under a path', web(prometheus({ url: 'https://metrics.example.com/prometheus/' }))],
  ['latency of a server', web(prometheus({ latency: 's_bucket{revision="{revision}"}' }))],
] as const)('%s is fine', (_, system) => {
  expect(found(system)).toEqual([]);
});

describe('what is resolved', () => {
  const resolved = (measure: unknown, more: object = {}) => {
    const { system } = readSystem({
      name: 'shop',
      services: { web: { ...program, ...more, ...(measure === undefined ? {} : { measure }) } },
      environments: { dev: { target: 'local' } },
    });
    const environment = system === null ? null : resolveEnvironment(system);
    if (environment?.ok !== true) throw new Error('the definition is wrong');
    return environment.value.services[0]?.measure;
  };
  const none = { traffic: 'none' };

  test('nothing declared: the router counts requests, and nobody counts jobs', () => {
    expect([resolved(undefined), resolved(undefined, none)]).toEqual([{ from: 'router' }, null]);
  });

  test('names of OpenTelemetry, without what Fairway itself asks for', () => {
    const ofUsers = { label: 'http_route', is: '!~', value: '/metrics|/readyz' };
    const status = (is: string) => ({ label: 'http_response_status_code', is, value: '5..' });
    const duration = 'http_server_request_duration_seconds';
    expect(resolved('metrics')).toEqual({
      from: 'metrics',
      path: '/metrics',
      requests: [{ name: `${duration}_count`, matchers: [ofUsers] }],
      failures: [{ name: `${duration}_count`, matchers: [ofUsers, status('=~')] }],
      latency: { name: duration, matchers: [ofUsers, status('!~')] },
    });
    expect(resolved({ from: 'metrics', path: '/m.x?y=1' })).toMatchObject({
      requests: [{ matchers: [{ value: String.raw`/m\.x|/readyz` }] }],
    });
  });

  test('a worker tells finished and failed jobs', () => {
    expect(resolved('metrics', none)).toEqual({
      from: 'metrics',
      path: '/metrics',
      requests: ['jobs_completed_total', 'jobs_failed_total'].map((name) => ({ name, matchers: [] })),
      failures: [{ name: 'jobs_failed_total', matchers: [] }],
      latency: null,
    });
  });

  test('own counters bring no latency that is not declared', () => {
    const own = { from: 'metrics', requests: 'a_total', failures: 'b_total' };
    expect(resolved(own)).toMatchObject({ latency: null });
    expect(resolved({ ...own, latency: 's{x="1"}' })).toMatchObject({
      latency: { name: 's', matchers: [{ label: 'x', is: '=', value: '1' }] },
    });
  });

  test('a server of metrics', () => {
    expect(resolved(prometheus())).toEqual({ ...prometheus(), latency: null });
  });
});
