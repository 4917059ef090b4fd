import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning } from '#process';
import { never, valueOf } from '../../place.fixture.ts';
import {
  allFollow,
  eventually,
  kill,
  query,
  replicated,
  specOf,
  supervisorKilledAt,
  untilStandbys,
} from './replication.fixture.ts';
import { expectTakeoverToGoOn } from './takeover.fixture.ts';

const LONG = 120_000;

/** Between two folders changing places, and before the second is told; test/chaos has every moment. */
const moments = ['failover_step put_aside', 'failover_step moved'];

describe('a supervisor that is killed in the middle of a takeover', () => {
  test.each(moments)(
    'at %s: the next one ends it, once and without a loss',
    (moment) => expectTakeoverToGoOn(moment, moment.endsWith('put_aside')),
    LONG,
  );

  test.each(['primary_restarting', 'failover_step put_aside'])(
    'at %s, where the data of the primary is damaged: a standby takes over all the same',
    async (moment) => {
      const spec = specOf({});
      const place = replicated(spec);
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
      await untilStandbys(store, (standbys) => allFollow(standbys) && standbys[0]?.lagBytes === 0);
      const old = place.primary();
      kill(old);
      await eventually(() => !isRunning(old), 'the primary is gone');
      truncateSync(place.data('global/pg_control'), 100);
      await supervisorKilledAt(place.folder, spec, moment);
      expect(valueOf(await place.open().ensure(never)).env).toEqual(binding.env);
      expect(await query(binding, 'SELECT value FROM kept')).toEqual([7]);
      expect(existsSync(join(place.folder, 'home', 'former'))).toBe(true);
    },
    LONG,
  );
});
