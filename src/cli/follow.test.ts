import { describe, expect, it } from 'vitest';
import type { Client, TimelineEntry } from '#api';
import { type Clock, instant, ok } from '#kernel';
import { follow } from './follow.ts';
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
function following(entries: readonly TimelineEntry[], kind: string) {
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
  const world = { clock, interrupted: new AbortController().signal, terminal: false, print: () => {} };
  const options = { json: true, ends: 'rollout' } as const;
  const end = follow(world as unknown as World, client, 'dev', { after: 1, release: 2 }, options);
  return { end, now: () => now };
}

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
