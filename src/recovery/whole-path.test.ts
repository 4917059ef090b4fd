import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { after, type Clock, type Failure, instant, minutes, percent, type Result, seconds } from '#kernel';
import type { Check, Service } from '#core/system';
import type { EffectContext, Target } from '#ports';
import { startRouter } from '#router';
import { createMemoryStore } from '#store';
import { createEmbeddedStore, createStoreCopies } from '#stores';
import { createLocalTarget } from '#targets/local';
import { createRecovery, type OperationAsk, type OperationView, type Recovery } from './index.ts';
import { openFolderDepot } from './repository/folder-depot.ts';
import { openRepository } from './repository/repository.ts';
import { makeKey } from './repository/testing/place.ts';
import { database, environmentOf } from './testing/world.ts';

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

const program = `
import { createServer } from 'node:http';
import pg from 'pg';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
pool.on('error', () => {});
const answer = async (path) => {
  if (path === '/ready') return (await pool.query('SELECT 1 AS ready')).rows[0];
  return (await pool.query('SELECT count(*)::int AS count FROM trade')).rows[0];
};
createServer((request, response) => {
  answer(request.url).then(
    (body) => response.end(JSON.stringify(body)),
    (reason) => response.writeHead(503).end(String(reason)),
  );
}).listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;
const checkProgram = `
const answer = await fetch(process.env.WEB_URL + '/count');
const body = await answer.text();
console.log(JSON.stringify({ detail: body }));
process.exit(answer.ok && JSON.parse(body).count > 0 ? 0 : 1);
`;

const web: Service = {
  name: 'web',
  folder: 'services/web',
  include: [],
  command: ['node', 'main.mjs'],
  env: {},
  secrets: ['SESSION_KEY'],
  needs: ['database'],
  exposure: 'public',
  traffic: 'http',
  port: null,
  replicas: 2,
  resources: { memory: null, cpu: null },
  probes: {
    live: null,
    ready: { path: '/ready', interval: seconds(0.2), timeout: seconds(2), successes: 1, failures: 3 },
    startup: null,
  },
  shutdown: { drain: seconds(1), websocketDrain: seconds(1), grace: seconds(2) },
  affinity: null,
  consumer: null,
  strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(1) },
};
const rows: Check = {
  name: 'rows',
  run: { kind: 'command', folder: 'checks', include: [], command: ['node', 'rows.mjs'] },
  secrets: [],
  needs: ['web'],
  every: minutes(1),
  timeout: seconds(20),
};
const declared = environmentOf([database()], {
  services: [web],
  checks: [rows],
  secrets: [{ name: 'SESSION_KEY', generateBytes: 16 }],
  recovery: {
    rto: { limit: minutes(15), strict: true },
    rpo: { limit: minutes(5), strict: false },
    drillEvery: null,
    verify: {
      database: {
        rows: { trade: 5 },
        queries: { sums: { sql: 'SELECT min(id)::text FROM trade', expect: '1' } },
      },
    },
  },
});

test('what was written is copied, brought back to a moment, put in place, and proven by a drill', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-whole-'));
  const kept = await mkdtemp(join(tmpdir(), 'fairway-whole-kept-'));
  const targetOf = (environment: string) =>
    createLocalTarget({
      place: { system: 'shop', environment, folder },
      clock,
      random: Math.random,
      router: startRouter,
      stores: createEmbeddedStore,
      copies: createStoreCopies,
      variables: { PATH: process.env['PATH'], HOME: folder },
    });
  const target = targetOf('dev');
  const store = createMemoryStore({ clock });
  let recovery: Recovery | null = null;
  const over = new AbortController();
  const reported: Failure[] = [];
  let keeping: Promise<void> = Promise.resolve();
  try {
    await systemIn(folder);
    value(await target.open(declared, context()));
    const revision = value(await target.build(web, folder, context(), declared.secrets));
    value(await target.ensureReplicas({ revision, count: 2 }, context()));
    const arms = [{ revision: revision.id, role: 'stable', weight: percent(100) } as const];
    value(await target.setRoute({ version: 1, routes: [{ service: 'web', arms }] }, context()));
    const url = () => urlOf(target);
    await query(await url(), 'CREATE TABLE trade (id serial PRIMARY KEY, at timestamptz DEFAULT now())');
    await query(await url(), 'INSERT INTO trade SELECT FROM generate_series(1, 5)');

    if (target.recovery === undefined) throw new Error('this target recovers');
    const repository = openRepository(openFolderDepot({ root: kept, clock }), await makeKey());
    const release = {
      number: 1,
      environment: 'dev',
      createdAt: clock.now(),
      by: 'ann',
      note: '',
      source: '.',
      revisions: [revision],
      jobs: {},
    };
    recovery = createRecovery({
      system: 'shop',
      owner: 'local shop',
      environment: declared,
      target: target.recovery,
      repository,
      store,
      clock,
      random: Math.random,
      copyJournal: null,
      scratch: targetOf,
      serving: async () => ({ isUp: true, release, pins: [] }),
      report: (failure) => void reported.push(failure),
    });
    keeping = recovery.keep(over.signal);
    await until('the first copy is there', async () => (await copiesIn(recovery)) >= 2);

    await query(await url(), 'INSERT INTO trade SELECT FROM generate_series(1, 5)');
    await delay(1_500);
    const moment = clock.now();
    await delay(1_500);
    await query(await url(), 'DELETE FROM trade');
    await delay(1_500);

    const restored = await finished(recovery, {
      kind: 'restore',
      store: 'database',
      copy: null,
      target: { kind: 'time', at: moment },
    });
    const { side } = restored;
    expect(side).toMatchObject({ store: 'database', lost: { exact: expect.any(Boolean) } });
    expect(side?.reached).toBeLessThanOrEqual(moment);
    expect(side?.reached).toBeGreaterThan(moment - 10_000);
    expect(await query(await url(), 'SELECT count(*)::int FROM trade')).toEqual([0]);

    const exchanged = await finished(recovery, { kind: 'exchange', side: side?.id ?? '' });
    expect(existsSync(exchanged.former ?? '')).toBe(true);
    expect(exchanged.copies.map(({ of, why }) => `${of} ${why}`)).toEqual([
      'database after exchange',
      'fairway after exchange',
    ]);
    await until('the restored rows are there', async () => {
      const found = await query(await url(), 'SELECT count(*)::int FROM trade').catch(() => []);
      return found[0] === 10;
    });

    await query(await url(), 'INSERT INTO trade SELECT FROM generate_series(1, 5)');
    await delay(3_000);
    const drilled = await finished(recovery, { kind: 'drill' });
    const { drill } = drilled;
    expect(drill).toMatchObject({ ok: true, findings: [] });
    expect(drill?.rto).toBeGreaterThan(500);
    expect(drill?.rpo).toBeLessThan(minutes(5));
    expect(existsSync(join(folder, '.fairway', 'dev-drill'))).toBe(false);
    expect(await readdir(join(folder, '.fairway', 'dev'))).toContain('recovery');
    const state = value(await recovery.state());
    expect(state).toMatchObject({ bounds: { rto: { ok: true }, rpo: { ok: true } }, sides: [] });
    expect(reported).toEqual([]);
    const types = (await store.read('recovery/dev', 0, 1_000)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['recovery.restored', 'recovery.exchanged', 'recovery.drilled']),
    );
  } finally {
    over.abort();
    await recovery?.end();
    await keeping;
    await target.close({ erase: true }, context()).catch(() => undefined);
    await target.release();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await rm(kept, { recursive: true, force: true });
  }
}, 280_000);

async function systemIn(folder: string): Promise<void> {
  await mkdir(join(folder, 'services', 'web'), { recursive: true });
  await mkdir(join(folder, 'checks'));
  await writeFile(join(folder, 'services', 'web', 'main.mjs'), program);
  await writeFile(join(folder, 'checks', 'rows.mjs'), checkProgram);
  await symlink(packages, join(folder, 'node_modules'));
}

let effects = 0;
function context(): EffectContext {
  effects += 1;
  return {
    key: `effect-${effects}`,
    fence: 1,
    deadline: after(clock.now(), minutes(2)),
    signal: new AbortController().signal,
  };
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** The same address as services are given. */
async function urlOf(target: Target): Promise<string> {
  const folder = target.recovery?.storeFolder('database') ?? '';
  const store = createEmbeddedStore({ spec: database(), folder, clock, random: Math.random });
  return value(await store.ensure(new AbortController().signal)).env['URL'] ?? '';
}

async function copiesIn(recovery: Recovery | null): Promise<number> {
  const state = await recovery?.state();
  return state?.ok === true ? state.value.copies.length : 0;
}

type What<T = OperationAsk> = T extends OperationAsk ? Omit<T, 'by' | 'note'> : never;

async function finished(recovery: Recovery, what: What): Promise<OperationView> {
  const begun = await untilBegun(recovery, { ...what, by: 'ann', note: 'a test' });
  for (;;) {
    const view = recovery.operation(begun);
    if (view === null) throw new Error('it is known');
    if (view.state === 'failed') throw new Error(JSON.stringify(view, null, 1));
    if (view.state === 'done') return view;
    await delay(100);
  }
}

async function untilBegun(recovery: Recovery, ask: OperationAsk): Promise<string> {
  for (let tries = 0; tries < 300; tries += 1) {
    const begun = await recovery.begin(ask);
    if (begun.ok) return begun.value.id;
    if (begun.error.code !== 'recovery_busy') throw new Error(JSON.stringify(begun.error));
    await delay(200);
  }
  throw new Error('it is always busy');
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(200)) if (await holds()) return;
  throw new Error(`${what}: it did not come`);
}
