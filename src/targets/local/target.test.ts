import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServer } from 'node:net';
import type { Environment, Service } from '#core/system';
import { mebibytes, millis } from '#kernel';
import type { Target } from '#ports';
import { freePort, identify, isRunning } from '#process';
import {
  allReady,
  context,
  createWorld,
  environment,
  probe,
  routeTo,
  service,
  until,
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

async function openWith(
  services: readonly Service[],
  more: Partial<Environment> = {},
  from = world.target(),
) {
  value(await from.open(environment(services, more), context()));
  return from;
}

async function start(target: Target, spec: Service, count = 1) {
  const revision = value(await target.build(spec, world.folder, context()));
  value(await target.ensureReplicas({ revision, count }, context()));
  return revision;
}

async function serve(target: Target, spec: Service, count = 1) {
  const revision = await start(target, spec, count);
  await untilReplicas(target, (all) => all.filter(({ state }) => state === 'ready').length >= count);
  value(await target.setRoute(routeTo(1, revision), context()));
  const { addresses } = (await target.observe()).router;
  return { revision, address: String(addresses[spec.name]) };
}

const program = (text: string) => world.write('services/web/main.mjs', text);

describe('what a replica sees', () => {
  test('its address, its secrets, its flags and who it is, and nothing else of ours', async () => {
    const web = service('web', { env: { COLOUR: 'blue' }, secrets: ['SESSION_KEY'], needs: ['api'] });
    const target = world.target({
      variables: { PATH: process.env['PATH'], HOME: world.folder, PRIVATE: 'ours' },
    });
    await openWith(
      [web, service('api')],
      { secrets: [{ name: 'SESSION_KEY', generateBytes: 32 }], flags: { 'new-cart': true } },
      target,
    );
    const { address, revision } = await serve(target, web);
    const seen = (await (await fetch(`${address}/env`)).json()) as Record<string, string>;
    expect(seen).toMatchObject({
      COLOUR: 'blue',
      HOST: '127.0.0.1',
      FLAG_NEW_CART: 'true',
      FAIRWAY_SYSTEM: 'shop',
      FAIRWAY_ENVIRONMENT: 'dev',
      FAIRWAY_SERVICE: 'web',
      FAIRWAY_REVISION: revision.id,
      API_URL: (await target.observe()).router.addresses['api'],
    });
    expect(seen['SESSION_KEY']).toMatch(/^[0-9a-f]{64}$/);
    expect(seen['PRIVATE']).toBeUndefined();
    expect(Object.keys(seen).sort()).toEqual(
      [
        ...[
          'API_URL',
          'COLOUR',
          'FAIRWAY_ENVIRONMENT',
          'FAIRWAY_PLACE',
          'FAIRWAY_REPLICA',
          'FAIRWAY_REVISION',
        ],
        ...[
          'FAIRWAY_SERVICE',
          'FAIRWAY_SYSTEM',
          'FLAG_NEW_CART',
          'HOME',
          'HOST',
          'PATH',
          'PORT',
          'SESSION_KEY',
        ],
      ].sort(),
    );
  });

  test('a generated secret stays the same for the next control plane, and is masked in logs', async () => {
    await program(`console.log('key=' + process.env.SESSION_KEY); ${webProgram}`);
    const web = service('web', { secrets: ['SESSION_KEY'] });
    const secrets = [{ name: 'SESSION_KEY', generateBytes: 16 }];
    const first = await openWith([web], { secrets });
    const revision = await start(first, web);
    await untilReplicas(first, allReady(1));
    const lines: string[] = [];
    const ask = { service: 'web', lines: 10, follow: false };
    for await (const { text } of first.logs(ask, new AbortController().signal)) lines.push(text);
    expect(lines).toContain('key=***');
    await first.release();
    const second = await openWith([web], { secrets });
    expect(value(await second.build(web, world.folder, context()))).toEqual(revision);
  });

  test('a secret that must be given and is not stops the opening', async () => {
    const given = { secrets: [{ name: 'API_KEY', generateBytes: null }] };
    const opened = await world.target().open(environment([service('web')], given), context());
    expect(opened).toEqual({ ok: false, error: { code: 'secret_missing', facts: { secret: 'API_KEY' } } });
    await world.write('.env', 'API_KEY="from the file"\n');
    value(await world.target().open(environment([service('web')], given), context()));
  });

  test('a plan before the first opening makes the secrets that are generated, and only those', async () => {
    const web = service('web', { secrets: ['SESSION_KEY'] });
    const made = [{ name: 'SESSION_KEY', generateBytes: 16 }];
    const first = value(await world.target().build(web, world.folder, context(), made));
    expect(value(await world.target().build(web, world.folder, context(), made))).toEqual(first);
    const given = [{ name: 'SESSION_KEY', generateBytes: null }];
    const refused = await world.target().build(web, world.folder, context(), given);
    expect(refused).toMatchObject({ ok: false, error: { code: 'secret_missing' } });
  });

  test('an older revision is started with the secret it was built with', async () => {
    const web = service('web', { secrets: ['API_KEY'] });
    const secrets = [{ name: 'API_KEY', generateBytes: null }];
    const opened = (key: string) =>
      openWith([web], { secrets }, world.target({ variables: { PATH: process.env['PATH'], API_KEY: key } }));
    const first = await opened('the first key');
    const old = value(await first.build(web, world.folder, context()));
    await first.release();
    const second = await opened('the second key');
    const next = value(await second.build(web, world.folder, context()));
    expect(next.build).toBe(old.build);
    expect(next.id).not.toBe(old.id);
    value(await second.ensureReplicas({ revision: old, count: 1 }, context()));
    const [replica] = await untilReplicas(second, allReady(1));
    const seen = await (await fetch(`http://127.0.0.1:${replica?.port}/env`)).json();
    expect(seen).toMatchObject({ API_KEY: 'the first key' });
  });
});

describe('what fails is said', () => {
  test('a program that does not exist is a failure of the start and leaves no replica behind', async () => {
    const web = service('web', { command: ['no-such-program-anywhere'] });
    const target = await openWith([web]);
    const revision = value(await target.build(web, world.folder, context()));
    expect(await target.ensureReplicas({ revision, count: 2 }, context())).toEqual({
      ok: false,
      error: { code: 'command_not_found', facts: { command: 'no-such-program-anywhere' } },
    });
    expect((await target.observe()).replicas).toEqual([]);
  });

  test('a program that ends again and again backs off, and its last words are shown', async () => {
    await program('throw new Error("no database here")');
    const target = await openWith([service('web')]);
    await start(target, service('web'));
    const [replica] = await untilReplicas(
      target,
      ([only]) => (only?.crashes ?? 0) >= 2 && only?.state === 'backingOff',
    );
    expect(replica?.detail).toBe('exited with code 1: Error: no database here');
  });

  test.each([
    ['answers 503', `response.writeHead(503).end()`, 'GET /readyz answered 503'],
    ['does not answer', ``, 'no answer within 300 ms'],
  ])('a program that %s is never ready and says why', async (_title, answer, detail) => {
    await program(
      `import { createServer } from 'node:http'; createServer((request, response) => { ${answer} }).listen(Number(process.env.PORT), process.env.HOST)`,
    );
    const ready = { ...probe('/readyz'), timeout: millis(300) };
    const web = service('web', { probes: { live: null, startup: null, ready } });
    const target = await openWith([web]);
    await start(target, web);
    const [replica] = await untilReplicas(target, ([only]) => only?.detail === detail);
    expect(replica).toMatchObject({ state: 'starting', crashes: 0 });
  });

  test('a program that does not listen is refused connections', async () => {
    await program('setInterval(() => {}, 1000)');
    const web = service('web', { probes: { live: null, startup: null, ready: null } });
    const target = await openWith([web]);
    await start(target, web);
    await untilReplicas(target, ([only]) => only?.detail === 'connection refused');
  });

  test('a declared port that somebody else listens on is named', async () => {
    const port = value(await freePort());
    const stranger = createServer().listen(port, '127.0.0.1');
    await until(() => stranger.listening);
    const opened = await world.target().open(environment([service('web', { port })]), context());
    stranger.close();
    expect(opened).toEqual({ ok: false, error: { code: 'port_taken', facts: { service: 'web', port } } });
  });

  test('a folder that is missing is named, and nothing is built', async () => {
    const target = await openWith([service('web')]);
    const built = await target.build(service('gone'), world.folder, context());
    expect(built).toEqual({ ok: false, error: { code: 'source_missing', facts: { path: 'services/gone' } } });
  });
});

describe('probes', () => {
  const live = { ...probe('/live'), interval: millis(100), failures: 2 };

  test('a process that stops answering its live probe is killed, started again, and counted', async () => {
    await program(`
      import { createServer } from 'node:http';
      import { existsSync, writeFileSync } from 'node:fs';
      const wasHere = existsSync(process.env.HOME + '/was-here');
      writeFileSync(process.env.HOME + '/was-here', '');
      createServer((request, response) => {
        const isHung = request.url === '/live' && !wasHere;
        response.writeHead(isHung ? 500 : 200).end();
      }).listen(Number(process.env.PORT), process.env.HOST);
    `);
    const web = service('web', { probes: { live, ready: probe('/readyz'), startup: null } });
    const target = await openWith([web]);
    await start(target, web);
    const first = (await untilReplicas(target, ([only]) => only?.pid != null))[0]?.pid;
    const [replica] = await untilReplicas(target, ([only]) => only?.crashes === 1 && only.state === 'ready');
    expect(replica?.pid).not.toBe(first);
  });

  test('while the startup probe fails nothing else is asked', async () => {
    await program(`
      import { createServer } from 'node:http';
      const asked = new Set();
      let starts = 0;
      createServer((request, response) => {
        if (request.url === '/asked') return response.end(JSON.stringify([...asked]));
        if (request.url !== '/started') asked.add(request.url);
        const isUp = request.url !== '/started' || ++starts > 3;
        if (request.url === '/started' && starts > 3) console.log('before the start: ' + asked.size);
        response.writeHead(isUp ? 200 : 503).end();
      }).listen(Number(process.env.PORT), process.env.HOST);
    `);
    const web = service('web', {
      probes: { live, ready: probe('/readyz'), startup: { ...probe('/started'), failures: 100 } },
    });
    const target = await openWith([web]);
    await start(target, web);
    await untilReplicas(target, allReady(1));
    const lines: string[] = [];
    for await (const { text } of target.logs(
      { service: 'web', lines: 5, follow: false },
      new AbortController().signal,
    ))
      lines.push(text);
    expect(lines).toEqual(['before the start: 0']);
  });

  test('a replica that is not ready any more leaves the router, but not when it is the last', async () => {
    const target = await openWith([service('web')]);
    const { address } = await serve(target, service('web'), 2);
    const { replicas } = await target.observe();
    const [first, second] = replicas;
    await fetch(`http://127.0.0.1:${first?.port}/unready`);
    await untilReplicas(target, (all) => all.some(({ state }) => state === 'unready'));
    const detail = (await target.observe()).replicas.find(({ state }) => state === 'unready')?.detail;
    expect(detail).toBe('GET /readyz answered 503');
    const answeredBy = async () => ((await (await fetch(address)).json()) as { replica: string }).replica;
    await until(async () =>
      (await Promise.all([answeredBy(), answeredBy(), answeredBy()])).every((r) => r === second?.replica),
    );

    await fetch(`http://127.0.0.1:${second?.port}/unready`);
    await untilReplicas(target, (all) => all.every(({ state }) => state === 'unready'));
    expect([first?.replica, second?.replica]).toContain(await answeredBy());
  });
});

describe('endings', () => {
  test('a replica in the middle of an answer finishes it before it is stopped', async () => {
    const target = await openWith([service('web')]);
    const { revision, address } = await serve(target, service('web'));
    const slow = fetch(`${address}/slow`).then((response) => response.text());
    const ask = { revision: revision.id, keep: 0 };
    const [replica] = (await target.observe()).replicas;
    const log = `.fairway/dev/logs/web/${replica?.replica}.log`;
    await until(async () => (await world.read(log)).includes('slow began'));
    expect(value(await target.drain(ask, context()))).toEqual({ cut: 0 });
    value(await target.stop(ask, context()));
    expect(await slow).toBe('slow');
    const lines: string[] = [];
    for await (const { text } of target.logs(
      { service: null, lines: 1, follow: false },
      new AbortController().signal,
    ))
      lines.push(text);
    expect(lines).toEqual(['SIGTERM received']);
  });

  test('one that ignores SIGTERM is killed after its grace, with its children', async () => {
    await program(`
      import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)']);
      console.log('child ' + child.pid);
      ${webProgram.replace(/process\.on\('SIGTERM'.*/, '')}
    `);
    const shutdown = { drain: millis(100), websocketDrain: millis(100), grace: millis(200) };
    const web = service('web', { shutdown });
    const target = await openWith([web]);
    const revision = await start(target, web);
    const [replica] = await untilReplicas(target, allReady(1));
    const child = Number(
      /child (\d+)/.exec(await world.read(`.fairway/dev/logs/web/${replica?.replica}.log`))?.[1],
    );
    const both = [child, replica?.pid ?? 0].map(identify);
    expect(both.every((identity) => identity !== null && isRunning(identity))).toBe(true);
    value(await target.stop({ revision: revision.id, keep: 0 }, context()));
    await until(() => both.every((identity) => identity === null || !isRunning(identity)));
    expect((await target.observe()).replicas).toEqual([]);
  });

  test('services that need others end before those others', async () => {
    await world.write('services/api/main.mjs', webProgram);
    const [web, api] = [service('web', { needs: ['api'] }), service('api')];
    for (const name of ['web', 'api'])
      await world.write(
        `services/${name}/main.mjs`,
        `import { appendFileSync } from 'node:fs';
         process.on('SIGTERM', () => appendFileSync(process.env.HOME + '/order', '${name} ')); ${webProgram}`,
      );
    const target = await openWith([api, web]);
    await start(target, api);
    await start(target, web);
    await untilReplicas(target, allReady(2));
    value(await target.close({ erase: false }, context()));
    expect(await world.read('order')).toBe('web api ');
  });
});

describe('limits', () => {
  const hungry = `
    const kept = [];
    setInterval(() => kept.push(Buffer.alloc(8 * 1024 * 1024, 1)), 20);
  `;
  test.each([
    ['by a control group where the machine has them', true],
    ['by looking where it has none', false],
  ])('memory is held %s, and the end is explained', async (_title, controlGroups) => {
    await program(hungry);
    const web = service('web', { resources: { memory: mebibytes(128), cpu: null } });
    const target = world.target({ controlGroups });
    expect(controlGroups || target.can.memoryLimit === 'watched').toBe(true);
    await openWith([web], {}, target);
    await start(target, web);
    const [replica] = await untilReplicas(target, ([only]) => (only?.crashes ?? 0) > 0);
    expect(replica?.detail).toMatch(/^it used .*more than its 128 MiB of memory,? and was killed$/);
  });

  test('a processor limit is applied where the machine can', async ({ skip }) => {
    const target = world.target();
    skip(target.can.cpuLimit === 'none', 'this machine has no control groups for processors');
    const web = service('web', { resources: { memory: null, cpu: 0.5 } });
    await openWith([web], {}, target);
    await start(target, web);
    await untilReplicas(target, allReady(1));
    const { replicas } = JSON.parse(await world.read('.fairway/dev/replicas.json')) as {
      replicas: { limits: string[] }[];
    };
    expect(replicas[0]?.limits).toHaveLength(1);
  });
});

test('a service with a fixed router port is reached there', async () => {
  const port = value(await freePort());
  const web = service('web', { port });
  const target = await openWith([web]);
  const { address } = await serve(target, web);
  expect(address).toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(address)).status).toBe(200);
});

test('a replica that finds its port taken gets another one and no crash is counted', async () => {
  await program(`
    import { existsSync, writeFileSync } from 'node:fs';
    if (!existsSync(process.env.HOME + '/tried')) {
      writeFileSync(process.env.HOME + '/tried', process.env.PORT);
      throw Object.assign(new Error('listen EADDRINUSE: address already in use'), { code: 'EADDRINUSE' });
    }
    ${webProgram.replaceAll(/^import.*$/gm, '').replace('createServer(', "(await import('node:http')).createServer(")}
  `);
  const target = await openWith([service('web')]);
  await start(target, service('web'));
  const [replica] = await untilReplicas(target, allReady(1));
  expect(replica?.crashes).toBe(0);
  expect(String(replica?.port)).not.toBe(await world.read('tried'));
});
