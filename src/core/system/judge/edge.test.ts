import { describe, expect, test } from 'vitest';
import { readSystem, resolveEnvironment } from '#core/system';
import { found } from './found.fixture.ts';

const program = { folder: 'x', command: ['node', 'main.ts'], probes: { ready: '/readyz' } };
const services = {
  web: { ...program, exposure: 'public' },
  core: { ...program, port: 9_000 },
  worker: { ...program, traffic: 'none' },
};
const secure = { port: 8443 };
const files = { certificates: [{ certificate: 'a.pem', key: 'a.key' }] };
const hosts = { 'app.example.com': { '/': 'web' } };
const judged = (edge: object) =>
  found({ services, edge: { listen: [secure], hosts, ...files, ...edge } }).map(([severity, code, path]) => [
    severity,
    code.replace('definition_', ''),
    path,
  ]);

describe('an edge', () => {
  test.each<[string, object, readonly (readonly string[])[]]>([
    ['on loopback with a certificate', {}, []],
    [
      'with a service that is not there',
      { hosts: { 'a.test': { '/': 'wab' } } },
      [['error', 'unknown_reference', 'edge.hosts["a.test"]["/"]']],
    ],
    [
      'with a private service',
      { hosts: { 'a.test': { '/': 'core' } } },
      [['error', 'edge_exposure', 'edge.hosts["a.test"]["/"]']],
    ],
    [
      'with a service without traffic',
      { hosts: { 'a.test': { '/': 'worker' } } },
      [['error', 'edge_hosts', 'edge.hosts["a.test"]["/"]']],
    ],
    ['that serves nothing', { hosts: {} }, [['error', 'edge_hosts', 'edge.hosts']]],
    [
      'with one path twice',
      { hosts: { 'a.test': { '/api': 'web', '/api/': 'web' } } },
      [['error', 'edge_hosts', 'edge.hosts["a.test"]["/api/"]']],
    ],
    [
      'with a path for shells',
      { hosts: { 'a.test': { '/api/*': 'web' } } },
      [['error', 'edge_hosts', 'edge.hosts["a.test"]["/api/*"]']],
    ],
    [
      'with a star and a name of it, which do not overlap',
      { hosts: { '*.a.test': { '/': 'web' }, 'x.a.test': { '/': 'web' }, '*': { '/': 'web' } } },
      [],
    ],
    [
      'in public without TLS',
      { listen: [{ address: '0.0.0.0', port: 80, tls: 'none' }] },
      [['error', 'edge_plain', 'edge.listen[0].tls']],
    ],
    [
      'in public that sends everybody to TLS',
      {
        listen: [
          { address: '0.0.0.0', port: 80, tls: 'none' },
          { address: '0.0.0.0', port: 443 },
        ],
      },
      [],
    ],
    [
      'in public that sends nobody to TLS',
      {
        listen: [
          { address: '::', port: 80, tls: 'none' },
          { address: '::', port: 443 },
        ],
        redirectToHttps: false,
      },
      [['error', 'edge_plain', 'edge.listen[0].tls']],
    ],
    ['twice on one port', { listen: [secure, secure] }, [['error', 'edge_listen', 'edge.listen[1].port']]],
    [
      'on the port of a service',
      { listen: [{ port: 9_000 }] },
      [['error', 'edge_listen', 'edge.listen[0].port']],
    ],
    ['without a certificate', { certificates: [] }, [['error', 'edge_certificates', 'edge.listen[0].tls']]],
    [
      'whose authority has no address to write to',
      {
        listen: [
          { port: 8443, tls: 'acme' },
          { port: 8080, tls: 'none' },
        ],
        certificates: [],
        acme: {},
      },
      [['error', 'edge_acme', 'edge.acme']],
    ],
    [
      'whose authority could ask nobody',
      { listen: [{ port: 8443, tls: 'acme' }], certificates: [], acme: { email: 'ops@a.test' } },
      [['error', 'edge_acme', 'edge.listen[0].tls']],
    ],
    [
      'whose authority would have to know any name',
      {
        listen: [
          { port: 8443, tls: 'acme' },
          { port: 8080, tls: 'none' },
        ],
        hosts: { '*.a.test': { '/': 'web' } },
        certificates: [],
        acme: { email: 'ops@a.test' },
      },
      [['error', 'edge_acme', 'edge.hosts["*.a.test"]']],
    ],
    ['that believes everybody', { trusted: ['0.0.0.0/0'] }, [['error', 'edge_guards', 'edge.trusted[0]']]],
    ['that lets nobody in', { deny: ['::/0'] }, [['error', 'edge_guards', 'edge.deny[0]']]],
    [
      'that shuts out whom it lets in',
      { allow: ['10.0.0.0/8'], deny: ['10.0.0.0/8'] },
      [['error', 'edge_guards', 'edge.deny[0]']],
    ],
    [
      'that would be built in for a month',
      { hsts: { lifetime: '30d', preload: true } },
      [['error', 'edge_guards', 'edge.hsts']],
    ],
    [
      'with exceptions of nothing',
      { csrfExcept: ['/hooks'] },
      [['warning', 'edge_guards', 'edge.csrfExcept']],
    ],
    [
      'that counts users it cannot know',
      { rateLimits: { user: { per: 'user', requests: 60 } } },
      [['error', 'edge_limits', 'edge.rateLimits.user.per']],
    ],
    [
      'that counts users only',
      { rateLimits: { user: { per: 'user', requests: 60 } }, user: { from: 'token' } },
      [['warning', 'edge_limits', 'edge.rateLimits.user.per']],
    ],
    [
      'whose users are in a cookie without a name',
      { user: { from: 'cookie' } },
      [['error', 'edge_limits', 'edge.user']],
    ],
    ['with an address that is none', { deny: ['10.0.0.256'] }, [['error', 'bad_value', 'edge.deny[0]']]],
    ['with a network that is none', { deny: ['10.0.0.0/33'] }, [['error', 'bad_value', 'edge.deny[0]']]],
    [
      'with a name instead of an address',
      { listen: [{ address: 'localhost', port: 1 }] },
      [['error', 'bad_value', 'edge.listen[0].address']],
    ],
  ])('%s', (_, edge, expected) => {
    expect(judged(edge)).toEqual(expected);
  });

  test('says what to do about each', () => {
    const { problems } = readSystem({
      name: 'shop',
      services,
      edge: { listen: [{ port: 1 }], hosts: { 'a.test': { '/': 'core' } } },
      environments: { dev: { target: 'local' } },
    });
    const own = problems.filter(({ code }) => code.startsWith('definition_edge'));
    expect(own.map(({ sentence, hint }) => [sentence, hint])).toEqual([
      [
        'edge.hosts["a.test"]["/"] makes "core" public, whose exposure is "private".',
        'write exposure: "public" at services.core if that is meant',
      ],
      [
        'edge.listen[0] speaks TLS, but there is no certificate.',
        'write certificates: [{ certificate: "tls/app.pem", key: "tls/app.key" }], or tls: "acme"',
      ],
    ]);
  });
});

