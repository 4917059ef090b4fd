import { expect, test } from 'vitest';
import { repeat } from '../clock.ts';
import { manualClock } from './index.ts';

test('what sleeps wakes in order, at its own time, also what falls asleep on the way', async () => {
  const clock = manualClock(0);
  const woken: [string, number][] = [];
  void clock.sleep(200).then(() => woken.push(['late', clock.now()]));
  void clock
    .sleep(50)
    .then(() => clock.sleep(100))
    .then(() => woken.push(['twice', clock.now()]));
  await clock.advance(149);
  expect(woken).toEqual([]);
  await clock.advance(1_000);
  expect(woken).toEqual([
    ['twice', 150],
    ['late', 200],
  ]);
  expect(clock.now()).toBe(1_149);
});

test('a signal ends a sleep at once', async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const sleep = clock.sleep(1_000, stop.signal);
  stop.abort();
  await sleep;
  await clock.sleep(1_000, stop.signal);
});

test('repeat goes on after a failure, until it is told to stop', async () => {
  const clock = manualClock(0);
  const stop = new AbortController();
  const seen: unknown[] = [];
  const work = () => {
    seen.push(clock.now());
    return clock.now() === 10 ? Promise.reject(new Error('no')) : Promise.resolve();
  };
  const done = repeat({ clock, wait: 10, signal: stop.signal }, work, (reason) => seen.push(String(reason)));
  await clock.advance(25);
  stop.abort();
  await done;
  expect(seen).toEqual([0, 10, 'Error: no', 20]);
});
