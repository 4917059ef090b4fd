import { afterEach, describe, expect, test } from 'vitest';
import { type Clock, instant, type Json, minutes } from '#kernel';
import type { NewEntry, Store } from '#ports';
import { aPolicy, aService } from '#core/release/fixture';
import { createMemoryStore } from '#store';
import { createAudit } from './audit.ts';
import { anEnvironment, atOnce, aViewsBench, stopEngines, value } from './bench.fixture.ts';

afterEach(stopEngines);

const still: Clock = { now: () => instant(0), sleep: async () => undefined };

/** A journal that counts what is read of it. */
async function aJournal(streams: Readonly<Record<string, readonly NewEntry[]>>) {
  const store: Store = createMemoryStore({ clock: still });
  const counted = { read: 0, verified: 0 };
  const append = async (stream: string, entries: readonly NewEntry[]) => {
    const expected = (await store.last(stream))?.sequence ?? 0;
    value(await store.commit({ stream, expected, entries, rows: [], fence: null }));
  };
  for (const [stream, entries] of Object.entries(streams)) await append(stream, entries);
  const audit = createAudit(
    {
      last: (stream) => store.last(stream),
      async entries(stream, after, limit) {
        const entries = await store.read(stream, after, limit);
        counted.read += entries.length;
        return entries;
      },
      async verify(stream) {
        counted.verified += 1;
        return stream === 'recovery/dev' ? 2 : store.verify(stream);
      },
    },
    ({ code }) => code,
  );
  return { store, audit, counted, append };
}

const entry = (at: number, type: string, data: Json = {}): NewEntry => ({ type, at: instant(at), data });
const opening = (at: number, by: string) => entry(at, 'environment.opening', { by, environment: 'dev' });
const dev = { stream: 'dev', environment: 'dev', kind: 'environment' } as const;
const recovery = { stream: 'recovery/dev', environment: 'dev', kind: 'recovery' } as const;
const access = { stream: 'access', environment: null, kind: 'access' } as const;

describe('the audit', () => {
  test('puts what was done everywhere into one order, the newest first, each with its hash', async () => {
    const { audit, store } = await aJournal({
      dev: [opening(1, 'ann'), opening(4, 'ben')],
      'recovery/dev': [entry(3, 'recovery.held', { by: 'cat', of: 'db', reason: 'tax' })],
      access: [entry(2, 'access.token_made', { by: 'ann', name: 'ci', role: 'deployer', until: null })],
    });
    const lines = await audit.of([dev, recovery, access], 10);
    expect(lines.map(({ by, environment, sentence }) => [by, environment, sentence])).toEqual([
      ['ben', 'dev', 'ben brings dev up'],
      ['cat', 'dev', 'cat holds every copy of db: tax'],
      ['ann', null, 'ann made the token ci for the role deployer, good until it is revoked'],
      ['ann', 'dev', 'ann brings dev up'],
    ]);
    expect(lines[0]).toMatchObject({ sequence: 2, hash: (await store.last('dev'))?.hash });
    expect(await audit.of([dev, recovery, access], 2)).toEqual(lines.slice(0, 2));
  });

  test('reads from the end, and asked again only what is new', async () => {
    const many = Array.from({ length: 100_000 }, (_, i) => opening(i, 'ann'));
    const { audit, counted, append } = await aJournal({ dev: many });
    expect(await audit.of([dev], 200)).toHaveLength(200);
    expect(counted.read).toBeLessThanOrEqual(1_000);
    counted.read = 0;
    await append('dev', [opening(100_000, 'ben')]);
    const [newest, second] = await audit.of([dev], 200);
    expect([newest?.by, newest?.sequence, second?.sequence]).toEqual(['ben', 100_001, 100_000]);
    expect(counted.read).toBe(1);
  });

  test('goes back through what is no line until it has found enough', async () => {
    const noise = Array.from({ length: 30_000 }, (_, i) =>
      entry(i + 2, 'retired', { revision: 'edge-1', keep: 0 }),
    );
    const { audit, counted } = await aJournal({ dev: [opening(1, 'ann'), ...noise] });
    expect(await audit.of([dev], 200)).toMatchObject([{ by: 'ann', sequence: 1 }]);
    counted.read = 0;
    expect(await audit.of([dev], 200)).toHaveLength(1);
    expect(counted.read).toBe(0);
  });

  test('two who ask at once are told the same', async () => {
    const { audit } = await aJournal({ dev: Array.from({ length: 3_000 }, (_, i) => opening(i, 'ann')) });
    const [first, second] = await Promise.all([audit.of([dev], 1_000), audit.of([dev], 500)]);
    expect(first).toHaveLength(1_000);
    expect(second).toEqual(first?.slice(0, 500));
  });

  test('follows each chain, once for all who ask at a time, and names the first entry that does not fit', async () => {
    const { audit, counted, store } = await aJournal({
      dev: [opening(1, 'ann'), opening(4, 'ben')],
      'recovery/dev': [entry(3, 'recovery.held', { by: 'cat', of: 'db', reason: 'tax' })],
    });
    const [chains, again] = await Promise.all([1, 2].map(() => audit.chains([dev, recovery, access])));
    const hashOf = async (stream: string) => (await store.last(stream))?.hash;
    expect(chains).toEqual([
      { name: 'dev', environment: 'dev', entries: 2, hash: await hashOf('dev'), misfit: null },
      {
        name: 'dev, recovery',
        environment: 'dev',
        entries: 1,
        hash: await hashOf('recovery/dev'),
        misfit: 2,
      },
    ]);
    expect(again).toBe(chains);
    expect(counted.verified).toBe(3);
    await audit.chains([dev]);
    expect(counted.verified).toBe(4);
  });

  test('names an entry that cannot even be read, and still follows the others', async () => {
    const { store } = await aJournal({
      dev: [opening(1, 'ann'), opening(4, 'ben')],
      access: [opening(2, 'cat')],
    });
    const damaged = new Error('it holds damaged JSON');
    const journal = (misfit: number | null) =>
      createAudit(
        {
          last: async (stream) => (stream === 'dev' ? Promise.reject(damaged) : store.last(stream)),
          entries: (...page) => store.read(...page),
          verify: async (stream) => (stream === 'dev' ? misfit : store.verify(stream)),
        },
        ({ code }) => code,
      );
    expect(await journal(2).chains([dev, access])).toMatchObject([
      { name: 'dev', entries: 2, hash: '', misfit: 2 },
      { name: 'access', entries: 1, misfit: null },
    ]);
    await expect(journal(null).chains([dev, access])).rejects.toThrow(damaged); // the store itself is away
  });

  test('a journal that was brought back from a copy is read anew', async () => {
    const long = await aJournal({ dev: [opening(1, 'ann'), opening(2, 'ben')] });
    const short = await aJournal({ dev: [opening(1, 'cat')] });
    let present = long.store;
    const audit = createAudit(
      {
        last: (stream) => present.last(stream),
        entries: (stream, after, limit) => present.read(stream, after, limit),
        verify: (stream) => present.verify(stream),
      },
      ({ code }) => code,
    );
    expect(await audit.of([dev], 10)).toHaveLength(2);
    present = short.store;
    expect(await audit.of([dev], 10)).toMatchObject([{ by: 'cat' }]);
  });
});

