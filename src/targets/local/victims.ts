import type { ReplicaRecord } from './book.ts';

/**
 * Which replicas of a revision go so that `keep` stay: those that leave already, then those that are not ready, then
 * the newest: the oldest ones have proven themselves longest.
 */
export function victimsOf(
  records: readonly ReplicaRecord[],
  keep: number,
  isReady: (replica: string) => boolean,
): readonly ReplicaRecord[] {
  const rank = (record: ReplicaRecord) => (record.phase !== 'serving' ? 0 : isReady(record.replica) ? 2 : 1);
  const sorted = [...records].sort(
    (a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt || (a.replica < b.replica ? 1 : -1),
  );
  return sorted.slice(0, Math.max(0, records.length - keep));
}

/** Services in the order in which they may go: who needs another goes before it. A circle is broken where it closes. */
export function goingOrder(
  services: readonly { readonly name: string; readonly needs: readonly string[] }[],
): readonly string[] {
  const order: string[] = [];
  const visited = new Set<string>();
  const visit = (name: string) => {
    const service = services.find((each) => each.name === name);
    if (service === undefined || visited.has(name)) return;
    visited.add(name);
    for (const need of service.needs) visit(need);
    order.push(name);
  };
  for (const { name } of services) visit(name);
  return order.reverse();
}
