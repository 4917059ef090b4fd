import { all, exactly, present, said, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

/** Traffic and network. */
export const network: Table = {
  'NET-01': {
    about: 'TLS ends at the entry; no plain HTTP',
    for: 'TCKM',
    T: [['prod/network/tls', present]],
    C: [['prod/network/tls/scope', 'everywhere']],
    K: [['production/network', { tls: present, balancer: /ALB/ }]],
    M: [['prod/network', { tls: present, balancer: present }]],
    met: ['src/router/front', 'later'],
  },
  'NET-02': {
    about: 'TLS 1.3',
    for: 'KPM',
    K: [['production/network/tls', { minimum: '1.3', scope: 'everywhere' }]],
    P: [['prod/network/tls', { minimum: '1.3', hsts: true }]],
    M: [['prod/network/tls', { minimum: '1.3', scope: 'edge' }]],
    met: ['src/router/front'],
  },
  'NET-03': {
    about: 'certificates renew themselves',
    for: 'TPM',
    T: [['prod/network/tls/certificates', present]],
    P: [['prod/network/tls/certificates', /Let's Encrypt/]],
    M: [['prod/network/tls/certificates', /Let's Encrypt/]],
    met: ['src/edge/certificates'],
  },
  'NET-04': {
    about: 'HTTP/2, HTTP/3, WebSockets',
    for: 'T',
    T: [['prod/network/cdn', { http3: true, websockets: true }]],
    met: ['src/router/websocket.test.ts', 'src/router/front'],
  },
  'NET-05': {
    about: 'callers stay where they are',
    for: 'TKM',
    T: [['prod/services/edge/affinity/cookie', present]],
    K: [['production/services/api-gateway/affinity/cookie', present]],
    M: [['prod/services/api-gateway/affinity/cookie', present]],
    met: ['src/router/split.test.ts'],
  },
  'NET-06': {
    about: 'app.example.com, api.internal, ai.internal',
    for: 'T',
    T: [
      ['prod/services/edge/domains', some('app.example.com')],
      ['prod/services/core/domains', some('api.internal')],
      ['prod/services/ai/domains', some('ai.internal')],
    ],
  },
  'NET-07': {
    about: 'hosts of maxai.io',
    for: 'M',
    M: [
      ['prod/domains', all('app.maxai.io', 'admin.maxai.io', 'api.maxai.io')],
      ['prod/services/api-gateway/domains', some('api.maxai.io')],
      ['prod/services/admin-web/domains', some('admin.maxai.io')],
      ['staging/domains', some('staging.maxai.io')],
    ],
  },
  'NET-08': {
    about: 'paths to services',
    for: 'M',
    M: [
      ['prod/services/portal-web/routes', some(/^\/\*?$/)],
      ['prod/services/admin-web/routes', some(/^\/admin/)],
      ['prod/services/api-gateway/routes', some('/api/*')],
      ['prod/services/webhook-ingress/routes', some('/webhooks/*')],
    ],
    met: ['src/router/table.test.ts'],
  },
  'NET-09': {
    about: 'only the entry is public',
    for: 'TCKPM',
    T: [['prod/services', publicAre('edge')]],
    C: [['prod/network/isolation', some(/private subnets/)]],
    K: [['production/network/isolation', some(/private subnets/)]],
    P: [['prod/services', publicAre('app')]],
    M: [['prod/services', publicAre('admin-web', 'api-gateway', 'portal-web', 'webhook-ingress')]],
    met: ['src/targets/local'],
  },
  'NET-10': {
    about: 'mTLS or private inside; optional for M',
    for: 'TM',
    T: [
      ['prod/network/tls/mutual', 'required'],
      ['prod/services/edge/calls/core', 'mtls'],
    ],
    M: [['prod/network/tls/mutual', 'optional']],
    met: ['later'],
  },
  'NET-11': {
    about: 'a firewall for web requests in front',
    for: 'TK',
    T: [['prod/network/cdn/firewall', true]],
    K: [['production/services/api-gateway/protection', { firewall: true, rateLimits: present }]],
    met: ['src/edge/guards.test.ts', 'later'],
  },
  'NET-12': {
    about: 'the origin admits the addresses of the CDN only',
    for: 'T',
    T: [['prod/network/allow', some({ from: /CDN/i, to: 'edge' })]],
    met: ['src/edge/guards.test.ts'],
  },
  'NET-13': {
    about: '8501 from the balancer, 6379 and 5432 from the program',
    for: 'P',
    P: [
      ['prod/network/deny', 'rest'],
      [
        'prod/network/allow',
        all(
          { from: 'balancer', via: 8501, to: 'app' },
          { from: 'app', via: 6379, to: 'redis' },
          { from: 'app', via: 5432, to: 'postgres' },
        ),
      ],
      ['prod/network/allow', exactly(4)], // and the archive of the audit log
    ],
    met: ['later'],
  },
  'NET-14': {
    about: 'only 443 is public; data on private addresses',
    for: 'KM',
    K: [['production/network/isolation', some(/VPC peering/)]],
    M: [
      ['prod/network/isolation', some(/VPC peering/)],
      ['prod/network/allow', some({ from: 'internet', via: 443 })],
    ],
    met: ['later'],
  },
  'NET-15': {
    about: 'network policies; namespaces kept apart',
    for: 'KM',
    K: [['production/network/isolation', some(/network polic/i)]],
    M: [['prod/network', { deny: 'rest', allow: some({ from: 'prod-api', to: 'prod-services' }) }]],
    met: ['later'],
  },
  'NET-16': {
    about: 'only approved outside hosts are called',
    for: 'M',
    M: [['prod/vendors', (value) => (hostsOf(value) >= 6 ? null : 'hosts of the six vendors')]],
    met: ['later'],
  },
  'NET-17': {
    about: 'n8n by VPN only',
    for: 'M',
    M: [['*/services/n8n/exposure', 'vpn']],
    met: ['later'],
  },
  'NET-18': {
    about: 'a mesh is optional',
    for: 'CPM',
    C: [['prod/decisions', said(/mesh/)]],
    P: [['prod/phases', some({ does: some(/Istio/) })]],
    M: [['prod/network/tls/mutual', 'optional']],
  },
  'NET-19': {
    about: 'all healthy instances, and only those',
    for: 'CM',
    C: [['prod/services/customer-service/probes/ready', present]],
    M: [['prod/services/api-gateway/probes/live/path', '/health']],
    met: ['src/router/choose.ts', 'test/contract/target.ts'],
  },
  'NET-20': {
    about: 'names live shortly, the canary is warm',
    for: 'T',
    T: [['prod/network/dnsLifetime', time('60s')]],
    met: ['src/core/release/routing.test.ts', 'later'],
  },
};

function publicAre(...names: readonly string[]) {
  return (value: unknown) => {
    const found = Object.entries(value as Record<string, { exposure?: string }>)
      .filter(([, { exposure }]) => exposure === 'public')
      .map(([name]) => name)
      .toSorted();
    return found.join() === names.join() ? null : `${names.join(', ')} and no other to be public`;
  };
}

function hostsOf(value: unknown): number {
  return Object.values((value ?? {}) as Record<string, { hosts?: readonly string[] }>).filter(
    ({ hosts }) => (hosts ?? []).length > 0,
  ).length;
}
