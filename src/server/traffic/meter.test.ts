import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counts } from '#core/gate';
import { createMeter, type Meter } from './meter.ts';

const counts = (revision: string, requests: number, failures = 0, epoch = 'one'): Counts => ({
  service: 'web',
  revision,
  epoch,
  requests,
  failures,
  buckets: [requests - failures],
  replicas: [],
});
const answered = (meter: Meter, ...now: Counts[]) =>
  [...meter.look({ counts: now, unread: [] }).values()].map(
    ({ revision, evidence }) => `${revision} ${evidence.requests}/${evidence.failures}`,
  );

describe('what was answered between two looks', () => {
  it('is nothing at the first look, and then the difference', () => {
    const meter = createMeter();
    expect(answered(meter, counts('a', 500, 20))).toEqual([]);
    expect(answered(meter, counts('a', 512, 23))).toEqual(['a 12/3']);
    expect(answered(meter, counts('a', 512, 23))).toEqual([]);
  });

  it('begins anew with another epoch and with totals that went back', () => {
    const meter = createMeter();
    answered(meter, counts('a', 500));
    expect(answered(meter, counts('a', 700, 1, 'two'))).toEqual(['a 700/1']);
    expect(answered(meter, counts('a', 30, 2, 'two'))).toEqual(['a 30/2']);
  });

  it('is everything of a revision that appears, and goes on where it was after it was missed', () => {
    const meter = createMeter();
    answered(meter, counts('a', 500));
    expect(answered(meter, counts('a', 500), counts('b', 7))).toEqual(['b 7/0']);
    expect(answered(meter, counts('b', 9))).toEqual(['b 2/0']);
    expect(answered(meter, counts('a', 501), counts('b', 9))).toEqual(['a 1/0']);
  });

  it('is nothing of one that could not be read before, though it has answered for long', () => {
    const meter = createMeter();
    const unread = [{ service: 'web', revision: 'b', sentence: 'nobody answers' }];
    meter.look({ counts: [counts('a', 500)], unread });
    expect(answered(meter, counts('a', 500), counts('b', 90_000))).toEqual([]);
    expect(answered(meter, counts('a', 500), counts('b', 90_004))).toEqual(['b 4/0']);
  });

  it('sums up to what the counters showed since the first look, whatever begins anew, comes and goes', () => {
    const happening = fc.record({
      revision: fc.constantFrom('a', 'b', 'c'),
      more: fc.nat(1_000),
      failed: fc.double({ min: 0, max: 1, noNaN: true }),
      // Weighted: most of the time it goes on.
      how: fc.constantFrom('goes on', 'goes on', 'goes on', 'new epoch', 'is missed'),
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
        const meter = createMeter();
        const now = new Map([['a', counts('a', 40, 4)]]);
        meter.look({ counts: [...now.values()], unread: [] });
        const unseen = new Map<string, [number, number]>();
        let [requests, failures, toldRequests, toldFailures, toldAnswers] = [0, 0, 0, 0, 0];
        for (const { revision, more, failed, how } of [...happenings, atTheEnd]) {
          const failing = Math.floor(more * failed);
          const before = now.get(revision) ?? counts(revision, 0);
          // What a counting process had not shown before its end is lost.
          const [some, bad] = how === 'new epoch' ? [0, 0] : (unseen.get(revision) ?? [0, 0]);
          unseen.set(revision, [some + more, bad + failing]);
          const next =
            how === 'new epoch'
              ? counts(revision, more, failing, `${before.epoch}+`)
              : counts(revision, before.requests + more, before.failures + failing, before.epoch);
          now.set(revision, next);
          const seen = [...now.values()].filter((each) => how !== 'is missed' || each !== next);
          for (const each of seen) {
            const [shown, shownBad] = unseen.get(each.revision) ?? [0, 0];
            requests += shown;
            failures += shownBad;
            unseen.delete(each.revision);
          }
          for (const { evidence } of meter.look({ counts: seen, unread: [] }).values()) {
            toldRequests += evidence.requests;
            toldFailures += evidence.failures;
            toldAnswers += evidence.buckets[0] ?? 0;
          }
        }
        expect([toldRequests, toldFailures]).toEqual([requests, failures]);
        expect(toldAnswers).toBe(requests - failures);
      }),
      { numRuns: 300 },
    );
  });
});

const atTheEnd = { revision: 'a', more: 0, failed: 0, how: 'goes on' } as const;
