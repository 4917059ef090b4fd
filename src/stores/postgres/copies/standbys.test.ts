import { describe, expect, test } from 'vitest';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { never, storeFolder, testClock, valueOf } from '../../place.fixture.ts';
import {
  allSynchronous,
  kill,
  query,
  replicated,
  specOf as withStandbys,
  untilStandbys,
  watched,
} from '../replication/replication.fixture.ts';
import { writers } from '../replication/writers.fixture.ts';
import { copyOf, cutAndShip, request, specOf } from './copies.fixture.ts';
import { postgresCopies } from './index.ts';

describe('a Postgres with a standby', () => {
  test('hands over its log before and after a standby took over, as one that can be replayed', async () => {
    const { backup } = specOf();
    const spec = { ...withStandbys({ synchronous: true }), ...(backup === undefined ? {} : { backup }) };
    const here = replicated(spec);
    const store = here.open();
    const binding = valueOf(await store.ensure(never));
    await untilStandbys(store, allSynchronous);
    watched(store);
    const copies = postgresCopies({ spec, folder: here.folder, clock: testClock });
    const writing = await writers(binding);
    await writing.more(50);
    const kept = await copyOf(copies);
    await writing.more(50);
    await cutAndShip(copies, kept);
    expect(readdirSync(join(here.standby(), 'home'))).not.toContain('archive');
    kill(here.primary());
    await writing.more(50);
    await writing.end();
    await cutAndShip(copies, kept);
    expect([...kept.log.keys()]).toContain('00000002.history');
    const side = { ...spec, name: 'side' };
    const folder = storeFolder(join(here.folder, '..', '..', '..', '..'), side);
    valueOf(await postgresCopies({ spec: side, folder, clock: testClock }).restore(request(kept, folder)));
    const restored = here.open(side);
    const found = valueOf(await restored.ensure(never));
    expect(await query(found, 'SELECT count(*)::int FROM written')).toEqual(
      await query(binding, 'SELECT count(*)::int FROM written'),
    );
    await untilStandbys(restored, allSynchronous);
  }, 120_000);
});
