import { expect, test } from 'vitest';
import { anAccess, handClock } from './access.fixture.ts';
import { createAttempts } from './attempts.ts';

const wrong = { token: `fw_${'x'.repeat(43)}` };

test('ten wrong logins are answered, the eleventh has to wait, and so has a right one', async () => {
  const { login, token, clock } = anAccess();
  const { secret } = await token('viewer');
  for (let tries = 0; tries < 10; tries++) expect((await login(wrong)).body['code']).toBe('token_wrong');
  const eleventh = await login(wrong);
  expect(eleventh.body).toMatchObject({ code: 'login_too_often', facts: { seconds: 6 } });
  expect(eleventh.headers.get('retry-after')).toBe('6');
  expect((await login({ token: secret })).body['code']).toBe('login_too_often');
  clock.move(6_000);
  expect((await login({ token: secret })).status).toBe(200);
});

test('right ones are not counted, however many', async () => {
  const { login, token } = anAccess();
  const { secret } = await token('viewer');
  for (let tries = 0; tries < 30; tries++) expect((await login({ token: secret })).status).toBe(200);
});

test('wrong codes count as wrong tokens do, used ones do not', async () => {
  const { login, code } = anAccess();
  const used = await code();
  await login({ code: used });
  for (let tries = 0; tries < 20; tries++)
    expect((await login({ code: used })).body['code']).toBe('link_used');
  for (let tries = 0; tries < 10; tries++)
    expect((await login({ code: 'nonsense' })).body['code']).toBe('link_unknown');
  expect((await login({ code: 'nonsense' })).body['code']).toBe('login_too_often');
});

test('each address has its own ten, and all together a hundred', () => {
  const clock = handClock();
  const attempts = createAttempts(clock);
  const taken = Array.from({ length: 20 * 11 }, (_, index) => attempts.take(`10.0.0.${index % 20}`));
  expect(taken.filter((wait) => wait === null)).toHaveLength(100);
  expect(attempts.take('10.0.1.1')).toBe(1);
  clock.move(1_000);
  expect(attempts.take('10.0.1.1')).toBeNull();
});

test('a clock that is set back gives nothing away and locks nobody out for good', () => {
  const clock = handClock();
  const attempts = createAttempts(clock);
  for (let tries = 0; tries < 10; tries++) expect(attempts.take('one')).toBeNull();
  clock.move(-3_600_000);
  expect(attempts.take('one')).toBe(6);
  clock.move(6_000);
  expect(attempts.take('one')).toBeNull();
});
