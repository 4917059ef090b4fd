import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { instant, minutes, ok } from '#kernel';
import type { SideStore } from '#ports';
import { openDesk } from './desk.ts';
import { createWorld, database, finished, ownInMemory } from './testing/world.ts';

const by = { by: 'ann', note: '' };
const secret = 'k3pt-t0-itself';

/** A restored store whose server was started `started.count` times. */
async function restored(env: SideStore['env']) {
  const world = createWorld([database()]);
  const started: string[] = [];
  const { target } = world.site();
  const startSide: typeof target.startSide = async (_spec, folder) => {
    started.push(folder);
    const nothing = async () => ok(null);
    return ok({ address: 'postgres 127.0.0.1:1', env, secret: ['URL'], stop: nothing, erase: nothing });
  };
  const recovery = openDesk(world.site({ target: { ...target, startSide } }), ownInMemory(world.clock));
  await finished(recovery, world.clock, recovery.begin({ kind: 'backup', of: null, ...by }));
  const ask = { kind: 'restore', store: 'database', copy: null, target: { kind: 'latest' }, ...by } as const;
  const { side } = (await finished(recovery, world.clock, recovery.begin(ask))) ?? {};
  if (side == null) throw new Error('there is a side store');
  onTestFinished(() => rmSync(side.folder, { recursive: true, force: true }));
  started.length = 0;
  return { world, recovery, side, started };
}

test('the login of a restored store is given to who asks, and the journal knows only that', async () => {
  const url = `postgres://app:${secret}@127.0.0.1:1/app`;
  const { world, recovery, side, started } = await restored({ URL: url });
  expect(await recovery.login({ side: side.id, by: 'bob' })).toEqual(ok({ login: url }));
  expect(started).toEqual([side.folder]); // also where its server was stopped since
  const entries = await world.entries();
  expect(entries.at(-1)).toMatchObject({
    type: 'recovery.login_given',
    data: { side: side.id, store: 'database', by: 'bob' },
  });
  expect(JSON.stringify([entries, world.reported, await recovery.state()])).not.toContain(secret);
  await recovery.end();
});

test('of a bucket the login is what is put before a command of AWS', async () => {
  const env = { ENDPOINT: 'http://127.0.0.1:9', REGION: 'r', ACCESS_KEY_ID: 'A', SECRET_ACCESS_KEY: secret };
  const { recovery, side } = await restored(env);
  const login = `AWS_ENDPOINT_URL_S3=http://127.0.0.1:9 AWS_REGION=r AWS_ACCESS_KEY_ID=A AWS_SECRET_ACCESS_KEY=${secret}`;
  expect(await recovery.login({ side: side.id, by: 'bob' })).toEqual(ok({ login }));
  await recovery.end();
});

test('there is no login without its entry in the journal, nor of what is not there', async () => {
  const { world, recovery, side } = await restored({ URL: `postgres://app:${secret}@127.0.0.1:1/app` });
  expect(await recovery.login({ side: 'other', by: 'bob' })).toMatchObject({
    ok: false,
    error: { code: 'recovery_side_unknown' },
  });
  await world.clock.run(instant(world.clock.now() + minutes(1))); // its lease has ended
  await world.store.acquire('recovery/dev', 'another plane', minutes(1), world.clock.now());
  const refused = await recovery.login({ side: side.id, by: 'bob' });
  expect(refused).toMatchObject({ ok: false, error: { code: 'lease_held' } });
  expect(JSON.stringify(refused)).not.toContain(secret);
  await recovery.end();
  expect(await recovery.login({ side: side.id, by: 'bob' })).toMatchObject({
    ok: false,
    error: { code: 'recovery_ended' },
  });
});
