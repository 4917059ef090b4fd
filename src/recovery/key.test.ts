import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openKey } from './key.ts';
import { codeIn, makeTempFolder, valueIn } from './repository/testing/place.ts';

const makeFile = async () => join(await makeTempFolder(), 'deeper', 'recovery.key');

it('is made when it is asked for, as age-keygen writes it, for its owner only', async () => {
  const file = await makeFile();
  const key = valueIn(await openKey(file, { create: true }));
  expect(await readFile(file, 'utf8')).toBe(`# public key: ${key.recipient}\n${key.identity}\n`);
  expect(key.identity).toMatch(/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
  expect(key.recipient).toMatch(/^age1[0-9a-z]{58}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(file, '..'))).toEqual(['recovery.key']);
});

it('is the same one from then on, and one for all who ask at once', async () => {
  const file = await makeFile();
  const first = valueIn(await openKey(file, { create: true }));
  expect(valueIn(await openKey(file, { create: true }))).toEqual(first);
  expect(valueIn(await openKey(file, { create: false }))).toEqual(first);
});

it('is missing when it is not there and none may be made', async () => {
  const file = await makeFile();
  expect(await openKey(file, { create: false })).toEqual({
    ok: false,
    error: { code: 'recovery_key_missing', facts: { path: file } },
  });
});

it.each([0o640, 0o604, 0o660, 0o644])('is refused when others may read it (%i)', async (mode) => {
  const file = await makeFile();
  valueIn(await openKey(file, { create: true }));
  await chmod(file, mode);
  expect(await openKey(file, { create: true })).toEqual({
    ok: false,
    error: { code: 'recovery_key_exposed', facts: { path: file, mode: mode.toString(8) } },
  });
});

const AGE_KEYGEN = `# created: 2026-11-22T02:01:02Z
# public key: age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX
`;

it('is read as age-keygen wrote it', async () => {
  const file = join(await makeTempFolder(), 'key');
  await writeFile(file, AGE_KEYGEN, { mode: 0o600 });
  const { recipient } = valueIn(await openKey(file, { create: false }));
  expect(AGE_KEYGEN).toContain(recipient);
});

it.each([
  ['empty', '', 'there is no key in it'],
  ['only comments', '# public key: age1\n', 'there is no key in it'],
  ['two', AGE_KEYGEN + AGE_KEYGEN, 'there is more than one key in it'],
  ['a letter off', AGE_KEYGEN.replace('GFPQ4', 'GFPQ5'), 'its key is not one that age-keygen writes'],
  ['cut', AGE_KEYGEN.slice(0, 140), 'its key is not one that age-keygen writes'],
  [
    'a recipient',
    'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj',
    'its key is not one that age-keygen writes',
  ],
])('is damaged when it is %s; nothing of it is told, nothing is changed', async (_what, text, reason) => {
  const file = join(await makeTempFolder(), 'key');
  await writeFile(file, text, { mode: 0o600 });
  const found = await openKey(file, { create: true });
  expect(found).toEqual({
    ok: false,
    error: { code: 'recovery_key_damaged', facts: { path: file, reason } },
  });
  expect(await readFile(file, 'utf8')).toBe(text);
});

it('is damaged when it is a folder', async () => {
  const folder = await makeTempFolder();
  expect(codeIn(await openKey(folder, { create: true }))).toBe('recovery_key_damaged');
});
