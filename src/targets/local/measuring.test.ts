import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Counts } from '#core/gate';
import { readSystem, resolveEnvironment, type Service } from '#core/system';
import { millis } from '#kernel';
import type { Target } from '#ports';
import { startRouter } from '#router';
import {
  allReady,
  context,
  createWorld,
  environment,
  routeTo,
  service,
  systemClock,
  until,
  untilReplicas,
  value,
  worker,
  type World,
} from './testing/world.ts';

/** Counts requests as OpenTelemetry names them, probes and its own page too, and jobs while it is not paused. */
const program = `
import { createServer } from 'node:http';
const { PORT, HOST, FAIRWAY_ROLE } = process.env;
const seen = new Map();
const jobs = { completed: 0, failed: 0 };
let isPaused = FAIRWAY_ROLE !== undefined && FAIRWAY_ROLE !== 'active';
let isSilent = false;
setInterval(() => {
  if (isPaused || FAIRWAY_ROLE === undefined || jobs.completed >= 40) return;
  jobs.completed += 4;
  jobs.failed += 1;
}, 20).unref();
const page = () => [...seen].map(([key, count]) => {
  const [route, status] = key.split(' ');
  const labels = 'http_route="' + route + '",http_response_status_code="' + status + '"';
  const name = 'http_server_request_duration_seconds';
  return name + '_bucket{le="0.1",' + labels + '} ' + count + '\\n' +
    name + '_bucket{le="+Inf",' + labels + '} ' + count + '\\n' + name + '_count{' + labels + '} ' + count + '\\n';
}).join('') + 'jobs_completed_total ' + jobs.completed + '\\njobs_failed_total ' + jobs.failed + '\\n';
createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/crash') process.exit(3);
  if (pathname === '/silent') isSilent = true;
  if (pathname.startsWith('/-/')) isPaused = pathname === '/-/pause';
  const status = pathname === '/bad' ? 500 : 200;
  seen.set(pathname + ' ' + status, (seen.get(pathname + ' ' + status) ?? 0) + 1);
  if (pathname === '/metrics' && isSilent) return;
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(pathname === '/metrics' ? page() : 'ok');
}).listen(Number(PORT), HOST);
process.on('SIGTERM', () => process.exit(0));
`;

let world: World;
const targets: Target[] = [];
beforeEach(async () => {
  world = await createWorld();
  for (const name of ['web', 'worker']) await world.write(`services/${name}/main.mjs`, program);
});
afterEach(async () => {
  for (const target of targets.splice(0)) await target.release();
  value(await world.target({ router: startRouter }).close({ erase: true }, context({ fence: 2 })));
  await world.end();
});

/** As a definition that says measure: "metrics" and nothing more resolves it. */
function metrics(traffic: 'http' | 'none'): NonNullable<Service['measure']> {
  const declared = { folder: '.', command: ['node', 'main.mjs'], traffic, probes: { ready: '/readyz' } };
  const { system } = readSystem({
    name: 'shop',
    services: { web: { ...declared, measure: 'metrics' } },
    environments: { dev: { target: 'local' } },
  });
  if (system === null) throw new Error('the definition is wrong');
  const measure = value(resolveEnvironment(system)).services[0]?.measure ?? null;
  if (measure === null) throw new Error('nothing measures it');
  return measure;
}

const web = service('web', { measure: metrics('http') });

async function serving(specs: readonly Service[], count: number) {
  const target = world.target({ router: startRouter });
  targets.push(target);
  value(await target.open(environment(specs), context()));
  const built = await Promise.all(
    specs.map(async (spec) => {
      const revision = value(await target.build(spec, world.folder, context()));
      value(await target.ensureReplicas({ revision, count }, context()));
      return revision;
    }),
  );
  await untilReplicas(target, allReady(count * specs.length));
  value(await target.setRoute(routeTo(1, ...built.filter(({ spec }) => spec.traffic === 'http')), context()));
  return target;
}