test('what is left out gets a sensible value', () => {
  const { system } = readSystem({
    name: 'shop',
    services,
    edge: {
      listen: [secure],
      hosts,
      ...files,
      headers: { 'X-Frame-Options': false, 'content-security-policy': "default-src 'self'" },
      rateLimits: { 'per-ip': { requests: 60 } },
    },
    environments: { dev: { target: 'local' }, calm: { target: 'local', edge: null } },
  });
  if (system === null) throw new Error('no system');
  const dev = resolveEnvironment(system, 'dev');
  const calm = resolveEnvironment(system, 'calm');
  if (!dev.ok || !calm.ok) throw new Error('no environment');
  expect(calm.value.edge).toBeNull();
  expect(dev.value.edge).toMatchObject({
    listen: [{ address: '127.0.0.1', port: 8443, tls: 'files' }],
    minimumTls: '1.2',
    redirectToHttps: true,
    hsts: { lifetime: 31_536_000_000, subdomains: false, preload: false },
    headers: [
      ['x-content-type-options', 'nosniff'],
      ['referrer-policy', 'strict-origin-when-cross-origin'],
      ['permissions-policy', 'camera=(), geolocation=(), microphone=()'],
      ['content-security-policy', "default-src 'self'"],
    ],
    rateLimits: [{ name: 'per-ip', per: 'ip', requests: 60, every: 60_000, burst: 60, paths: [] }],
    maintenance: { on: false, file: null },
    accessLog: { file: null, keep: 5, query: false },
    limits: { body: 10_000_000 },
  });
});
