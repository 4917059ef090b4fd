import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fail, instant, ok } from '#kernel';
import { temporarySystem } from '../../place.fixture.ts';
import { freshRecord, readRecord, type ReplicationRecord, writeRecord } from './record.ts';

const record: ReplicationRecord = {
  wanted: 'running',
  synchronous: [1, 2],
  failover: { step: 'moving', reason: 'hung', lossless: true, standby: 2, asked: true, begun: instant(7) },
};

test('a record is read as it was written; without one there never was a standby', async () => {
  const { folder } = temporarySystem();
  expect(await readRecord(folder)).toEqual(ok(null));
  for (const one of [freshRecord, record]) {
    await writeRecord(folder, one);
    expect(await readRecord(folder)).toEqual(ok(one));
  }
});

test('of a copied folder nothing runs, and a takeover under way is still to be ended', async () => {
  const { folder } = temporarySystem();
  await writeRecord(folder, record);
  const copy = join(folder, 'copy');
  cpSync(join(folder, 'replication.json'), join(copy, 'replication.json'));
  expect(await readRecord(copy)).toEqual(ok({ ...record, wanted: 'stopped' }));
});

const broken = (failover: Partial<ReplicationRecord['failover']>, synchronous: readonly number[] = []) =>
  JSON.stringify({
    format: 1,
    folder: '',
    ...record,
    synchronous,
    failover: { ...record.failover, ...failover },
  });

test.each([
  'half a file {',
  '7',
  '{"format": 2}',
  broken({ standby: null }),
  broken({ standby: -1 }),
  broken({ standby: 1.5 }),
  broken({}, [0]),
])('%s is refused', async (text) => {
  const { folder } = temporarySystem();
  const file = join(folder, 'replication.json');
  writeFileSync(file, text);
  expect(await readRecord(folder)).toEqual(fail('store_state_unreadable', { file, reason: 'it is damaged' }));
});
