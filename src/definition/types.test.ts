import { expect, test } from 'vitest';
import { defineSystem } from 'fairway';

test('the types of a definition refuse what the reader refuses', () => {
  const system = defineSystem({
    name: 'shop',
    services: {
      web: {
        folder: 'web',
        command: ['node', 'main.ts'],
        // @ts-expect-error there are four kinds of exposure
        exposure: 'pubic',
      },
      admin: {
        // @ts-expect-error a field that does not exist
        replica: 2,
      },
    },
    // @ts-expect-error a store has a kind
    stores: { db: {} },
    environments: {
      dev: {
        target: 'local',
        services: { web: { replicas: 1, probes: { ready: null } }, admin: null },
        release: { gate: { interval: '1s' } },
      },
      // @ts-expect-error an environment has a target
      prod: { services: { web: { replicas: 3 } } },
      // @ts-expect-error an environment changes what exists only
      odd: { target: 'local', services: { web: { replica: 3 } } },
    },
  });
  expect(system.name).toBe('shop');
});
