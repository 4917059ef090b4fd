import { useEffect, useState } from 'react';
import type { TrafficArm } from '#api/browser';
import { every, type TrafficStore } from '../../data/index.ts';

/** What a service answers now, as the mean of the last seconds. */
export interface Load {
  /** Requests per second. */
  readonly rate: number;
  /** 0 to 1; null: nothing was asked. */
  readonly failed: number | null;
  /** Milliseconds; null: nothing was answered. */
  readonly p95: number | null;
  /** The revision in service. */
  readonly stable: string | null;
  /** null: one revision has all of the traffic. */
  readonly canary: { readonly weight: number; readonly revision: string } | null;
}

export type Loads = ReadonlyMap<string, Load>;

const meanOver = 5_000;
const nothing: Loads = new Map();

/** Counted anew once a second, which is as often as figures can be read. */
export function useLoads(traffic: TrafficStore): Loads {
  const [loads, setLoads] = useState(nothing);
  useEffect(() => {
    const count = () => setLoads(loadsOf(traffic));
    count();
    return every(1_000, count);
  }, [traffic]);
  return loads;
}

/** By service, for those that have traffic. */
export function loadsOf(traffic: TrafficStore): Loads {
  const newest = traffic.latest();
  if (newest === null) return nothing;
  const names = [...new Set(newest.arms.map(({ service }) => service))];
  return new Map(
    names.map((name) => {
      const arms = newest.arms.filter(({ service }) => service === name);
      const rate = meanOf(traffic, name, 'rate', newest.at);
      const failed = rate === 0 ? null : meanOf(traffic, name, 'failed', newest.at) / rate;
      return [name, { rate, failed, p95: p95Of(arms), stable: stableOf(arms), canary: canaryOf(arms) }];
    }),
  );
}

const roles: readonly TrafficArm['role'][] = ['stable', 'canary'];

function meanOf(traffic: TrafficStore, service: string, field: 'rate' | 'failed', at: number): number {
  const [, end] = traffic.bounds();
  let [sum, span] = [0, 0];
  for (let place = traffic.placeOf(at - meanOver); place < end; place += 1) {
    span += traffic.spanAt(place);
    for (const role of roles) {
      const value = traffic.valueAt(service, role, field, place);
      // NaN: there was no such arm.
      if (!Number.isNaN(value)) sum += value * traffic.spanAt(place);
    }
  }
  return span === 0 ? 0 : sum / span;
}

/** The slower one: a canary that is slow is not hidden by those that are not. */
function p95Of(arms: readonly TrafficArm[]): number | null {
  const known = arms.flatMap(({ p95 }) => (p95 === null ? [] : [p95]));
  return known.length === 0 ? null : Math.max(...known);
}

const stableOf = (arms: readonly TrafficArm[]) =>
  arms.find(({ role }) => role === 'stable')?.revision ?? null;

function canaryOf(arms: readonly TrafficArm[]): Load['canary'] {
  const canary = arms.find(({ role }) => role === 'canary');
  return canary === undefined ? null : { weight: canary.weight, revision: canary.revision };
}
