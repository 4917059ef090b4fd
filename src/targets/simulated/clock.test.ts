import { expect, test } from 'vitest';
import { instant, millis, seconds } from '#kernel';
import { createVirtualClock } from './index.ts';
import { createMemory } from './memory.ts';
import { createSleepers } from './sleepers.ts';

const start = instant(1_000_000);

test('time jumps to the next sleeper, and those of one moment wake in the order they lay down', async () => {
  const clock = createVirtualClock(start);
  const woken: string[] = [];
  const sleeper = (name: string, wait: number) =>
    clock.sleep(millis(wait)).then(() => woken.push(`${name} ${clock.now() - start}`));
  const all = [sleeper('late', 300), sleeper('first', 100), sleeper('second', 100), sleeper('soon', 50)];
  await clock.run();
  await Promise.all(all);
  expect(woken).toEqual(['soon 50', 'first 100', 'second 100', 'late 300']);
  expect(clock.pending()).toBe(0);
});

test('nothing happens before it is asked for, and not after the moment that was named', async () => {
  const clock = createVirtualClock(start);
  let woken = 0;
  void clock.sleep(seconds(1)).then(() => (woken += 1));
  void clock.sleep(seconds(3)).then(() => (woken += 1));
  await new Promise((resolve) => setImmediate(resolve));
  expect([woken, clock.elapsed()]).toEqual([0, 0]);
  await clock.run(instant(start + 2_000));
  expect([woken, clock.elapsed(), clock.pending()]).toEqual([1, 2_000, 1]);
});

test('time stands still as long as anything is left that can go on', async () => {
  const clock = createVirtualClock(start);
  let at = -1;
  const deep = async (levels: number): Promise<void> => (levels === 0 ? undefined : deep(levels - 1));
  const work = deep(500).then(() => (at = clock.elapsed()));
  void clock.sleep(millis(1));
  await clock.run();
  await work;
  expect(at).toBe(0);
});

test('an aborted sleep ends at once, and its place is free again', async () => {
  const clock = createVirtualClock(start);
  const one = new AbortController();
  const ended: number[] = [];
  const sleeps = Array.from({ length: 100 }, (_, i) =>
    clock.sleep(millis(1_000 + i), one.signal).then(() => ended.push(clock.elapsed())),
  );
  void clock.sleep(millis(10)).then(() => one.abort());
  await clock.run();
  await Promise.all(sleeps);
  expect(new Set(ended)).toEqual(new Set([10]));
  expect([clock.pending(), clock.elapsed()]).toEqual([0, 10]);
  await clock.sleep(millis(5), one.signal);
});

test('sleepers that leave in any order do not disturb the others', async () => {
  const clock = createVirtualClock(start);
  const woken: number[] = [];
  const leavers: AbortController[] = [];
  for (let i = 0; i < 1_000; i += 1) {
    const wait = (i * 7_919) % 1_000;
    if (i % 3 === 0) {
      const leaver = new AbortController();
      leavers.push(leaver);
      void clock.sleep(millis(wait), leaver.signal);
    } else void clock.sleep(millis(wait)).then(() => woken.push(clock.elapsed()));
  }
  for (const leaver of leavers) leaver.abort();
  expect(clock.pending()).toBe(1_000 - leavers.length);
  await clock.run();
  expect(woken).toEqual([...woken].sort((a, b) => a - b));
  expect(woken).toHaveLength(1_000 - leavers.length);
});

test('work that nothing on the clock can end is called stuck, and its own failure is passed on', async () => {
  const clock = createVirtualClock(start);
  await expect(clock.until(new Promise(() => undefined))).rejects.toThrow('depends on somebody who sleeps');
  const failing = clock.sleep(millis(5)).then(() => Promise.reject(new Error('broken')));
  await expect(clock.until(failing)).rejects.toThrow('broken');
  expect(await clock.until(clock.sleep(millis(5)).then(() => clock.elapsed()))).toBe(10);
});

test('a step of the wall clock shows in what it says, and wakes nobody', async () => {
  const clock = createVirtualClock(start);
  let wokenAt = -1;
  void clock.sleep(seconds(10)).then(() => (wokenAt = clock.elapsed()));
  clock.stepWall(-3_600_000);
  expect(clock.now()).toBe(start - 3_600_000);
  await clock.run();
  expect([wokenAt, clock.now()]).toEqual([10_000, start - 3_600_000 + 10_000]);
});

test('a clock that always runs needs nobody to run it', async () => {
  const clock = createVirtualClock(start, { runs: 'always' });
  await clock.sleep(seconds(86_400));
  expect(clock.elapsed()).toBe(86_400_000);
});

test('a moment that everybody has left is forgotten', () => {
  const sleepers = createSleepers();
  const nobody = () => undefined;
  const [one, other] = [sleepers.add(5, nobody), sleepers.add(5, nobody)];
  sleepers.add(9, nobody);
  sleepers.remove(one);
  expect([sleepers.nextAt(), sleepers.size()]).toEqual([5, 2]);
  sleepers.remove(other);
  sleepers.remove(other);
  expect([sleepers.nextAt(), sleepers.size()]).toEqual([9, 1]);
});

test('a memory keeps at least as much as it was asked to, and not everything', () => {
  const memory = createMemory<number>(10);
  for (let i = 0; i < 35; i += 1) memory.set(String(i), i);
  for (let i = 25; i < 35; i += 1) expect(memory.get(String(i))).toBe(i);
  expect(memory.get('14')).toBeUndefined();
  memory.forget('34');
  expect(memory.get('34')).toBeUndefined();
});
