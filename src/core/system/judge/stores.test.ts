import { expect, test } from 'vitest';
import { pathText, readSystem } from '#core/system';

function found(base: object, inDev: object = {}) {
  const { problems } = readSystem({
    name: 'shop',
    stores: { db: { kind: 'postgres', ...base } },
    environments: { dev: { target: 'local', stores: { db: { kind: 'postgres', ...inDev } } } },
  });
  return problems
    .filter(({ code }) => code === 'definition_no_standbys')
    .map(({ severity, path }) => `${severity} ${pathText(path)}`);
}

test.each([
  [{}, []],
  [{ synchronous: false }, []],
  [{ standbys: 1, synchronous: true, failoverAfter: '5s' }, []],
  [{ synchronous: true }, ['error environments.dev.stores.db.synchronous']],
  [{ standbys: 0, synchronous: true }, ['error environments.dev.stores.db.synchronous']],
  [{ failoverAfter: '5s' }, ['warning environments.dev.stores.db.failoverAfter']],
])('%j', (store, problems) => {
  expect(found({}, store)).toEqual(problems);
});

test('an environment that takes the standbys away has to take what hangs on them away, too', () => {
  const base = { standbys: 2, synchronous: true };
  expect(found(base)).toEqual([]);
  expect(found(base, { standbys: 0 })).toHaveLength(1);
  expect(found(base, { standbys: 0, synchronous: false })).toEqual([]);
});
