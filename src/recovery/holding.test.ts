import { expect, test } from 'vitest';
import { openDesk } from './desk.ts';
import { createWorld, database, finished, ownInMemory } from './testing/world.ts';

const by = { by: 'ann', note: '' };

async function copied() {
  const world = createWorld([database()]);
  const recovery = openDesk(world.site(), ownInMemory(world.clock));
  const view = await finished(recovery, world.clock, recovery.begin({ kind: 'backup', of: null, ...by }));
  return { world, recovery, copy: view?.copies[0]?.id ?? '' };
}

test.each([
  ['nothing that is kept', { of: 'files', copy: null }, 'recovery_store_unknown'],
  ['a copy that is not there', { of: 'database', copy: 'nope' }, 'recovery_copy_unknown'],
  ['a copy of something else', { of: 'fairway', copy: 'of database' }, 'recovery_copy_unknown'],
])('a hold on %s is refused, whoever asks: it would keep nothing', async (_what, ask, code) => {
  const { world, recovery, copy } = await copied();
  const known = ask.copy === 'of database' ? copy : ask.copy;
  const held = await recovery.hold({ ...ask, copy: known, reason: 'case 12', by: 'ann' });
  expect(held).toMatchObject({ ok: false, error: { code } });
  expect(await world.types()).not.toContain('recovery.held');
  await recovery.end();
});

test('a hold that is there is ended, one that is not is told', async () => {
  const { recovery, copy } = await copied();
  const held = await recovery.hold({ of: 'database', copy, reason: 'case 12', by: 'ann' });
  expect(await recovery.releaseHold('other')).toMatchObject({
    ok: false,
    error: { code: 'recovery_hold_unknown' },
  });
  expect(await recovery.releaseHold(held.ok ? held.value.id : '')).toMatchObject({ ok: true });
  const state = await recovery.state();
  expect(state.ok && state.value.holds).toEqual([]);
  await recovery.end();
});

test('a hold can be ended where the state cannot be read', async () => {
  const { world, recovery, copy } = await copied();
  const held = await recovery.hold({ of: 'database', copy, reason: 'case 12', by: 'ann' });
  const [file = ''] = [...world.repository.files.keys()].filter((path) => path.includes('/holds/'));
  world.repository.files.set(file, Buffer.from('{"format":1}'));
  const state = await recovery.state();
  expect(state.ok).toBe(false);
  expect(await recovery.releaseHold(held.ok ? held.value.id : '')).toMatchObject({ ok: true });
  await recovery.end();
});
