import type { RouterState, RouterTotals } from './contract.ts';
import type { Look } from './plane.ts';

type RevisionCounts = RouterState['counts'][number];

export const nothingSeen: Look = { counts: [], open: [] };

/** Several looks as one: totals and what is open are added up. */
export function merge(looks: readonly Look[]): Look {
  if (looks.length === 1) return looks[0] ?? nothingSeen;
  const counts = new Map<string, RevisionCounts>();
  for (const each of looks.flatMap((look) => look.counts)) {
    const key = `${each.service}\n${each.revision}`;
    const known = counts.get(key);
    counts.set(key, known === undefined ? each : addRevision(known, each));
  }
  const open = new Map<string, RouterState['open'][number]>();
  for (const each of looks.flatMap((look) => look.open)) {
    const { requests = 0, sockets = 0 } = open.get(each.replica) ?? {};
    open.set(each.replica, { ...each, requests: requests + each.requests, sockets: sockets + each.sockets });
  }
  return { counts: [...counts.values()], open: [...open.values()] };
}

function addRevision(one: RevisionCounts, other: RevisionCounts): RevisionCounts {
  const replicas = new Map(one.replicas.map((each) => [each.replica, each]));
  for (const each of other.replicas) {
    const known = replicas.get(each.replica);
    replicas.set(each.replica, known === undefined ? each : { ...each, ...addTotals(known, each) });
  }
  return { ...one, ...addTotals(one, other), replicas: [...replicas.values()] };
}

function addTotals(one: RouterTotals, other: RouterTotals): RouterTotals {
  const [longer, shorter] =
    one.buckets.length >= other.buckets.length ? [one.buckets, other.buckets] : [other.buckets, one.buckets];
  return {
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    buckets: longer.map((count, bucket) => count + (shorter[bucket] ?? 0)),
  };
}
