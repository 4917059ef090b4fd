import { type Clock, fail, ok, type Result } from '#kernel';
import type { StoreCopies } from '#ports';
import { type Access, readState } from '../../supervisor/index.ts';
import type { PostgresSpec } from '../kind.ts';
import { copyCluster } from './copy.ts';
import { examineCluster } from './examine.ts';
import { postgresLog } from './log.ts';
import { lostWrites } from './lost.ts';
import { postgresPulse } from './pulse.ts';
import { restoreCluster } from './restore.ts';

/** How the Postgres in a store's folder is copied, brought back and looked at. Touches nothing until it is asked to. */
export function postgresCopies(options: {
  readonly spec: PostgresSpec;
  /** Absolute; of the store. */
  readonly folder: string;
  readonly clock: Clock;
}): StoreCopies {
  const { spec, folder, clock } = options;
  const access = () => accessOf(folder);
  return {
    spec,
    async copy(sink, signal, progress) {
      const found = await access();
      if (!found.ok) return found;
      return copyCluster({ store: spec.name, access: found.value, clock }, sink, signal, progress);
    },
    restore: (request) => restoreCluster({ spec, clock }, request),
    examine: (ask) => examineCluster(spec, ask),
    lost: (restoredFolder) => lostWrites(folder, restoredFolder),
    log: postgresLog({ store: spec.name, folder, clock, access }),
    pulse: postgresPulse(access),
  };
}

/** Failure: `postgres_not_answering` (facts: state, reason), when it was never started. */
async function accessOf(folder: string): Promise<Result<Access>> {
  const state = await readState(folder);
  if (!state.ok) return state;
  const { access } = state.value;
  return access === null
    ? fail('postgres_not_answering', { state: 'none', reason: 'it was never started' })
    : ok(access);
}
