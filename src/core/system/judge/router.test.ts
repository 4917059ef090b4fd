import { expect, test } from 'vitest';
import { found } from './found.fixture.ts';

const environment = (more: object) => ({ environments: { dev: { target: 'local', ...more } } });
const edge = { listen: [{ port: 8443, tls: 'none' }], hosts: { 'app.test': { '/': 'web' } } };

test.each([
  ['an edge', { edge }, 'HAProxy routes between services here; it has no edge.'],
  ['more threads', { routerWorkers: 2 }, 'HAProxy runs on one thread here: its splits are exact then.'],
])('HAProxy with %s is refused', (_, more, sentence) => {
  expect(found(environment({ router: 'haproxy', ...more }))).toContainEqual([
    'error',
    'definition_router_unfit',
    'environments.dev.router',
    sentence,
  ]);
});

test.each([
  ['HAProxy alone', { router: 'haproxy', routerWorkers: 1 }],
  ['our own router on two threads', { routerWorkers: 2 }],
])('%s is let through', (_, more) => {
  const codes = found(environment(more)).map(([, code]) => code);
  expect(codes).not.toContain('definition_router_unfit');
});
