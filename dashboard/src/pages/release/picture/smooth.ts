import { useMemo, useSyncExternalStore } from 'react';
import { paced, type TrafficStore } from '../../../data/index.ts';

export interface SmoothArm {
  readonly weight: number;
  readonly rate: number;
  readonly failed: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly ready: number;
  readonly revision: string;
}

export interface Smooth {
  readonly stable: SmoothArm | null;
  readonly canary: SmoothArm | null;
}

/** Figures that jump four times a second cannot be read: these are means over so many milliseconds, … */
const over = 10_000;
/** … and change so often. */
const every = 1_000;

/** What each arm of a service answers, calm enough to be read. */
export function useSmooth(traffic: TrafficStore, service: string): Smooth {
  const source = useMemo(() => {
    let shown: Smooth = smoothOf(traffic, service);
    return {
      get: () => shown,
      subscribe: (watcher: () => void) =>
        paced(traffic, every, () => {
          shown = smoothOf(traffic, service);
          watcher();
        }),
    };
  }, [traffic, service]);
  return useSyncExternalStore(source.subscribe, source.get);
}

export function smoothOf(traffic: TrafficStore, service: string): Smooth {
  const latest = traffic.latest();
  const [, end] = traffic.bounds();
  const from = latest === null ? end : traffic.placeOf(latest.at - over);
  const of = (role: 'stable' | 'canary'): SmoothArm | null => {
    const arm = latest?.arms.find((each) => each.service === service && each.role === role);
    if (arm === undefined) return null;
    const mean = (field: 'rate' | 'failed' | 'p50' | 'p95' | 'p99') => {
      let sum = 0;
      let time = 0;
      for (let place = from; place < end; place += 1) {
        const value = traffic.valueAt(service, role, field, place);
        if (Number.isNaN(value)) continue;
        sum += value * traffic.spanAt(place);
        time += traffic.spanAt(place);
      }
      return time === 0 ? null : sum / time;
    };
    return {
      weight: arm.weight,
      ready: arm.ready,
      revision: arm.revision,
      rate: mean('rate') ?? 0,
      failed: mean('failed') ?? 0,
      p50: mean('p50'),
      p95: mean('p95'),
      p99: mean('p99'),
    };
  };
  return { stable: of('stable'), canary: of('canary') };
}
