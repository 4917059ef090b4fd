import { expect, test } from 'vitest';
import { instant, type Json } from '#kernel';
import type { Store } from '#ports';
import { anAccess } from './access.fixture.ts';

type Value = Readonly<Record<string, Json>>;

/** Writes every row anew, as another control plane would have it. */
async function rewrite(store: Store, change: (value: Value) => Value): Promise<void> {
  for (const kind of ['token', 'session', 'link'])
    for (const { key, version, format, value } of await store.rows(kind, '')) {
      const { sequence = 0 } = (await store.last('old')) ?? {};
      const done = await store.commit({
        stream: 'old',
        expected: sequence,
        entries: [{ type: 'old', at: instant(0), data: {} }],
        rows: [{ kind, key, expected: version, format, value: change(value as Value) }],
        fence: null,
      });
      expect(done.ok).toBe(true);
    }
}

test('who was let in before tokens named roles stays in, and agrees in every one', async () => {
  const { store, send, withKey, token, login, code } = anAccess();
  const { secret: bearer, id } = await token('approver');
  const { cookie } = await login({ token: bearer });
  const unopened = await code();
  await rewrite(store, ({ approves: _, ...rest }) => rest);
  for (const by of [{ bearer }, { cookie }]) {
    expect((await send('GET', '/v1/access', by)).body).toMatchObject({ role: 'approver', approves: null });
    expect((await send('GET', '/v1/may/agree/owner', by)).status).toBe(200);
  }
  expect((await login({ code: unopened })).status).toBe(200);
  expect((await withKey('GET', '/v1/access/tokens')).body).toMatchObject([{ id, approves: null }]);
  expect((await withKey('DELETE', `/v1/access/tokens/${id}`)).body).toEqual({ revoked: true });
});

test('a token of a role that only a newer control plane knows lets nobody in, disturbs nothing, and goes with all others', async () => {
  const { store, access, send, withKey, token, login } = anAccess();
  const { secret: bearer } = await token('deployer');
  const { cookie } = await login({ token: bearer });
  await rewrite(store, (value) => ({ ...value, role: 'releaser' }));
  const { secret: known } = await token('viewer');
  for (const by of [{ bearer }, { cookie }])
    expect((await send('GET', '/v1/access', by)).body['code']).toBe('not_allowed');
  expect((await send('GET', '/v1/access', { bearer: known })).status).toBe(200);
  expect((await withKey('GET', '/v1/access/tokens')).body).toMatchObject([{ role: 'viewer' }]);
  expect((await access.revokeAll('ann')).ok).toBe(true);
  expect(await store.rows('token', '')).toHaveLength(1); // revoked; of the other one nothing is left
  expect(await store.rows('session', '')).toEqual([]);
});
