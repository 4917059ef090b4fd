import { expect } from 'vitest';
import { isRunning } from '#process';
import { never, valueOf } from '../../place.fixture.ts';
import {
  allSynchronous,
  eventually,
  kill,
  query,
  replicated,
  specOf,
  supervisorKilledAt,
  timelineOf,
  untilStandbys,
} from './replication.fixture.ts';
import { writers } from './writers.fixture.ts';

/**
 * Has the supervisor of a takeover killed at this moment, under writers and with synchronous standbys: the next one must end
 * it, once and without a loss. `whole`: the standbys are waited for as well, which takes a copy of the data.
 */
export async function expectTakeoverToGoOn(moment: string, whole: boolean): Promise<void> {
  const spec = specOf({ synchronous: true });
  const place = replicated(spec);
  const store = place.open();
  const binding = valueOf(await store.ensure(never));
  await untilStandbys(store, allSynchronous);
  const load = await writers(binding, 2);
  await load.more(50);
  const old = place.primary();
  kill(old);
  await eventually(() => !isRunning(old), 'the primary is gone');
  await supervisorKilledAt(place.folder, spec, moment);
  const next = place.open();
  expect(valueOf(await next.ensure(never)).env).toEqual(binding.env);
  await load.more(20);
  await load.end();
  expect(await load.lost()).toEqual([]);
  expect(timelineOf(place.folder)).toBe(2);
  expect(place.record()['failover']).toBeNull();
  if (whole) await untilStandbys(next, allSynchronous);
  expect(await query(binding, 'SELECT pg_is_in_recovery()')).toEqual([false]);
}