const countsOf = async (target: Target, name: string) =>
  (await target.observe()).router.counts.filter((each) => each.service === name);
const told = (all: readonly Counts[]) => all.map(({ requests, failures }) => [requests, failures]);

const untilTold = async (target: Target, name: string, wanted: readonly number[]) => {
  const hasCome = async () => JSON.stringify(told(await countsOf(target, name))) === JSON.stringify([wanted]);
  await until(hasCome, () => countsOf(target, name));
};

/** So many answers of the program itself: the router's own, while it knows no replica, are none. */
async function ask(target: Target, path: string, times: number): Promise<void> {
  const { addresses } = (await target.observe()).router;
  for (let answers = 0; answers < times; ) {
    const answer = await fetch(`${addresses['web']}${path}`);
    if ((await answer.text()) === 'ok') answers += 1;
    else await systemClock.sleep(millis(20));
  }
}

test('a service that tells its own counts is counted by them alone, and probes are no requests', async () => {
  const target = await serving([web], 2);
  await ask(target, '/a', 12);
  await ask(target, '/bad', 3);
  await untilTold(target, 'web', [15, 3]);
  const [counts] = await countsOf(target, 'web');
  expect(counts?.replicas.map(({ requests }) => requests).reduce((a, b) => a + b, 0)).toBe(15);
  expect(counts?.replicas).toHaveLength(2);
  expect(counts?.buckets.reduce((sum, count) => sum + count, 0)).toBe(12);
  // The router counts such a request; the program never does.
  await systemClock.sleep(millis(1_200));
  expect(told(await countsOf(target, 'web'))).toEqual([[15, 3]]);
});

test('a replica that crashed and came back adds to what it had counted', async () => {
  const target = await serving([web], 1);
  await ask(target, '/a', 10);
  await untilTold(target, 'web', [10, 0]);
  const [before] = (await target.observe()).replicas;
  await fetch(`http://127.0.0.1:${before?.port}/crash`).catch(() => undefined);
  await untilReplicas(target, (all) => all.some(({ crashes, state }) => crashes === 1 && state === 'ready'));
  await ask(target, '/bad', 4);
  await untilTold(target, 'web', [14, 4]);
});

test('a controller that follows counts from where it begins, under an epoch of its own', async () => {
  const target = await serving([web], 1);
  await ask(target, '/bad', 5);
  await untilTold(target, 'web', [5, 5]);
  const [before] = await countsOf(target, 'web');
  await target.release();

  const next = world.target({ router: startRouter });
  targets.push(next);
  value(await next.open(environment([web]), context({ fence: 2 })));
  await untilTold(next, 'web', [0, 0]);
  expect((await countsOf(next, 'web'))[0]?.epoch).not.toBe(before?.epoch);
  await ask(next, '/a', 2);
  await untilTold(next, 'web', [2, 0]);
});

test('jobs of a worker are counted like requests', async () => {
  const spec = worker({ measure: metrics('none') });
  const target = await serving([spec], 1);
  await untilTold(target, 'worker', [0, 0]);
  const revision = String((await target.observe()).replicas[0]?.revision);
  value(await target.consume({ revision, active: 1 }, context()));
  await untilTold(target, 'worker', [50, 10]);
  expect((await countsOf(target, 'worker'))[0]).toMatchObject({ revision, buckets: [] });
});

test('a page that says nothing holds up no observation, and the last reading stands', async () => {
  const target = await serving([web], 1);
  await ask(target, '/a', 3);
  await untilTold(target, 'web', [3, 0]);
  await ask(target, '/silent', 1);
  const took: number[] = [];
  for (let look = 0; look < 12; look += 1) {
    const before = performance.now();
    expect(told(await countsOf(target, 'web'))[0]?.[1]).toBe(0);
    took.push(performance.now() - before);
    await systemClock.sleep(millis(100));
  }
  expect(Math.max(...took)).toBeLessThan(1_500);
  expect(told(await countsOf(target, 'web'))[0]?.[0]).toBeLessThanOrEqual(4);
});
