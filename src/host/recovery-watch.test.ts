import { expect, test } from 'vitest';
import { fail, ok } from '#kernel';
import { warningsOf } from './recovery-watch.ts';

const warning = (sentence: string, severity: 'warning' | 'error') => ({ code: 'a', sentence, severity });

test('what people should know comes worst first, of all stores', () => {
  const [may, is] = [warning('it may be', 'warning'), warning('it is', 'error')];
  const stores = [{ warnings: [may] }, { warnings: [is] }];
  expect(warningsOf(ok({ stores } as never))).toEqual([is, may]);
});

test('a place that does not answer any more takes the place of what was known before', () => {
  const state = fail('backup_place_unreachable', { place: 's3://copies', reason: 'connect ECONNREFUSED' });
  expect(warningsOf(state)).toEqual([
    {
      code: 'backup_place_unreachable',
      sentence: 'The place of the copies, s3://copies, cannot be used: connect ECONNREFUSED.',
      severity: 'error',
    },
  ]);
});
