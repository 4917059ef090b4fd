import { describe, expect, it } from 'vitest';
import { bucketOf, bucketUpperMillis, quantileBucket } from './buckets.ts';
import { ceilingIncrements } from './ceiling.ts';
import { compare, harmOf, openComparison } from './comparison.ts';
import { decide, weightedHarm } from './testing/decide.ts';
import { addScatter, inflation, noScatter, type Row } from './dispersion.ts';
import { ratioIncrements } from './error-ratio.ts';
import { tiltIncrements } from './latency-tilt.ts';
import { logAddExp } from './logarithms.ts';
import { logBeta, logBetaBinomial, logGamma } from './testing/beta-binomial.ts';
import { addToMixture, openMixture } from './mixture.ts';
import { proofIncrement } from './proof.ts';
import {
  dense,
  dispersionOf,
  type EndToEnd,
  evidenceOf,
  settingsOf,
  ticksOf,
  vectors,
} from './testing/vectors.ts';

/** Equal to nine digits, relatively, and absolutely near 0. */
function expectClose(actual: number | readonly number[], expected: number | readonly number[], what = '') {
  const [a, e] = [[actual].flat(), [expected].flat()];
  expect(a.length, what).toBe(e.length);
  for (const [i, wanted] of e.entries()) {
    expect(Math.abs((a[i] ?? Number.NaN) - wanted), `${what}: ${a[i]} is not ${wanted}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(wanted)),
    );
  }
}

const number = (value: number | '-Infinity') => Number(value);

describe('the primitives agree with the vectors', () => {
  it('logarithms', () => {
    for (const { a, b, out } of vectors.logAddExp) expectClose(logAddExp(number(a), number(b)), out);
    for (const { x, out } of vectors.logGamma) expectClose(logGamma(x), out);
    for (const { a, b, out } of vectors.logBeta) expectClose(logBeta(a, b), out);
    for (const { x, n, pi0, k, out } of vectors.logBetaBinomialE) {
      expectClose(logBetaBinomial(x, n, pi0, k), out);
    }
  });

  it('buckets', () => {
    for (const { ms, out } of vectors.bucketOf) expect(bucketOf(ms), `${ms} ms`).toBe(out);
    for (const { k, out } of vectors.bucketUpperMs) expectClose(bucketUpperMillis(k), out);
    for (const { hist, q, out } of vectors.quantileBucket) expect(quantileBucket(dense(hist), q)).toBe(out);
  });

  it('error ratio', () => {
    for (const { out, r0, phi, ...arms } of vectors.ratioIncrements) {
      expectClose(ratioIncrements(armsOf(arms), r0, phi), out);
    }
  });

  it('latency tilts', () => {
    for (const { p, yb, yc, phi, out } of vectors.tiltIncrements) {
      expectClose(tiltIncrements(p, { stable: yb, canary: yc }, dispersionOf(phi)), out);
    }
  });

  it('proof of no harm', () => {
    for (const { pb, pc, delta, out, ...arms } of vectors.proofIncrement) {
      expectClose(proofIncrement(armsOf(arms), { stable: pb, canary: pc }, delta), out);
    }
  });

  it('ceilings', () => {
    for (const { n, y, p0, phi, out } of vectors.ceilingIncrements) {
      expectClose(ceilingIncrements({ hits: y, trials: n }, p0, phi), out);
    }
  });

  it('mixture over alternatives and onsets, capped per block', () => {
    const { J, rho, t0, blockS, cap, steps } = vectors.mixture;
    const settings = { restartShare: rho, restartScale: t0, block: blockS, blockCap: cap };
    let mixture = openMixture(J, settings);
    for (const { t, inc, logE } of steps) {
      mixture = addToMixture(mixture, inc, t, settings);
      expectClose(mixture.logE, logE, `after ${t} s`);
    }
  });

  it('dispersion: the same where replicas are alike, more where clumps come in few ticks (see addScatter)', () => {
    const published = vectors.estimateDispersion.map(({ out }) => out);
    const ours = vectors.estimateDispersion.map(({ rows }) =>
      inflation(rows.map((row) => pairs(row)).reduce(addScatter, noScatter)),
    );
    expect(published.map((out) => Math.round(100 * out))).toEqual([100, 694, 100]);
    expect(ours.map((out) => Math.round(100 * out))).toEqual([100, 1_409, 100]);
  });
});

describe('whole rollouts agree with the vectors', () => {
  it.each(vectors.gate.map((rollout) => [rollout.name, rollout] as const))('%s', (_name, rollout) => {
    const settings = settingsOf(rollout);
    let comparison = openComparison(evidenceOf(rollout.history), settings);
    let seen = 0;
    for (const [i, tick] of ticksOf(rollout.segments).entries()) {
      comparison = compare(comparison, tick, settings);
      const decision = decide(comparison, settings, tick.at);
      const probe = rollout.probes.find(({ tick: at }) => at === i + 1);
      if (probe !== undefined) {
        seen += 1;
        expect({ ...decision, t: tick.at }).toEqual(pick(probe));
        expectProbe(comparison, probe);
      }
      if (decision.verdict !== 'hold') {
        expect({ ...decision, t: tick.at }).toEqual(pick(rollout));
        expect(seen, 'every probe up to the verdict was compared').toBe(rollout.probes.length);
        return;
      }
    }
    expect.unreachable('no verdict');
  });

  function expectProbe(comparison: ReturnType<typeof compare>, probe: EndToEnd['probes'][number]) {
    const { errors, latency } = harmOf(comparison);
    const { combined } = weightedHarm(comparison, { weights: { errors: 0.5, latency: 0.5 } });
    expectClose([combined, errors, latency], [probe.logHarm, probe.logHarmErr, probe.logHarmLat], 'harm');
    expectClose(
      comparison.proofs.errors.map(({ logE }) => logE),
      probe.logProofErr,
      'proofs of errors',
    );
    expectClose(
      comparison.proofs.latency.map(({ logE }) => logE),
      probe.logProofLat,
      'proofs of latency',
    );
  }
});

const pick = ({ verdict, reason, t }: { verdict: string; reason: string; t: number }) => ({
  verdict,
  reason,
  t,
});

const armsOf = ({ nb, yb, nc, yc }: { nb: number; yb: number; nc: number; yc: number }) => ({
  stable: { hits: yb, trials: nb },
  canary: { hits: yc, trials: nc },
});

const pairs = (row: readonly number[]): readonly Row[] =>
  Array.from({ length: row.length / 2 }, (_, i) => [row[2 * i] ?? 0, row[2 * i + 1] ?? 0]);
