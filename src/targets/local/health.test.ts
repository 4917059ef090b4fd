import { describe, expect, test } from 'vitest';
import type { Service } from '#core/system';
import { after, instant, millis, seconds } from '#kernel';
import { type Answer, type Health, judge, newHealth, nextProbe, type ProbeName } from './health.ts';
import { probe } from './testing/world.ts';

const start = instant(1_000_000);
const good: Answer = { ok: true };
const bad: Answer = { ok: false, detail: 'no' };
const probes = (more: Partial<Service['probes']>): Service['probes'] => ({
  live: null,
  ready: null,
  startup: null,
  ...more,
});

/** Answers of one probe, a second apart; the health after them and the advice on the last. */
function run(has: Service['probes'], name: ProbeName, answers: readonly Answer[], from?: Health) {
  let health = from ?? newHealth(has, start);
  let advice = 'keep';
  let now = start;
  for (const answer of answers) {
    now = after(now, seconds(1));
    ({ health, advice } = judge(health, has, name, answer, now));
  }
  return { health, advice };
}

describe('readiness', () => {
  const ready = { ...probe('/readyz'), successes: 2, failures: 3 };
  test.each<[string, Answer[], boolean | null]>([
    ['nothing yet                   ', [], null],
    ['one success of two            ', [good], null],
    ['two successes                 ', [good, good], true],
    ['failures before any success   ', [bad, bad, bad, bad], null],
    ['a success, a failure, one more', [good, bad, good], null],
    ['ready, then two failures      ', [good, good, bad, bad], true],
    ['ready, then three failures    ', [good, good, bad, bad, bad], false],
    ['unready, then one success     ', [good, good, bad, bad, bad, good], false],
    ['unready, then two successes   ', [good, good, bad, bad, bad, good, good], true],
  ])('%s → %s', (_title, answers, expected) => {
    expect(run(probes({ ready }), 'ready', answers).health.ready).toBe(expected);
  });

  test('a break begins the time of being ready anew', () => {
    const has = probes({ ready });
    const first = run(has, 'ready', [good, good, good]).health;
    expect(first.readySince).toBe(after(start, seconds(2)));
    expect(run(has, 'ready', [good, good, bad, bad, bad, good, good]).health.readySince).toBe(
      after(start, seconds(7)),
    );
  });

  test('before the first success it is asked every 100 ms, afterwards at its interval', () => {
    const has = probes({ ready: { ...ready, interval: seconds(5) } });
    const asked = run(has, 'ready', [bad]).health;
    expect(asked.readyDue).toBe(after(start, millis(1_100)));
    const isReady = run(has, 'ready', [good, good]).health;
    expect(isReady.readyDue).toBe(after(start, seconds(7)));
  });
});

describe('startup', () => {
  const has = probes({
    startup: { ...probe('/started'), interval: seconds(2), failures: 3 },
    live: probe('/live'),
  });

  test('until it has succeeded no other probe is due', () => {
    expect(nextProbe(newHealth(has, start), has, start)).toEqual({ ask: 'startup' });
    const waiting = run(has, 'startup', [bad]).health;
    expect(nextProbe(waiting, has, after(start, seconds(60)))).toEqual({ ask: 'startup' });
    const started = run(has, 'startup', [good]).health;
    expect(nextProbe(started, has, after(start, seconds(2)))).toEqual({ ask: 'ready' });
  });

  test('its budget is a time, not a number of asks', () => {
    expect(run(has, 'startup', [bad, bad, bad, bad, bad]).advice).toBe('keep');
    const over = run(has, 'startup', [bad, bad, bad, bad, bad, bad]);
    expect(over.advice).toBe('restart');
    expect(over.health.detail).toBe('it did not start within 6 s: no');
  });
});

describe('life', () => {
  const has = probes({ live: { ...probe('/live'), failures: 3 } });
  const answered = run(has, 'ready', [good]).health;

  test.each<[string, Answer[], string]>([
    ['two failures           ', [bad, bad], 'keep'],
    ['three failures         ', [bad, bad, bad], 'restart'],
    ['a success in between   ', [bad, bad, good, bad, bad], 'keep'],
  ])('%s → %s', (_title, answers, advice) => {
    expect(run(has, 'live', answers, answered).advice).toBe(advice);
  });

  test('silence while it boots does not count for 30 s', () => {
    expect(run(has, 'live', Array<Answer>(29).fill(bad)).advice).toBe('keep');
    expect(run(has, 'live', Array<Answer>(32).fill(bad)).advice).toBe('restart');
  });
});
