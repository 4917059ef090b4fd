import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Revision } from '#core/release';
import { millis, percent } from '#kernel';
import type { Target } from '#ports';
import { startRouter } from '#router';
import type { RouterPorts } from './ports.ts';
import {
  check,
  context,
  createWorld,
  environment,
  routeTo,
  service,
  untilReplicas,
  value,
  webProgram,
  type World,
} from './testing/world.ts';

let world: World;
const targets: Target[] = [];
beforeEach(async () => {
  world = await createWorld();
  await world.write('services/web/main.mjs', webProgram);
});
afterEach(async () => {
  for (const target of targets.splice(0)) await target.release();
  value(await world.target({ router: startRouter }).close({ erase: true }, context()));
  await world.end();
});

const web = service('web');
const declared = environment([web, service('worker', { traffic: 'none' })]);

/** With the real router. */
async function opened(): Promise<Target> {
  const target = world.target({ router: startRouter });
  targets.push(target);
  value(await target.open(declared, context()));
  return target;
}

async function ready(target: Target, change: string): Promise<Revision> {
  await world.write('services/web/change.txt', change);
  const revision = value(await target.build(web, world.folder, context()));
  value(await target.ensureReplicas({ revision, count: 1 }, context()));
  await untilReplicas(target, (all) =>
    all.some((replica) => replica.revision === revision.id && replica.state === 'ready'),
  );
  return revision;
}

const split = (version: number, stable: Revision, canary: Revision, weight: number) => ({
  version,
  routes: [
    {
      service: 'web',
      arms: [
        { revision: stable.id, role: 'stable' as const, weight: percent(100 - weight) },
        { revision: canary.id, role: 'canary' as const, weight: percent(weight) },
      ],
    },
  ],
});

test('a canary has an address of its own, and what comes by it, or from a check, is no evidence', async () => {
  const target = await opened();
  const [stable, canary] = [await ready(target, 'one'), await ready(target, 'two')];
  value(await target.setRoute(split(1, stable, canary, 0), context()));
  const { addresses, previews } = (await target.observe()).router;
  const preview = String(previews['web']);
  expect(Object.keys(previews)).toEqual(['web']);
  for (let ask = 0; ask < 10; ask += 1) {
    expect(await (await fetch(preview)).json()).toMatchObject({ revision: canary.id });
    expect(await (await fetch(String(addresses['web']))).json()).toMatchObject({ revision: stable.id });
  }
  const sample = { kind: 'http', service: 'web', path: '/', samples: 20, p95: millis(10_000) } as const;
  const measured = await target.runTask(
    { kind: 'check', check: check('latency', sample), arm: 'canary' },
    context(),
  );
  expect(value(measured).exitCode).toBe(0);
  const requests = (await target.observe()).router.counts.map((count) => [count.revision, count.requests]);
  expect(Object.fromEntries(requests)).toEqual({ [stable.id]: 10, [canary.id]: 0 });

  value(await target.setRoute(routeTo(2, canary), context()));
  expect((await target.observe()).router.previews).toEqual({});
  const answer = await fetch(preview);
  expect([answer.status, await answer.text()]).toEqual([
    404,
    'the service web has no revision to preview now\n',
  ]);
});

test("a check of one's own that says nothing of an arm meets the canary that it is to judge", async () => {
  const target = await opened();
  const [stable, canary] = [await ready(target, 'one'), await ready(target, 'two')];
  await world.write(
    'checks/look.mjs',
    `const { revision } = await (await fetch(process.env.WEB_URL)).json();
     console.log(JSON.stringify({ ok: true, detail: revision }));`,
  );
  const run = { kind: 'command', folder: 'checks', include: [], command: ['node', 'look.mjs'] } as const;
  const met = async (arm: 'stable' | 'canary') =>
    value(
      await target.runTask({ kind: 'check', check: check('look', run, { needs: ['web'] }), arm }, context()),
    ).output;
  value(await target.setRoute(split(1, stable, canary, 0), context()));
  expect(await met('canary')).toContain(canary.id);
  expect(await met('stable')).toContain(stable.id);
  value(await target.setRoute(routeTo(2, canary), context()));
  expect(await met('canary')).toContain(canary.id); // all traffic is on it: there is no other address
});

const portsFile = '.fairway/dev/ports.json';
const portsNow = async () => JSON.parse(await world.read(portsFile)) as RouterPorts;

test('its port is kept, unless somebody else took it while nothing ran', async () => {
  const before = await portsNow().catch(() => null);
  expect(before).toBeNull();
  await (await opened()).release();
  const { previews } = await portsNow();
  expect(Object.keys(previews)).toEqual(['web']);
  await (await opened()).release();
  expect((await portsNow()).previews).toEqual(previews);

  const thief = createServer();
  await new Promise<void>((resolve) => thief.listen(previews['web'], '127.0.0.1', resolve));
  await (await opened()).release();
  thief.close();
  expect((await portsNow()).previews['web']).not.toBe(previews['web']);
});

test('a file of before there were previews is read, and the ports in it stay', async () => {
  await (await opened()).release();
  const { previews: _none, ...older } = await portsNow();
  await world.write(portsFile, JSON.stringify(older));
  await (await opened()).release();
  const { ports, previews } = await portsNow();
  expect(ports).toEqual(older.ports);
  expect(previews['web']).toBeGreaterThan(0);
});
