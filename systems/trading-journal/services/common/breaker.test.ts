import { describe, expect, test } from 'vitest';
import { createBreaker, retry } from './breaker.ts';
import type { Clock } from './clock.ts';
import { fail, ok } from './result.ts';

/** Time that passes when it is told to. */
function manualClock() {
  let now = 0;
  const waits: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (wait) => {
      now += wait;
      waits.push(wait);
      return Promise.resolve();
    },
  };
  return { clock, waits, pass: (millis: number) => (now += millis) };
}

const down = () => Promise.resolve(fail('down', ''));
const up = () => Promise.resolve(ok('answer'));
const refused = () => Promise.resolve(fail('refused', ''));

describe('a breaker', () => {
  const create = (clock: Clock) => createBreaker({ clock, counts: (code) => code === 'down' });

  test.each([
    ['5 failures open it', [down, down, down, down, down], 'open'],
    ['4 do not', [down, down, down, down], 'closed'],
    ['a success between begins the count anew', [down, down, down, down, up, down], 'closed'],
    [
      'a refused request is no failure of the other side',
      [refused, refused, refused, refused, refused],
      'closed',
    ],
  ])('%s', async (_, works, state) => {
    const breaker = create(manualClock().clock);
    for (const work of works) await breaker.run<string>(work);
    expect(breaker.state()).toBe(state);
  });

  test('when open it calls nobody for 30 seconds, then lets one trial through, whose end decides', async () => {
    const { clock, pass } = manualClock();
    const breaker = create(clock);
    let calls = 0;
    const counted = (work: typeof down) => () => {
      calls += 1;
      return work();
    };
    for (let i = 0; i < 5; i++) await breaker.run(counted(down));
    pass(29_999);
    expect(await breaker.run(counted(down))).toMatchObject({ code: 'breaker_open' });
    expect(calls).toBe(5);
    pass(1);
    expect(breaker.state()).toBe('halfOpen');
    const both = await Promise.all([breaker.run(counted(down)), breaker.run(counted(down))]);
    expect(both.map((each) => !each.ok && each.code)).toEqual(['down', 'breaker_open']);
    expect(breaker.state()).toBe('open');
    pass(30_000);
    expect(await breaker.run(up)).toEqual(ok('answer'));
    expect(breaker.state()).toBe('closed');
  });
});

describe('trying again', () => {
  test.each([
    ['stops at the first success', ['down', null], [0]],
    ['stops after the last wait', ['down', 'down', 'down', 'down', 'down'], [0, 1_000, 2_000]],
    ['stops at what will not pass', ['down', 'refused'], [0]],
    ['does not begin when all is well', [null], []],
  ])('%s', async (_, outcomes, expected) => {
    const { clock, waits } = manualClock();
    let turn = 0;
    await retry({ clock, waits: [0, 1_000, 2_000], mayPass: (code) => code === 'down' }, () => {
      const code = outcomes[turn++];
      return Promise.resolve(code ? fail(code, '') : ok(1));
    });
    expect(waits).toEqual(expected);
  });
});
