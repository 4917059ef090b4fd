import { describe, expect, it } from 'vitest';
import type { Client, TimelineEntry } from '#api';
import { type Clock, fail, instant, ok } from '#kernel';
import { follow, type FollowOptions } from './follow.ts';
import type { World } from './world.ts';

const entry = (outcome: TimelineEntry['outcome']) =>
  ({
    sequence: 2,
    at: 0,
    type: 'rollout',
    sentence: 'held',
    release: 2,
    outcome,
    rollout: { event: { type: 'tick' } },
  }) as never;

/** Entries that come, and then none any more until it is told to stop; a rollout that waits for `kind` all the time. */
function following(
  entries: readonly TimelineEntry[],
  kind: string,
  options: FollowOptions = { json: true, ends: 'rollout' },
) {
  const lines: string[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => instant(now),
    sleep: async (wait, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted !== true) now += wait;
    },
  };
  const client = {
    call: async () => ok({ rollout: { waitsFor: { kind, person: true, sentence: '' } } }),
    async *events(_: string, __: number, stop: AbortSignal) {
      yield* entries;
      while (!stop.aborted) await new Promise((resolve) => setImmediate(resolve));
    },
  } as unknown as Client;
  const print = (line: string) => lines.push(line);
  const world = { clock, interrupted: new AbortController().signal, terminal: false, print };
  const end = follow(world as unknown as World, client, 'dev', { after: 1, release: 2 }, options);
  return { end, lines, now: () => now };
}

describe('what failed', () => {
  it('is told with what to do about it', async () => {
    const failed: TimelineEntry = {
      sequence: 2,
      at: instant(0),
      type: 'environment.failed',
      sentence: 'failed: no value',
      level: 'main',
      hint: 'Write one.',
      release: null,
      outcome: 'failed',
      rollout: null,
    };
    const told = following([failed], 'approval', { json: false, ends: 'environment' });
    expect(await told.end).toBe('failed');
    expect(told.lines).toEqual([expect.stringMatching(/ {2}failed: no value$/), 'hint      Write one.']);
  });
});

describe('a step whose time is over', () => {
  it('that lacks evidence is waited for a moment, and given up though nothing is told any more', async () => {
    const { end, now } = following([entry('held')], 'evidence');
    expect(await end).toBe('held');
    expect(now()).toBe(15_000);
  });

  it('that lacks a person is left at once', async () => {
    const { end, now } = following([entry('held')], 'approval');
    expect(await end).toBe('held');
    expect(now()).toBe(0);
  });

  it('that goes on is followed to its end', async () => {
    const { end } = following([entry('held'), entry(null), entry('done')], 'evidence');
    expect(await end).toBe('done');
  });
});

describe('a control plane that does not answer', () => {
  /** What is printed until `over`, where the status is answered so. */
  async function printed(status: () => Promise<unknown>, over: (lines: readonly string[]) => boolean) {
    let now = 0;
    const sleep = async (wait: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      now += wait;
    };
    const lines: string[] = [];
    const interrupted = new AbortController();
    const print = (line: string) => {
      lines.push(line.replace(/^[\d:]+ {2}/, ''));
      if (over(lines)) interrupted.abort();
    };
    const client = {
      call: status,
      async *events(_: string, __: number, stop: AbortSignal): AsyncGenerator<TimelineEntry> {
        yield* [];
        while (!stop.aborted) await new Promise((resolve) => setImmediate(resolve));
      },
    } as unknown as Client;
    const clock = { now: () => instant(now), sleep };
    const world = { clock, interrupted: interrupted.signal, terminal: false, print } as unknown as World;
    const options = { json: false, ends: 'environment' } as const;
    const end = follow(world, client, 'dev', { after: 1, release: null }, options);
    return { end, lines, interrupt: () => interrupted.abort() };
  }
  const silence = 'the control plane does not answer; what runs goes on';

  it('is told with its own words, once', async () => {
    const failure = fail('control_plane_silent', { log: 'control.log', said: 'No space is left' }).error;
    const refused = async () => ({ ok: false, error: { failure } });
    const { end, lines } = await printed(refused, (all) => all.length === 4);
    expect(await end).toBe(null);
    expect(lines).toEqual([
      'The control plane was started and does not answer: No space is left.',
      ...[silence, silence, silence],
    ]);
  });

  it('is left at once by who leaves off', async () => {
    const asked = Promise.withResolvers<void>();
    const never = () => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    };
    const { end, lines, interrupt } = await printed(never, () => false);
    await asked.promise;
    interrupt();
    expect(await end).toBe(null);
    expect(lines).toEqual([]);
  });
});
