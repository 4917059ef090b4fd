import { describe, expect, it } from 'vitest';
import type { Service } from '#core/system';
import { bytes, seconds } from '#kernel';
import { aService } from './release.fixture.ts';
import { revisionOf } from './revision.ts';

const edge = aService('edge');
const id = (changes: Partial<Service> = {}, build = 'b1', secrets: Readonly<Record<string, string>> = {}) =>
  revisionOf({ ...edge, ...changes }, build, secrets).id;

describe('a revision', () => {
  it('is named by its service and twelve digits of its content', () => {
    expect(id()).toMatch(/^edge-[0-9a-f]{12}$/);
    const revision = revisionOf(edge, 'b1', { KEY: '0123456789ab' });
    expect(revision).toMatchObject({ service: 'edge', build: 'b1', spec: edge });
    expect(revision.secretVersions).toEqual({ KEY: '0123456789ab' });
    expect(revision.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(revision.id).toBe(`edge-${revision.digest.slice(0, 12)}`);
  });

  it('is the same for the same content, whatever the order of names', () => {
    expect(id({ env: { A: '1', B: '2' } })).toBe(id({ env: { B: '2', A: '1' } }));
  });

  it.each<[string, string]>([
    ['build', id({}, 'b2')],
    ['command', id({ command: ['node', 'other.ts'] })],
    ['environment', id({ env: { A: '1' } })],
    ['resources', id({ resources: { memory: bytes(1_000), cpu: null } })],
    ['probes', id({ probes: { live: '/healthz', ready: null, startup: null } as never })],
    ['shutdown', id({ shutdown: { ...edge.shutdown, grace: seconds(9) } })],
    ['version of a secret', id({}, 'b1', { KEY: '0123456789ab' })],
  ])('is another one with another %s', (_, other) => expect(other).not.toBe(id()));

  it('is the same where only the way to it differs: a running replica cannot notice', () => {
    expect(id({ replicas: 9, needs: ['core'] })).toBe(id());
  });
});
