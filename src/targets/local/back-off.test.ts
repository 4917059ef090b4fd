import { expect, test } from 'vitest';
import { seconds } from '#kernel';
import { afterAnExit, type BackOff, delayOf, noExits } from './back-off.ts';

const exits = (count: number, lasted = seconds(1), lostItsPort = false): BackOff => {
  let backOff = noExits;
  for (let exit = 0; exit < count; exit += 1) ({ backOff } = afterAnExit(backOff, { lasted, lostItsPort }));
  return backOff;
};

test.each([
  [0, 0],
  [1, 500],
  [2, 1_000],
  [3, 2_000],
  [6, 16_000],
  [7, 30_000],
  [2_000, 30_000],
])('after %i exits in a row the wait is %i ms', (count, wait) => expect(delayOf(exits(count))).toBe(wait));

test('a minute of running makes up for the exits before', () => {
  const { backOff } = afterAnExit(exits(6), { lasted: seconds(60), lostItsPort: false });
  expect(delayOf(backOff)).toBe(500);
});

test('a lost port costs nothing five times, then it is a crash', () => {
  const lost = { lasted: seconds(1), lostItsPort: true };
  expect(delayOf(exits(5, seconds(1), true))).toBe(0);
  expect(afterAnExit(exits(4, seconds(1), true), lost).isCrash).toBe(false);
  expect(afterAnExit(exits(5, seconds(1), true), lost).isCrash).toBe(true);
});
