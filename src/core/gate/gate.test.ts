import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millis, percent, seconds } from '#kernel';
import { bucketBounds, type Counts } from './counts.ts';
import { accumulate, type Evidence, noEvidence, quantile, readingOf, slowerThan } from './evidence.ts';
import { type GateInput, judge } from './judge.ts';
import { chanceOfAtLeast } from './tail.ts';

const policy = {
  errorShare: percent(1),
  slowerThan: millis(250),
  slowShare: percent(5),
  minimumRequests: 100,
  interval: seconds(1),
  onInconclusive: 'hold' as const,
  checks: [] as string[],
};

/** Answers, so many of them failed, so many slower than the limit. */
function evidence(requests: number, failures: number, slow = 0): Evidence {
  const buckets = [...bucketBounds.map(() => 0), 0];
  buckets[5] = requests - slow;
  buckets[18] = slow;
  return { requests, failures, buckets };
}

const about = (canary: Evidence, more: Partial<GateInput> = {}): GateInput => ({
  arms: [{ service: 'edge', stepping: true, canary, stable: null }],
  checks: [],
  crashes: 0,
  ...more,
});

describe('the gate', () => {
  //  requests  failed  slow   verdict
  it.each([
    [0, 0, 0, 'notMeasured'],
    [99, 0, 0, 'inconclusive'],
    [100, 0, 0, 'pass'],
    [100, 1, 0, 'pass'],
    [100, 2, 0, 'inconclusive'], // above the floor, but chance explains it
    [1_000, 11, 0, 'inconclusive'],
    [1_000, 30, 0, 'fail'],
    [1, 1, 0, 'inconclusive'], // one bad request is no evidence
    [3, 3, 0, 'fail'],
    [16, 4, 0, 'fail'],
    [1, 0, 1, 'inconclusive'], // a first slow answer is no evidence either
    [200, 0, 10, 'pass'],
    [200, 0, 40, 'fail'],
  ])('of %i requests, %i failed and %i slow, says %s', (requests, failures, slow, kind) => {
    expect(judge(about(evidence(requests, failures, slow)), policy).kind).toBe(kind);
  });

  it('waits out trouble that the stable arm has as well, and still sees a canary that is far worse', () => {
    const arms = (canary: Evidence) => [
      { service: 'edge', stepping: true, canary, stable: evidence(2_000, 100) },
    ];
    expect(judge({ arms: arms(evidence(200, 11)), checks: [], crashes: 0 }, policy).kind).toBe(
      'inconclusive',
    );
    expect(judge({ arms: arms(evidence(200, 60)), checks: [], crashes: 0 }, policy).kind).toBe('fail');
  });

  it('asks for no exposure of services that do not step here, but sees harm in them', () => {
    const arm = (failures: number) => [
      { service: 'ai', stepping: false, canary: evidence(20, failures), stable: null },
    ];
    expect(judge({ arms: arm(0), checks: [], crashes: 0 }, policy).kind).toBe('pass');
    expect(judge({ arms: arm(6), checks: [], crashes: 0 }, policy).kind).toBe('fail');
  });

  it('tolerates one crash and not two', () => {
    expect(judge(about(evidence(500, 0), { crashes: 1 }), policy).kind).toBe('pass');
    expect(judge(about(evidence(500, 0), { crashes: 2 }), policy)).toMatchObject({
      kind: 'fail',
      because: { name: 'crashes' },
    });
  });

  it('waits for every named check, and a red one ends it', () => {
    const checked = { ...policy, checks: ['login', 'import'] };
    const login = { name: 'login', green: true, detail: 'p95 9 ms' };
    expect(judge(about(evidence(500, 0), { checks: [login] }), checked)).toMatchObject({
      kind: 'notMeasured',
      needs: ['check import has no result in this step yet'],
    });
    const red = { name: 'import', green: false, detail: 'stood at 0 %' };
    expect(judge(about(evidence(500, 0), { checks: [login, red] }), checked)).toMatchObject({
      kind: 'fail',
      because: { subject: 'import', sentence: 'check import is red: stood at 0 %' },
    });
  });

  it('names counts, share, floor and the stable arm in its sentences', () => {
    const arms = [{ service: 'edge', stepping: true, canary: evidence(200, 40), stable: evidence(1_800, 2) }];
    expect(judge({ arms, checks: [], crashes: 0 }, policy)).toMatchObject({
      because: { sentence: 'edge: 40 of 200 canary requests failed (20.00 %, floor 1 %; stable 0.11 %)' },
    });
  });

  it('never passes on errors alone or on nothing, whatever the numbers (R7)', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.nat(2_000), (requests, failures) => {
        const failed = Math.min(requests, failures);
        const verdict = judge(about(evidence(requests, failed)), policy);
        if (verdict.kind !== 'pass') return;
        expect(requests).toBeGreaterThanOrEqual(policy.minimumRequests);
        expect(failed / requests).toBeLessThanOrEqual(0.01);
      }),
    );
  });
});

describe('the chance of so many', () => {
  it('agrees with the sum of the definition', () => {
    const naive = (hits: number, trials: number, share: number) => {
      let below = 0;
      for (let i = 0; i < hits; i++) {
        let choose = 1;
        for (let j = 0; j < i; j++) choose *= (trials - j) / (j + 1);
        below += choose * share ** i * (1 - share) ** (trials - i);
      }
      return 1 - below;
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        (a, b, share) => {
          const [hits, trials] = [Math.min(a, b), Math.max(a, b)];
          if (hits <= trials * share) expect(chanceOfAtLeast(hits, trials, share)).toBe(1);
          else expect(chanceOfAtLeast(hits, trials, share)).toBeCloseTo(naive(hits, trials, share), 9);
        },
      ),
    );
  });

  it('stays quick and finite for millions of requests', () => {
    expect(chanceOfAtLeast(20_000, 1_000_000, 0.01)).toBe(0);
    expect(chanceOfAtLeast(10_100, 1_000_000, 0.01)).toBeGreaterThan(0.1);
  });
});

describe('evidence', () => {
  const counts = (epoch: string, requests: number, failures: number): Counts => ({
    service: 'edge',
    revision: 'edge-1',
    epoch,
    requests,
    failures,
    buckets: [requests],
  });

  it('is the difference of two readings; a counter that began anew brings all it has', () => {
    const first = readingOf(counts('a', 100, 5));
    expect(accumulate(noEvidence, first, counts('a', 150, 7))).toEqual({
      requests: 50,
      failures: 2,
      buckets: [50],
    });
    expect(accumulate(noEvidence, first, counts('b', 20, 1))).toEqual({
      requests: 20,
      failures: 1,
      buckets: [20],
    });
    expect(accumulate(noEvidence, first, counts('a', 20, 1))).toEqual({
      requests: 20,
      failures: 1,
      buckets: [20],
    });
  });

  it('knows quantiles as bounds of buckets, and what is slow', () => {
    const some = evidence(100, 0, 4);
    expect(quantile(some, 0.95)).toBe(10);
    expect(quantile(some, 0.99)).toBe(750);
    expect(quantile(noEvidence, 0.95)).toBe(null);
    expect(slowerThan(some, 250)).toBe(4);
  });
});
