import { describe, expect, test } from 'vitest';
import { pathText, readSystem } from '#core/system';

function found(backup: object | undefined, recovery: object | undefined, kind = 'postgres', more = {}) {
  const { problems } = readSystem({
    name: 'shop',
    stores: { db: { kind, ...more, ...(backup === undefined ? {} : { backup }) } },
    ...(recovery === undefined ? {} : { recovery }),
    environments: { dev: { target: 'local' } },
  });
  return problems
    .filter(({ code }) => code !== 'not_honoured_yet')
    .map(({ severity, code, path, sentence, hint }) => ({
      told: `${severity} ${code} ${pathText(path)}`,
      sentence,
      hint,
    }));
}
const told = (...given: Parameters<typeof found>) => found(...given).map((one) => one.told);

const full = { every: '1d', keep: '14d' };
const promise = (rpo: string) => ({ rto: '4h', rpo });

describe('a loss that is declared and copies that cannot keep to it', () => {
  const missed = 'error definition_rpo_missed stores.db.backup';
  test.each([
    ['copies each day against a day', { full }, '1d', []],
    ['copies each day against less than a day', { full }, '<1d', [missed]],
    ['copies each day against an hour', { full }, '1h', [missed]],
    ['the rarer copies do not count', { full, longTerm: { every: '7d', keep: '365d' } }, '1d', []],
    ['a log often enough', { full, logEvery: '5m' }, '15m', []],
    ['a log at the edge', { full, logEvery: '15m' }, '15m', []],
    ['a log at an edge that is excluded', { full, logEvery: '15m' }, '<15m', [`${missed}.logEvery`]],
    ['a log below an edge that is excluded', { full, logEvery: '14m59s' }, '<15m', []],
    ['a log too rarely', { full, logEvery: '2h' }, '1h', [`${missed}.logEvery`]],
    ['no copies', undefined, '1h', ['warning definition_no_backup stores.db']],
    ['copies that say nothing', { encrypted: true }, '1h', ['warning definition_no_backup stores.db']],
  ])('%s', (_, backup, rpo, expected) => {
    expect(told(backup, promise(rpo))).toEqual(expected);
  });

  test('says what would be lost and what to write', () => {
    expect(found({ full }, promise('1h'))).toEqual([
      {
        told: missed,
        sentence: 'stores.db.backup allows a loss of up to 1d, but recovery.rpo is 1h.',
        hint: 'ship the log as well: logEvery: "15m", a third of what may be lost at most',
      },
    ]);
    expect(found({ full, logEvery: '15m' }, promise('<15m'))[0]).toMatchObject({
      sentence: 'stores.db.backup.logEvery allows a loss of up to 15m, but recovery.rpo is less than 15m.',
      hint: 'write "5m", a third of what may be lost at most',
    });
  });

  test('of a kind that keeps no log it is said as well, with what mends it', () => {
    const missedBy = (kind: string, rpo: string) => found({ full }, promise(rpo), kind);
    for (const kind of ['redis', 'bucket']) {
      expect(missedBy(kind, '10s')).toEqual([
        {
          told: 'warning definition_rpo_missed stores.db.backup',
          sentence:
            'stores.db.backup allows a loss of up to 1d, but recovery.rpo is 10s: every drill will measure it.',
          hint: 'declare an rpo of "1d", or leave backup out where what it holds can be made anew',
        },
      ]);
      expect(missedBy(kind, '<1h')[0]?.hint).toMatch(/^write full: \{ every: "15m", … \}, or declare an rpo/);
      expect(missedBy(kind, '1d')).toEqual([]);
      expect(told(undefined, promise('10s'), kind)).toEqual([]);
    }
    expect(found({ full }, promise('10s'))[0]?.hint).toContain('logEvery: "3s"');
  });

  test('but not of a cache, of which any key may be gone at any moment', () => {
    const toldOf = (evictionPolicy: string) => told({ full }, promise('1h'), 'redis', { evictionPolicy });
    expect(toldOf('allkeys-lru')).toEqual([]);
    expect(toldOf('volatile-lru')).toEqual(['warning definition_rpo_missed stores.db.backup']);
    expect(toldOf('noeviction')).toEqual(['warning definition_rpo_missed stores.db.backup']);
  });

  test('what is advised is not complained about', () => {
    for (const rpo of ['3s', '1m', '10m', '15m', '1h', '4h', '1d']) {
      const { hint = null } = found({ full: { every: '30d', keep: '60d' } }, promise(rpo))[0] ?? {};
      const logEvery = /logEvery: "([^"]+)"/.exec(hint ?? '')?.[1];
      expect(told({ full, logEvery }, promise(`<${rpo}`)), `${rpo}: ${logEvery}`).toEqual([]);
    }
  });

  test('nothing is promised, nothing is missed', () => {
    expect(told({ full }, undefined)).toEqual([]);
    expect(told(undefined, undefined)).toEqual([]);
  });
});

describe('copies that say what cannot be', () => {
  const at = (field: string, severity = 'error') =>
    `${severity} definition_backup_unfit stores.db.backup${field}`;
  test.each([
    ['any moment without a log', 'postgres', { full, pointInTime: '7d' }, [at('.pointInTime')]],
    ['any moment with a log', 'postgres', { full, pointInTime: '7d', logEvery: '15m' }, []],
    ['a log and nothing to begin with', 'postgres', { logEvery: '15m' }, [at('')]],
    [
      'kept shorter than made',
      'postgres',
      { full: { every: '7d', keep: '1d' } },
      [at('.full.keep', 'warning')],
    ],
    ['kept as long as made', 'postgres', { full: { every: '1d', keep: '1d' } }, []],
    [
      'the long term shorter than the others',
      'postgres',
      { full: { every: '1d', keep: '30d' }, longTerm: { every: '7d', keep: '28d' } },
      [at('.longTerm.keep', 'warning')],
    ],
    ['a log of a Redis', 'redis', { full, logEvery: '15m' }, [at('.logEvery')]],
    ['any moment of a bucket', 'bucket', { full, pointInTime: '7d' }, [at('.pointInTime')]],
    ['copies of a bucket', 'bucket', { full }, []],
  ])('%s', (_, kind, backup, expected) => {
    expect(told(backup, undefined, kind)).toEqual(expected);
  });
});

describe('drills', () => {
  test('without copies have nothing to restore', () => {
    const drills = { ...promise('1d'), drillEvery: '30d' };
    const useless = 'warning definition_backup_unfit recovery.drillEvery';
    expect(told(undefined, drills, 'redis')).toEqual([useless]);
    expect(told({ full }, drills, 'redis')).toEqual([]);
    expect(told({ full }, drills)).toEqual([]);
  });

  test('look at databases that are there', () => {
    const looks = (store: string) => ({ ...promise('1d'), verify: { [store]: { rows: { orders: 1 } } } });
    expect(told({ full }, looks('db'))).toEqual([]);
    expect(told({ full }, looks('bd'))).toEqual(['error definition_unknown_reference recovery.verify.bd']);
    expect(told({ full }, looks('db'), 'redis')).toEqual([
      'warning definition_backup_unfit recovery.verify.db',
    ]);
  });
});
