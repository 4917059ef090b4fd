import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diskFailure, readDocument, writeAtomically } from './files.ts';
import { createWorld, type World } from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.end());

test.each([
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['EACCES', 'not_permitted'],
  ['EROFS', 'not_permitted'],
  ['ENOENT', 'not_found'],
  ['EIO', 'disk_failed'],
])('the system says %s, we say %s', (code, expected) => {
  const reason = Object.assign(new Error('it failed'), { code });
  expect(diskFailure('/x', reason)).toMatchObject({ error: { code: expected, facts: { path: '/x' } } });
});

test('a file is replaced as a whole, and nothing is left beside it', async () => {
  const file = join(world.folder, 'state.json');
  for (const text of ['{"format":1,"a":1}', '{"format":1}'])
    expect(await writeAtomically(file, text, 0o600)).toEqual({ ok: true, value: null });
  expect(await readDocument(file, 1)).toEqual({ ok: true, value: { format: 1 } });
  expect(await readdir(world.folder)).toEqual(['state.json']);
});

test.each([
  ['no file', null, { ok: true, value: null }],
  ['another format', '{"format":2}', { error: { code: 'state_unreadable' } }],
  ['half a text', '{"format":', { error: { code: 'state_unreadable' } }],
  ['no object', '7', { error: { code: 'state_unreadable' } }],
])('of %s a document reads as it should', async (_title, text, expected) => {
  if (text !== null) await world.write('state.json', text);
  expect(await readDocument(join(world.folder, 'state.json'), 1)).toMatchObject(expected);
});
