import type { ReplicaView } from '#ports';
import type { ReplicaRecord } from './book.ts';
import { type Health, notYet, refused } from './health.ts';
import type { Run } from './launch.ts';

/** A replica as it is shown: what is written down about it, and what its supervisor has seen. */
export function viewOf(
  record: ReplicaRecord | undefined,
  now: {
    run: Run | null;
    health: Health | null;
    lastEnding: string | null;
    replica: string;
    isConsumer: boolean;
  },
): ReplicaView {
  const isServing = record?.phase === 'serving';
  const state = stateOf(record, now.run, now.health);
  const ready = state === 'ready' ? now.health : null;
  return {
    replica: now.replica,
    service: record?.service ?? '',
    revision: record?.revision ?? '',
    state,
    readySince: ready?.readySince ?? null,
    crashes: record?.crashes ?? 0,
    detail: !isServing || state === 'ready' ? null : detailOf(now.health, now.lastEnding),
    port: record?.port ?? null,
    pid: now.run?.identity.pid ?? null,
    consuming: now.isConsumer ? now.run !== null && record?.role === 'active' : null,
  };
}

function stateOf(
  record: ReplicaRecord | undefined,
  run: Run | null,
  health: Health | null,
): ReplicaView['state'] {
  if (record === undefined) return 'stopped';
  if (record.phase !== 'serving') return run === null ? 'stopped' : 'draining';
  if (run === null) return 'backingOff';
  if (health?.ready === true) return 'ready';
  return health?.ready === false ? 'unready' : 'starting';
}

/** While it boots again, why it had to is worth more than that nothing listens yet. */
function detailOf(health: Health | null, lastEnding: string | null): string {
  const hasSaidNothing = health === null || health.detail === notYet || health.detail === refused;
  return (hasSaidNothing ? lastEnding : null) ?? health?.detail ?? notYet;
}