test('the story of a system is told by who did it', async () => {
  const bench = aViewsBench([anEnvironment('dev'), anEnvironment('staging')]);
  const { engine, views, up, release, settled, folder } = bench;
  await up('dev');
  folder.version = 'two';
  await release(
    anEnvironment('dev', { services: [aService('edge', { strategy: atOnce, env: { A: '1' } })] }),
  );
  value(await engine.rollback('dev', null, { by: 'ben', note: 'carts are empty' }));
  await settled('dev');
  value(await engine.down('dev', { by: 'cat', note: '', erase: false }));
  await settled('dev');
  const lines = await views.audit(null, 100);
  expect(lines.map(({ by, sentence, note }) => [by, sentence, note])).toEqual([
    ['fairway', 'everything is stopped, the data is kept', ''],
    ['cat', 'cat takes it down; its data are kept', ''],
    ['fairway', 'release 1 is promoted', ''],
    ['fairway', 'going back to release 1; edge', ''],
    ['ben', 'ben asked to go back to release 1: "carts are empty"', 'carts are empty'],
    ['fairway', 'release 2 is promoted', ''],
    ['ann', 'release 2 by ann: "new page"; edge, from release 1', 'new page'],
    ['fairway', 'release 1 serves', ''],
    ['fairway', 'release 1 is promoted', ''],
    ['ann', 'starting release 1 by ann: "new page"; edge', 'new page'],
    ['fairway', 'stores and router are ready', ''],
    ['ann', 'ann brings dev up', ''],
  ]);
  expect(await views.audit('staging', 100)).toEqual([]);
  expect(await views.chains()).toMatchObject([{ name: 'dev', misfit: null }]);
});

test('an environment taken out of the definition takes nothing out of the audit', async () => {
  const { views, up, folder, clock, store } = aViewsBench([anEnvironment('dev'), anEnvironment('staging')]);
  await up('dev');
  const before = await views.audit(null, 100);
  folder.declared = [anEnvironment('staging')];
  await clock.sleep(minutes(1)); // what is declared is read anew
  expect(before.length).toBeGreaterThan(3);
  expect(await views.audit(null, 100)).toEqual(before);
  expect(await views.chains()).toMatchObject([{ name: 'dev', environment: 'dev', misfit: null }]);
  const restarted = aViewsBench([anEnvironment('staging')], {}, store);
  expect(await restarted.views.audit(null, 100)).toEqual(before);
});

test('what people ask of a rollout is told with their names', async () => {
  const bench = aViewsBench([anEnvironment('dev')]);
  const { engine, views, up, settled } = bench;
  await up('dev');
  const approval = { role: 'release manager', people: 1, within: minutes(60) };
  const next = anEnvironment('dev', {
    services: [aService('edge', { strategy: atOnce, env: { A: '1' } })],
    release: { ...aPolicy, approval },
  });
  const ask = {
    environment: next,
    sourceFolder: '/shop',
    source: '/shop',
    services: null,
    by: 'ann',
    note: '',
  };
  value(await engine.release(ask));
  const waiting = async () => (await engine.runner('dev')).active()?.phase === 'awaiting';
  for (let i = 0; i < 1_000 && !(await waiting()); i++) await bench.clock.sleep(minutes(0.01));
  const intend = (intent: 'pause' | 'resume' | 'approve', by: string) =>
    engine.intend('dev', { intent, by, note: `${intent} now`, role: 'release manager' });
  value(await intend('pause', 'ben'));
  value(await intend('resume', 'ben'));
  value(await intend('approve', 'cat'));
  await settled('dev');
  const lines = (await views.audit('dev', 100)).filter(({ type, note }) => type === 'rollout' && note !== '');
  expect(lines.map(({ by, sentence, note, release }) => [by, sentence, note, release])).toEqual([
    ['cat', 'cat approved release 2 as release manager', 'approve now', 2],
    ['ben', 'ben let release 2 go on after the pause', 'resume now', 2],
    ['ben', expect.stringMatching(/^ben paused release 2 at ".+"$/), 'pause now', 2],
  ]);
});
