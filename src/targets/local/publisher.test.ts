import { expect, test } from 'vitest';
import { fail, ok } from '#kernel';
import type { RouterTable } from '#router';
import { createPublisher } from './publisher.ts';
import type { RouterClient } from './router-client.ts';
import { systemClock, until } from './testing/world.ts';

/** Orders tables as the router's contract says, and does nothing else. */
function counter(present = { version: 0, generation: 0 }): RouterClient & { readonly tables: RouterTable[] } {
  const tables: RouterTable[] = [];
  return {
    tables,
    state: async () => ok({ epoch: 'one', ...present, counts: [], open: [] }),
    async setTable(table) {
      const { version, generation } = present;
      if (table.version < version || (table.version === version && table.generation <= generation))
        return fail('router_table_old');
      present = { version: table.version, generation: table.generation };
      tables.push(table);
      return ok(present);
    },
    drain: async () => ok({ cut: 0 }),
    stop: async () => ok(null),
    isRunning: () => true,
  };
}

const route = (port: number) => ({ service: 'web', port, preview: null, affinity: null, arms: [] });

function publishTo(start: RouterClient | null) {
  const world = {
    router: start,
    wanted: { version: 1, routes: [route(1)] } as Omit<RouterTable, 'generation'> | null,
  };
  const publisher = createPublisher({
    clock: systemClock,
    router: () => world.router,
    wanted: () => world.wanted,
  });
  return { world, publisher };
}

test('the same table is pushed once, and several asks share a push', async () => {
  const router = counter();
  const { world, publisher } = publishTo(router);
  await Promise.all([publisher.publish(), publisher.publish(), publisher.publish()]);
  await publisher.publish();
  expect(router.tables).toHaveLength(1);
  world.wanted = { version: 1, routes: [route(2)] };
  await publisher.publish();
  expect(router.tables.map(({ generation }) => generation)).toEqual([1, 2]);
  expect(publisher.acknowledged()).toBe(1);
});

test('generations go on where a controller before us stopped', async () => {
  const router = counter({ version: 1, generation: 7 });
  const { publisher } = publishTo(router);
  expect(await publisher.publish()).toEqual({ ok: true, value: null });
  expect(router.tables.map(({ generation }) => generation)).toEqual([8]);
});

test('a router that has a newer version is left alone', async () => {
  const router = counter({ version: 9, generation: 1 });
  const { publisher } = publishTo(router);
  expect(await publisher.publish()).toEqual({
    ok: false,
    error: { code: 'route_stale', facts: { version: 1, present: 9 } },
  });
  expect(router.tables).toEqual([]);
});

test('a push in the background is repeated until there is a router', async () => {
  const { world, publisher } = publishTo(null);
  expect(await publisher.publish()).toMatchObject({ ok: false, error: { code: 'router_absent' } });
  publisher.nudge();
  const router = counter();
  world.router = router;
  await until(() => router.tables.length === 1);
  await publisher.stop();
  world.wanted = { version: 2, routes: [] };
  publisher.nudge();
  await publisher.publish();
  expect(router.tables).toHaveLength(1);
});

test('a router that began anew gets its table again', async () => {
  const { world, publisher } = publishTo(counter());
  await publisher.publish();
  const next = counter();
  world.router = next;
  expect(publisher.acknowledged()).toBe(0);
  await publisher.publish();
  expect(next.tables).toHaveLength(1);
});

test('a change during a push is pushed after it', async () => {
  const slow = counter();
  const { world, publisher } = publishTo({
    ...slow,
    async setTable(table) {
      const done = await slow.setTable(table);
      if (slow.tables.length === 1) {
        world.wanted = { version: 1, routes: [route(2)] };
        publisher.nudge();
      }
      return done;
    },
  });
  publisher.nudge();
  await until(() => slow.tables.length === 2);
  expect(slow.tables.at(-1)?.routes).toEqual([route(2)]);
  await publisher.stop();
});
