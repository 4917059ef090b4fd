import { expect, test } from 'vitest';
import { fail, ok, type Result } from '#kernel';
import { createTogether } from './together.ts';

const untilAborted = (signal: AbortSignal) =>
  new Promise<Result<never>>((resolve) =>
    signal.addEventListener('abort', () => resolve(fail('cancelled', { what: 'it' })), { once: true }),
  );

test('the part that fails ends the others, which say whether anything of them was tried', async () => {
  const together = createTogether(new AbortController().signal);
  const done = await Promise.all([
    together.part('waits', (signal) => untilAborted(signal)),
    together.part('works', (signal, begins) => {
      begins();
      return untilAborted(signal);
    }),
    together.part('is whole', async () => ok(1)),
    together.part('breaks', async () => fail('backup_part_missing', { path: 'base.tar' })),
  ]);
  expect(done.map((result) => (result.ok ? 'ok' : result.error))).toEqual([
    { code: 'drill_not_tried', facts: { part: 'waits', failed: 'breaks' } },
    { code: 'drill_left_off', facts: { part: 'works', failed: 'breaks' } },
    'ok',
    { code: 'backup_part_missing', facts: { path: 'base.tar' } },
  ]);
});

test('what is ended from outside is cancelled, and blames nobody', async () => {
  const outside = new AbortController();
  const together = createTogether(outside.signal);
  const parts = Promise.all(['one', 'other'].map((name) => together.part(name, untilAborted)));
  outside.abort();
  expect((await parts).map((result) => (result.ok ? '' : result.error.code))).toEqual([
    'cancelled',
    'cancelled',
  ]);
});
