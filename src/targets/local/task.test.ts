import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Check, Environment } from '#core/system';
import { millis, seconds } from '#kernel';
import type { Target } from '#ports';
import {
  allReady,
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
beforeEach(async () => {
  world = await createWorld();
  await world.write('services/web/main.mjs', webProgram);
});
afterEach(() => world.end());

const web = service('web');

async function opened(more: Partial<Environment> = {}): Promise<Target> {
  const target = world.target();
  value(await target.open(environment([web], more), context()));
  const revision = value(await target.build(web, world.folder, context()));
  value(await target.ensureReplicas({ revision, count: 1 }, context()));
  await untilReplicas(target, allReady(1));
  value(await target.setRoute(routeTo(1, revision), context()));
  return target;
}

const command = (program: string): Promise<Check['run']> =>
  world
    .write('checks/login/check.mjs', program)
    .then(() => ({ kind: 'command', folder: 'checks/login', include: [], command: ['node', 'check.mjs'] }));

describe('a check that is a program', () => {
  test('reaches what it needs, knows its arm, and its secrets are masked', async () => {
    const target = await opened({ secrets: [{ name: 'LOGIN_KEY', generateBytes: 16 }] });
    const run = await command(`
      const answer = await fetch(process.env.WEB_URL);
      console.log(JSON.stringify({ ok: answer.ok, arm: process.env.FAIRWAY_ARM, key: process.env.LOGIN_KEY }));
      console.log(Object.keys(process.env).sort().join());
      process.exitCode = 4;
    `);
    const login = check('login', run, { needs: ['web'], secrets: ['LOGIN_KEY'] });
    const outcome = value(await target.runTask({ kind: 'check', check: login, arm: 'canary' }, context()));
    expect(outcome.exitCode).toBe(4);
    expect(outcome.output.split('\n')).toEqual([
      '{"ok":true,"arm":"canary","key":"***"}',
      'FAIRWAY_ARM,FAIRWAY_CHECK,FAIRWAY_ENVIRONMENT,FAIRWAY_PLACE,FAIRWAY_SYSTEM,HOME,LOGIN_KEY,PATH,WEB_URL',
      '',
    ]);
  });

  test('is run once for one effect', async () => {
    const target = await opened();
    const run = await command(
      `import { appendFileSync } from 'node:fs'; appendFileSync(process.env.HOME + '/runs', 'x')`,
    );
    const once = context();
    const ask = { kind: 'check', check: check('login', run), arm: 'stable' } as const;
    const [first] = await Promise.all([target.runTask(ask, once), target.runTask(ask, once)]);
    expect(await target.runTask(ask, once)).toEqual(first);
    expect(await world.read('runs')).toBe('x');
    value(await target.runTask(ask, context()));
    expect(await world.read('runs')).toBe('xx');
  });

  test('that takes too long is killed and says so', async () => {
    const target = await opened();
    const run = await command(`console.log('begins'); setInterval(() => {}, 1000)`);
    const slow = check('slow', run, { timeout: millis(500) });
    const outcome = value(await target.runTask({ kind: 'check', check: slow, arm: 'stable' }, context()));
    expect(outcome.exitCode).toBe(124);
    expect(outcome.output).toContain('killed: it did not end within 500 ms');
  });

  test('that nobody waits for any more is ended', async () => {
    const target = await opened();
    const run = await command('setInterval(() => {}, 1000)');
    const stop = new AbortController();
    const running = target.runTask(
      { kind: 'check', check: check('slow', run), arm: 'stable' },
      context({ signal: stop.signal }),
    );
    stop.abort();
    expect(await running).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });
});

describe('a check that samples a service', () => {
  const sample = (path: string, p95: number) =>
    check(
      'latency',
      { kind: 'http', service: 'web', path, samples: 20, p95: millis(p95) },
      { timeout: seconds(15) },
    );
  const lineOf = (output: string) => JSON.parse(output) as Record<string, unknown>;

  test('is green with its value when it is fast enough', async () => {
    const target = await opened();
    const outcome = value(
      await target.runTask({ kind: 'check', check: sample('/', 10_000), arm: 'stable' }, context()),
    );
    expect(outcome.exitCode).toBe(0);
    expect(lineOf(outcome.output)).toMatchObject({
      ok: true,
      limit: 10_000,
      unit: 'ms',
      detail: '20 of 20 requests answered',
    });
    expect(lineOf(outcome.output)['value']).toBeTypeOf('number');
  });

  test('is red when it is too slow', async () => {
    const target = await opened();
    const slow = check('slow', { kind: 'http', service: 'web', path: '/slow', samples: 1, p95: millis(200) });
    const outcome = value(await target.runTask({ kind: 'check', check: slow, arm: 'stable' }, context()));
    expect(outcome.exitCode).toBe(1);
    expect(Number(lineOf(outcome.output)['value'])).toBeGreaterThan(200);
  });

  test('is red when a request fails', async () => {
    await world.write(
      'services/web/main.mjs',
      webProgram.replace(
        "'/slow'",
        "'/gone') return response.writeHead(500).end();\n  if (pathname === '/slow'",
      ),
    );
    const target = await opened();
    const outcome = value(
      await target.runTask({ kind: 'check', check: sample('/gone', 10_000), arm: 'stable' }, context()),
    );
    expect(outcome.exitCode).toBe(1);
    expect(lineOf(outcome.output)).toMatchObject({
      ok: false,
      value: null,
      detail: '0 of 20 requests answered, 20 failed, the last with: GET /gone answered 500',
    });
  });

  test('of a service without a route cannot be run', async () => {
    const target = await opened();
    const none = check('none', { kind: 'http', service: 'ghost', path: '/', samples: 1, p95: millis(1) });
    const outcome = await target.runTask({ kind: 'check', check: none, arm: 'stable' }, context());
    expect(outcome).toMatchObject({ ok: false, error: { code: 'service_has_no_route' } });
  });
});
