import { describe, expect, test } from 'vitest';
import { keptLog } from './log.fixture.ts';
import { createMetrics } from './metrics.ts';
import { createPolicy, BreakerOpenError, TimeoutError } from './resilience.ts';

/** Time that passes at once when somebody sleeps; what was slept is kept. */
function sleepingClock() {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    pass: (ms: number) => (now += ms),
    sleep: (ms: number, signal?: AbortSignal) => {
      if (ms >= 5_000)
        return new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

const down = () => Promise.reject(new Error('down'));
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (reason: unknown) => (reason instanceof Error && 'code' in reason ? reason.code : String(reason)),
  );

describe('retries', () => {
  test('attempts 1 to 4 come after 0, 1, 2 and 4 s; there is no fifth', async () => {
    const clock = sleepingClock();
    const policy = createPolicy({ name: 'p', breaker: null }, { clock });
    const at: number[] = [];
    const work = () => {
      at.push(clock.now());
      return down();
    };
    await expect(policy.run(work)).rejects.toThrow('down');
    expect(clock.slept).toEqual([1_000, 2_000, 4_000]);
    expect(at).toEqual([0, 1_000, 3_000, 7_000]);
  });

  test('with more attempts than pauses the last pause is used again', async () => {
    const clock = sleepingClock();
    const policy = createPolicy(
      { name: 'p', breaker: null, retries: { most: 4, waits: [5, 10, 20] } },
      { clock },
    );
    await expect(policy.run(down)).rejects.toThrow('down');
    expect(clock.slept).toEqual([5, 10, 20, 20, 20]);
  });

  test('the first success ends them', async () => {
    const clock = sleepingClock();
    let attempts = 0;
    const work = () => (++attempts < 3 ? down() : Promise.resolve('done'));
    expect(await createPolicy({ name: 'p' }, { clock }).run(work)).toBe('done');
    expect(attempts).toBe(3);
  });

  test('what may not be tried again is not, and neither is a failure of our own', async () => {
    const clock = sleepingClock();
    let attempts = 0;
    const work = () => {
      attempts += 1;
      return down();
    };
    await expect(createPolicy({ name: 'p' }, { clock }).run(work, { mayRetry: false })).rejects.toThrow(
      'down',
    );
    expect(attempts).toBe(1);
    const policy = createPolicy({ name: 'p', counts: () => false, breaker: { failures: 1 } }, { clock });
    await expect(policy.run(work)).rejects.toThrow('down');
    expect(attempts).toBe(2);
    expect(policy.state).toBe('closed');
  });

  test('which failures are worth another attempt can depend on them', async () => {
    let attempts = 0;
    const work = () => Promise.reject(new Error(`failure ${++attempts}`));
    const mayRetry = (reason: unknown) => !String(reason).includes('failure 2');
    const policy = createPolicy({ name: 'p' }, { clock: sleepingClock() });
    await expect(policy.run(work, { mayRetry })).rejects.toThrow('failure 2');
  });

  test('a caller who gives up within a pause does not wait for its end', async () => {
    const caller = new AbortController();
    const policy = createPolicy({ name: 'p', retries: { waits: [0, 60_000] } });
    const running = policy.run(down, { signal: caller.signal });
    setTimeout(() => caller.abort(new Error('gone')), 30);
    await expect(running).rejects.toThrow('gone');
  });
});

describe('timeout', () => {
  test('work that does not heed its signal is given up in time, and its signal aborted', async () => {
    const policy = createPolicy({ name: 'slow', timeout: 100, retries: null });
    let given: AbortSignal | undefined;
    const begun = performance.now();
    const running = policy.run((signal) => {
      given = signal;
      return new Promise(() => undefined);
    });
    await expect(running).rejects.toThrow(TimeoutError);
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(95);
    expect(given?.aborted).toBe(true);
    expect(given?.reason).toBeInstanceOf(TimeoutError);
  });

  test('a work that ended in time is not aborted afterwards, and leaves no timer behind', async () => {
    const policy = createPolicy({ name: 'quick', timeout: 40, retries: null });
    let given: AbortSignal | undefined;
    await policy.run((signal) => Promise.resolve((given = signal)));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(given?.aborted).toBe(false);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(3);
  });
});

describe('breaker', () => {
  const breakerOnly = (clock: ReturnType<typeof sleepingClock>, log = keptLog().log) =>
    createPolicy({ name: 'b', retries: null }, { clock, log });

  test('5 failures open it, it refuses at once for 30 s, one trial closes it', async () => {
    const clock = sleepingClock();
    const { log, messages } = keptLog();
    const policy = breakerOnly(clock, log);
    for (let call = 1; call <= 5; call++) {
      expect(policy.state).toBe('closed');
      await expect(policy.run(down)).rejects.toThrow('down');
    }
    expect(policy.state).toBe('open');
    clock.pass(29_999);
    let asked = 0;
    const work = () => Promise.resolve(++asked);
    expect(await codeOf(policy.run(work))).toBe('breaker_open');
    expect(asked).toBe(0);
    clock.pass(1);
    expect(await policy.run(work)).toBe(1);
    expect(policy.state).toBe('closed');
    expect(messages()).toEqual(['circuit breaker opened', 'circuit breaker closed']);
  });

  test('a success in between begins the count anew', async () => {
    const policy = breakerOnly(sleepingClock());
    for (let call = 1; call <= 12; call++) {
      await policy.run(() => (call % 5 === 0 ? Promise.resolve() : down())).catch(() => undefined);
    }
    expect(policy.state).toBe('closed');
  });

  test('half open: one trial, the others are refused at once; its failure opens for another 30 s', async () => {
    const clock = sleepingClock();
    const policy = breakerOnly(clock);
    for (let call = 1; call <= 5; call++) await policy.run(down).catch(() => undefined);
    clock.pass(30_000);
    const trial = Promise.withResolvers<string>();
    const trying = policy.run(() => trial.promise);
    await Promise.resolve();
    expect(policy.state).toBe('halfOpen');
    expect(await codeOf(policy.run(() => Promise.resolve()))).toBe('breaker_open');
    trial.reject(new Error('still down'));
    await expect(trying).rejects.toThrow('still down');
    expect(policy.state).toBe('open');
    clock.pass(29_999);
    expect(await codeOf(policy.run(() => Promise.resolve()))).toBe('breaker_open');
    clock.pass(1);
    expect(await codeOf(policy.run(() => Promise.resolve()))).toBe('ok');
  });

  test('with two trials both must succeed, and nobody waits for them', async () => {
    const clock = sleepingClock();
    const policy = createPolicy({ name: 'b', retries: null, breaker: { failures: 1, trials: 2 } }, { clock });
    await policy.run(down).catch(() => undefined);
    clock.pass(30_000);
    await policy.run(down).catch(() => undefined);
    expect(policy.state).toBe('open');
    clock.pass(30_000);
    expect(await codeOf(policy.run(() => Promise.resolve()))).toBe('ok');
    expect(policy.state).toBe('halfOpen');
    const second = Promise.withResolvers<void>();
    const trying = policy.run(() => second.promise);
    await Promise.resolve();
    expect(await codeOf(policy.run(() => Promise.resolve()))).toBe('breaker_open');
    second.resolve();
    await trying;
    expect(policy.state).toBe('closed');
  });

  test('a trial that its caller abandons does not close it', async () => {
    const clock = sleepingClock();
    const policy = breakerOnly(clock);
    for (let call = 1; call <= 5; call++) await policy.run(down).catch(() => undefined);
    clock.pass(30_000);
    const caller = new AbortController();
    const trying = policy.run(() => new Promise(() => undefined), { signal: caller.signal });
    caller.abort(new Error('gone'));
    await expect(trying).rejects.toThrow('gone');
    expect(policy.state).toBe('open');
  });

  test('calls that their callers abandon do not open it', async () => {
    const policy = breakerOnly(sleepingClock());
    for (let call = 1; call <= 8; call++) {
      const caller = new AbortController();
      const running = policy.run(() => new Promise(() => undefined), { signal: caller.signal });
      caller.abort(new Error('gone'));
      await expect(running).rejects.toThrow('gone');
    }
    expect(policy.state).toBe('closed');
  });

  test('without a breaker nothing is ever refused', async () => {
    const policy = createPolicy({ name: 'b', breaker: null, retries: null }, { clock: sleepingClock() });
    for (let call = 1; call <= 12; call++) await expect(policy.run(down)).rejects.toThrow('down');
    expect(policy.state).toBe('closed');
  });

  test('an open breaker ends the retries', async () => {
    const clock = sleepingClock();
    const policy = createPolicy({ name: 'b', breaker: { failures: 2 } }, { clock });
    let attempts = 0;
    const work = () => {
      attempts += 1;
      return down();
    };
    await expect(policy.run(work)).rejects.toThrow(BreakerOpenError);
    expect(attempts).toBe(2);
  });
});

test('metrics tell state, retries, timeouts and refusals; two policies share the families', async () => {
  const clock = sleepingClock();
  const metrics = createMetrics();
  const one = createPolicy({ name: 'one', breaker: { failures: 2 } }, { clock, metrics });
  createPolicy({ name: 'two' }, { clock, metrics });
  await one.run(down).catch(() => undefined);
  const slow = createPolicy({ name: 'slow', timeout: 10, retries: null }, { metrics });
  await slow.run(() => new Promise(() => undefined)).catch(() => undefined);
  const text = await metrics.render();
  expect(text).toContain('resilience_timeouts_total{policy="slow"} 1');
  expect(text).not.toContain('resilience_timeouts_total{policy="one"}');
  expect(text).toContain('resilience_breaker_state{policy="one",state="open"} 1');
  expect(text).toContain('resilience_breaker_state{policy="two",state="closed"} 1');
  expect(text).toContain('resilience_retries_total{policy="one"} 2');
  expect(text).toContain('resilience_refusals_total{policy="one"} 1');
});
