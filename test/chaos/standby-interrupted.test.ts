import { expect, test } from 'vitest';
import { isRunning } from '#process';
import { never, valueOf } from '../../src/stores/place.fixture.ts';
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
} from '../../src/stores/postgres/replication/replication.fixture.ts';
import { writers } from '../../src/stores/postgres/replication/writers.fixture.ts';

/** Every durable step of a takeover, and every deed between two of them. */
const moments = [
  'failover_begun',
  'failover_step ending',
  'failover_step ended',
  'failover_step promoting',
  'failover_step promoted',
  'failover_step moving',
  'failover_step put_aside',
  'failover_step moved',
  'failover_step starting',
  'failover_done',
];

test.each(moments)(
  'a control plane that is killed at %s of a takeover: the next one ends it, once and without a loss',
  async (moment) => {
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
    await untilStandbys(next, allSynchronous);
    expect(await query(binding, 'SELECT pg_is_in_recovery()')).toEqual([false]);
  },
);
