import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashPassword, isPassword } from './index.ts';

test('a password is known again, another one is not', async () => {
  const stored = await hashPassword('correct horse');
  expect(stored).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
  expect([await isPassword('correct horse', stored), await isPassword('Correct horse', stored)]).toEqual([
    true,
    false,
  ]);
});

test('the same password is kept in another way each time', async () => {
  expect(await hashPassword('twice')).not.toBe(await hashPassword('twice'));
});

test('the same letters are the same password, however they are composed', async () => {
  expect(await isPassword('cafe\u0301', await hashPassword('caf\u00e9'))).toBe(true);
});

test('what was kept at another cost is still known', async () => {
  const salt = Buffer.alloc(16, 7);
  const key = scryptSync('old', salt, 32, { N: 1_024, r: 4, p: 1 });
  const stored = `scrypt$1024$4$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
  expect([await isPassword('old', stored), await isPassword('new', stored)]).toEqual([true, false]);
});

test.each([null, 'scrypt$16384$8$5$AAAAAAAAAAAAAAAAAAAAAA$'])('%s lets nobody in', async (stored) => {
  expect(await isPassword('', stored)).toBe(false);
});

test('nobody learns by the clock who has an account', async () => {
  const stored = await hashPassword('a password');
  const timeOf = async (kept: string | null) => {
    const begun = performance.now();
    await isPassword('a guess', kept);
    return performance.now() - begun;
  };
  await timeOf(stored);
  const [known, unknown] = [await timeOf(stored), await timeOf(null)];
  expect(unknown / known).toBeGreaterThan(0.3);
});
