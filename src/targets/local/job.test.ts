import { mkdir, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Revision } from '#core/release';
import type { Environment, Service } from '#core/system';
import { after, days, millis, seconds } from '#kernel';
import type { LogLine, Target, TaskProgress } from '#ports';
import { startDetached } from '#process';
import { placeMark } from './folders.ts';
import { withOwnNode } from './launch.ts';
import { findMarked } from './orphans.ts';
import { startPlane } from './testing/plane.ts';
import {
  allReady,
  context,
  createWorld,
  environment,
  job,
  routeTo,
  service,
  systemClock,
  until,
  untilReplicas,
  value,
  webProgram,
  type World,
} from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.end());

async function opened(more: Partial<Environment> = {}, services: readonly Service[] = []): Promise<Target> {
  const target = world.target();
  value(await target.open(environment(services, more), context()));
  return target;
}

async function built(target: Target, program: string, more: Partial<Service> = {}): Promise<Revision> {
  await world.write('jobs/long/job.mjs', program);
  return value(await target.build(job('long', more), world.folder, context()));
}

const ask = (revision: Revision, resume: string | null = null) =>
  ({ kind: 'job', job: revision, resume }) as const;
const marked = () => findMarked(placeMark({ system: 'shop', environment: 'dev', folder: world.folder }));
const notes = () => world.read('notes').catch(() => '');
const entry = join(import.meta.dirname, 'job-entry.ts');
/** Notes its beginning, waits for a file named `end`, notes its end. */
const waits = `
import { appendFileSync, existsSync } from 'node:fs';
const { HOME } = process.env;
appendFileSync(HOME + '/notes', 'began ');
console.log('at work');
while (!existsSync(HOME + '/end')) await new Promise((resolve) => setTimeout(resolve, 20));
appendFileSync(HOME + '/notes', 'ended ');
console.log('at its end');
process.exitCode = 3;
`;
const stubborn = `${waits.replace('process.exitCode', '// process.exitCode')}
`.replace(
  "console.log('at work');",
  "process.on('SIGTERM', () => console.log('not now')); console.log('at work');",
);

