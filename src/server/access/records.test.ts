import { expect, test } from 'vitest';
import { instant } from '#kernel';
import type { Store } from '#ports';
import { anAccess } from './access.fixture.ts';

/** Makes every row what it was before tokens named the roles in which they agree. */
async function asBefore(store: Store): Promise<void> {
  for (const kind of ['token', 'session', 'link'])
    for (const { key, version, format, value } of await store.rows(kind, '')) {
      const { approves: _, ...rest } = value as Record<string, never>;
      const { sequence = 0 } = (await store.last('old')) ?? {};
      const done = await store.commit({
        stream: 'old',
        expected: sequence,
        entries: [{ type: 'old', at: instant(0), data: {} }],
        rows: [{ kind, key, expected: version, format, value: rest }],
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
  await asBefore(store);
  for (const by of [{ bearer }, { cookie }]) {
    expect((await send('GET', '/v1/access', by)).body).toMatchObject({ role: 'approver', approves: null });
    expect((await send('GET', '/v1/may/agree/owner', by)).status).toBe(200);
  }
  expect((await login({ code: unopened })).status).toBe(200);
  expect((await withKey('GET', '/v1/access/tokens')).body).toMatchObject([{ id, approves: null }]);
  expect((await withKey('DELETE', `/v1/access/tokens/${id}`)).body).toEqual({ revoked: true });
});
