import type { GateSample, TrafficArm, TrafficSample } from '#api';
import { millis } from '#kernel';

/**
 * Two samples that follow each other as one. Rates are weighted by the spans, so that no request is lost or counted twice; of two
 * quantiles the higher one is told; weights, roles, replicas and the gate are those at the end.
 */
export function merge(a: TrafficSample, b: TrafficSample): TrafficSample {
  const span = a.millis + b.millis;
  const before = new Map(a.arms.map((arm) => [`${arm.service} ${arm.revision}`, arm]));
  const arms = b.arms.map((arm) => {
    const key = `${arm.service} ${arm.revision}`;
    const earlier = before.get(key);
    before.delete(key);
    return together(earlier, a.millis, arm, b.millis);
  });
  const gone = [...before.values()].map((arm) => thinned(arm, a.millis / span));
  return { at: b.at, millis: millis(span), arms: [...arms, ...gone], gate: lastGate(a.gate, b.gate) };
}

function together(a: TrafficArm | undefined, spanA: number, b: TrafficArm, spanB: number): TrafficArm {
  const span = spanA + spanB;
  if (a === undefined) return thinned(b, spanB / span);
  return {
    ...b,
    rate: (a.rate * spanA + b.rate * spanB) / span,
    failed: (a.failed * spanA + b.failed * spanB) / span,
    p50: higher(a.p50, b.p50),
    p95: higher(a.p95, b.p95),
    p99: higher(a.p99, b.p99),
  };
}

const thinned = (arm: TrafficArm, share: number): TrafficArm => ({
  ...arm,
  rate: arm.rate * share,
  failed: arm.failed * share,
});

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** A release that has just ended is still told of, and what its signals said last. */
function lastGate(a: GateSample | null, b: GateSample | null): GateSample | null {
  if (a === null || b === null) return b ?? a;
  return b.signals.length === 0 && a.rollout === b.rollout ? { ...b, signals: a.signals } : b;
}