describe('a job', () => {
  test('runs in its snapshot with what a service is given, and its secrets are masked', async () => {
    await world.write('services/web/main.mjs', webProgram);
    const target = await opened({ secrets: [{ name: 'KEY', generateBytes: 16 }] }, [service('web')]);
    const revision = await built(
      target,
      `console.log(process.cwd());
       console.log(process.env.KEY, process.env.GREETING, process.env.WEB_URL?.slice(0, 17));
       console.error(Object.keys(process.env).sort().join());
       process.exitCode = 4;`,
      { env: { GREETING: 'hello' }, secrets: ['KEY'], needs: ['web'] },
    );
    await world.write('jobs/long/job.mjs', 'process.exit(9)'); // after the snapshot
    const outcome = value(await target.runTask(ask(revision, 'row 7'), context()));
    expect(outcome.exitCode).toBe(4);
    expect(outcome.output.split('\n')).toEqual([
      join(world.folder, '.fairway/snapshots', revision.build, 'jobs/long'),
      '*** hello http://127.0.0.1:',
      'FAIRWAY_ENVIRONMENT,FAIRWAY_JOB,FAIRWAY_PLACE,FAIRWAY_RESUME,FAIRWAY_REVISION,FAIRWAY_RUN,FAIRWAY_SYSTEM,GREETING,HOME,KEY,PATH,WEB_URL',
      '',
    ]);
    expect(outcome.tookMillis).toBeGreaterThan(0);
  });

  test('is run once for one effect, and again for another', async () => {
    const target = await opened();
    const revision = await built(
      target,
      `import { appendFileSync } from 'node:fs'; appendFileSync(process.env.HOME + '/notes', 'x');`,
    );
    const once = context();
    const [first] = await Promise.all([1, 2].map(() => target.runTask(ask(revision), once)));
    expect(await target.runTask(ask(revision), once)).toEqual(first);
    expect(await notes()).toBe('x');
    value(await target.runTask(ask(revision), context()));
    expect(await notes()).toBe('xx');
  });

  test('keeps the last 64 KiB of what it prints', async () => {
    const target = await opened();
    const revision = await built(target, `for (let i = 0; i < 30000; i += 1) console.log('line ' + i);`);
    const { output } = value(await target.runTask(ask(revision), context()));
    expect(Buffer.byteLength(output)).toBe(65_536);
    expect(output.endsWith('line 29999\n')).toBe(true);
  });

  test('tells where it stands while it runs and at its end; what is no progress is passed over', async () => {
    const target = await opened();
    const revision = await built(
      target,
      `import { existsSync } from 'node:fs';
       const say = (line) => console.log(typeof line === 'string' ? line : JSON.stringify(line));
       const wait = (length) => new Promise((resolve) => setTimeout(resolve, length));
       say({ resume: 'a', done: 1, of: 3 });
       say('{"resume": 5}');
       say('{"resume": broken');
       say({ resume: 'x'.repeat(5000) });
       while (!existsSync(process.env.HOME + '/end')) await wait(20);
       for (let row = 0; row < 100; row += 1) await wait(10).then(() => say({ resume: 'row ' + row }));
       say({ resume: 'the last' });`,
    );
    const told: TaskProgress[] = [];
    const times: number[] = [];
    const progress = (each: TaskProgress) => {
      told.push(each);
      times.push(systemClock.now());
    };
    const running = target.runTask(ask(revision), context({ progress }));
    await until(() => told.length > 0);
    expect(told).toEqual([{ resume: 'a', done: 1, of: 3 }]);
    await world.write('end', '');
    value(await running);
    expect(told.at(-1)).toEqual({ resume: 'the last', done: null, of: null });
    // A few times a second; only the end is told at once.
    const gaps = times.slice(0, -1).map((time, at) => time - (times[at - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
  });

  test('can be read in the logs under its own name', async () => {
    const target = await opened();
    const revision = await built(target, `console.log('one'); console.log('two');`);
    value(await target.runTask(ask(revision), context()));
    const lines: LogLine[] = [];
    const read = { service: 'long', lines: 10, follow: false };
    for await (const line of target.logs(read, new AbortController().signal)) lines.push(line);
    expect(lines).toMatchObject([
      { service: 'long', revision: revision.id, text: 'one' },
      { service: 'long', revision: revision.id, text: 'two' },
    ]);
  });

  test('whose program is not there is a failure', async () => {
    const target = await opened();
    const revision = await built(target, '', { command: ['no-such-program-anywhere'] });
    const facts = { command: 'no-such-program-anywhere' };
    expect(await target.runTask(ask(revision), context())).toMatchObject({
      error: { code: 'command_not_found', facts },
    });
  });

  test('leaves nothing running behind', async () => {
    const target = await opened();
    const revision = await built(
      target,
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).unref();`,
    );
    value(await target.runTask(ask(revision), context()));
    await until(async () => (await marked()).length === 0, marked);
  });
});

describe('the time of a job', () => {
  test('ends it: SIGTERM to all of it, and the exit code of a timeout', async () => {
    const target = await opened();
    const revision = await built(target, waits);
    const deadline = after(systemClock.now(), seconds(1));
    const outcome = value(await target.runTask(ask(revision), context({ deadline })));
    expect(outcome.exitCode).toBe(124);
    expect(outcome.output).toMatch(/^at work\nkilled: it did not end within /);
    expect(await marked()).toEqual([]);
  });

  test('ends one that does not listen, after its grace', async () => {
    const target = await opened();
    const revision = await built(target, stubborn, {
      shutdown: { drain: seconds(1), websocketDrain: seconds(1), grace: millis(300) },
    });
    const deadline = after(systemClock.now(), seconds(1));
    const outcome = value(await target.runTask(ask(revision), context({ deadline })));
    expect(outcome.exitCode).toBe(124);
    expect(outcome.output).toContain('not now');
    await until(async () => (await marked()).length === 0, marked);
  });

  test('ends it when no control plane is there, and the next one learns it', async () => {
    const target = await opened();
    const revision = await built(target, waits);
    const once = context({ deadline: after(systemClock.now(), seconds(1)) });
    const running = target.runTask(ask(revision), once);
    await until(async () => (await notes()) === 'began ');
    await target.release();
    expect(await running).toMatchObject({ error: { code: 'cancelled' } });
    await until(async () => (await marked()).length === 0, marked);
    const next = await opened();
    expect(value(await next.runTask(ask(revision), once)).exitCode).toBe(124);
    expect(await notes()).toBe('began ');
  });
});

describe('a job that is aborted', () => {
  test.each([
    ['that ends when it is asked to', waits, millis(5_000), 143],
    ['that does not listen', stubborn, millis(200), 137],
  ])('%s is ended, and is not begun again', async (_, program, grace, exitCode) => {
    const target = await opened();
    const shutdown = { drain: seconds(1), websocketDrain: seconds(1), grace };
    const revision = await built(target, program, { shutdown });
    const stop = new AbortController();
    const once = context();
    const running = target.runTask(ask(revision), { ...once, signal: stop.signal });
    await until(async () => (await notes()) === 'began ');
    stop.abort();
    expect(await running).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    await until(async () => (await marked()).length === 0, marked);
    expect(value(await target.runTask(ask(revision), once)).exitCode).toBe(exitCode);
    expect(await notes()).toBe('began ');
  });

  test('in the moment it is being started is not run', async () => {
    const target = await opened();
    const revision = await built(target, waits);
    const stop = new AbortController();
    const running = target.runTask(ask(revision), context({ signal: stop.signal }));
    await until(async () => (await readdir(join(world.folder, '.fairway/dev/jobs'))).length === 1);
    stop.abort();
    expect(await running).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    await until(async () => (await marked()).length === 0, marked);
  });
});

describe('a job and the control planes', () => {
  test('kill -9 of the control plane does not touch it; the next one waits for it and has its outcome', async () => {
    await world.write('jobs/long/job.mjs', waits);
    const plane = startPlane(world.folder, 'job');
    await until(async () => (await notes()) === 'began ');
    await plane.kill();
    const target = await opened();
    const revision = value(await target.build(job('long'), world.folder, context()));
    const running = target.runTask(ask(revision), context({ key: 'once' }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await notes()).toBe('began ');
    await world.write('end', '');
    const outcome = value(await running);
    expect(outcome).toMatchObject({ exitCode: 3, output: 'at work\nat its end\n' });
    expect(await notes()).toBe('began ended ');
  });

  test('one that ended while nobody was there has its outcome', async () => {
    await world.write('jobs/long/job.mjs', waits);
    const plane = startPlane(world.folder, 'job');
    await until(async () => (await notes()) === 'began ');
    await plane.kill();
    await world.write('end', '');
    await until(async () => (await marked()).length === 0);
    for (const _plane of [1, 2]) {
      const target = await opened();
      const revision = value(await target.build(job('long'), world.folder, context()));
      const outcome = value(await target.runTask(ask(revision), context({ key: 'once' })));
      expect(outcome).toMatchObject({ exitCode: 3, output: 'at work\nat its end\n' });
      await target.release();
    }
    expect(await notes()).toBe('began ended ');
  });

  test.each([0, 20, 60, 120, 250])(
    'killed %i ms after it began to start one, it is started once in the end',
    async (wait) => {
      await world.write('jobs/long/job.mjs', waits);
      await world.write('end', '');
      const plane = startPlane(world.folder, 'job');
      await plane.said((text) => text.includes('begins'));
      await new Promise((resolve) => setTimeout(resolve, wait));
      await plane.kill();
      const target = await opened();
      const revision = value(await target.build(job('long'), world.folder, context()));
      const outcome = value(await target.runTask(ask(revision), context({ key: 'once' })));
      expect([outcome.exitCode, await notes()]).toEqual([3, 'began ended ']);
    },
  );

  test('started many times at once it runs once', async () => {
    const jobs = join(world.folder, '.fairway/dev/jobs/one');
    await mkdir(jobs, { recursive: true });
    await world.write('job.mjs', waits);
    let exits = 0;
    const start = () =>
      startDetached({
        command: [process.execPath, entry, jobs, '20000', '1000', process.execPath, 'job.mjs'],
        cwd: world.folder,
        env: { HOME: world.folder },
        logFile: join(world.folder, 'job.log'),
        onExit: () => {
          exits += 1;
        },
      });
    for (const started of await Promise.all(Array.from({ length: 6 }, start))) value(started);
    await until(
      () => exits === 5,
      () => exits,
    );
    await until(async () => (await notes()) === 'began ', notes);
    await world.write('end', '');
    await until(() => exits === 6);
    expect(await notes()).toBe('began ended ');
    expect((await readdir(jobs)).sort()).toEqual(['claim.json', 'result.json']);
  });

  test('one whose process vanished counts as killed, and what it left is ended', async () => {
    const target = await opened();
    const revision = await built(target, waits);
    const running = target.runTask(ask(revision), context());
    await until(async () => (await notes()) === 'began ');
    const leader = (await marked()).find(({ leads }) => leads);
    process.kill(leader?.identity.pid ?? 0, 'SIGKILL');
    expect(value(await running)).toMatchObject({ exitCode: 137, output: 'at work\n' });
    await until(async () => (await marked()).length === 0, marked);
  });

  test('one that nobody remembers is ended by the next control plane', async () => {
    const target = await opened();
    const revision = await built(target, waits);
    const running = target.runTask(ask(revision), context());
    await until(async () => (await notes()) === 'began ');
    await target.release();
    await running;
    await rm(join(world.folder, '.fairway/dev/jobs'), { recursive: true });
    await opened();
    await until(async () => (await marked()).length === 0, marked);
  });

  test.each([false, true])('closing the environment ends it (erase: %s)', async (erase) => {
    const target = await opened();
    const revision = await built(target, waits);
    const running = target.runTask(ask(revision), context());
    await until(async () => (await notes()) === 'began ');
    await target.release();
    await running;
    const next = world.target();
    value(await next.close({ erase }, context()));
    expect(await marked()).toEqual([]);
    expect(await readdir(join(world.folder, '.fairway/dev/jobs')).catch(() => [])).toHaveLength(
      erase ? 0 : 1,
    );
  });

  test('it is ended before what it needs', async () => {
    await world.write('services/web/main.mjs', webProgram);
    const web = service('web');
    const target = await opened({}, [web]);
    const revision = value(await target.build(web, world.folder, context()));
    value(await target.ensureReplicas({ revision, count: 1 }, context()));
    await untilReplicas(target, allReady(1));
    value(await target.setRoute(routeTo(1, revision), context()));
    const leaving = await built(
      target,
      `import { appendFileSync } from 'node:fs';
       const note = (text) => appendFileSync(process.env.HOME + '/notes', text + ' ');
       process.on('SIGTERM', async () => {
         note(await fetch(process.env.WEB_URL).then(({ status }) => status, () => 'gone'));
         process.exit(0);
       });
       note('began');
       setInterval(() => {}, 1000);`,
      { needs: ['web'] },
    );
    const running = target.runTask(ask(leaving), context());
    await until(async () => (await notes()) === 'began ');
    value(await target.close({ erase: false }, context()));
    await running;
    expect(await notes()).toBe('began 200 ');
  });

  test('what is left of runs of long ago is swept', async () => {
    const jobs = join(world.folder, '.fairway/dev/jobs');
    for (const [name, age] of [
      ['old', 31],
      ['recent', 29],
    ] as const) {
      await mkdir(join(jobs, name), { recursive: true });
      await world.write(`.fairway/dev/jobs/${name}/result.json`, '{}');
      const at = (systemClock.now() - days(age)) / 1_000;
      await utimes(join(jobs, name, 'result.json'), at, at);
    }
    await opened();
    expect(await readdir(jobs)).toEqual(['recent']);
  });
});

test('the word for the program that runs migrations means the one Fairway brings along', () => {
  const [node, program, ...args] = withOwnNode(['fairway-migrate', 'expand', 'migrations']);
  expect([node, args]).toEqual([process.execPath, ['expand', 'migrations']]);
  expect(program).toMatch(/src\/migrate\/main\.ts$/);
});
