import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settableClock } from '../../test/contract/store.ts';
import { type Instant, instant, millis } from '#kernel';
import type { Store } from '#ports';
import { createMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';

type Step =
  | { do: 'commit'; stream: string; guess: number; types: string[]; rows: RowStep[]; fence: FenceStep | null }
  | { do: 'acquire'; lease: string; owner: string; length: number }
  | { do: 'giveUp'; lease: string; owner: string }
  | { do: 'pass'; time: number }
  | { do: 'look'; stream: string; after: number; limit: number; prefix: string }
  | { do: 'reopen' };
interface RowStep {
  key: string;
  guess: number;
  value: number | null;
}
interface FenceStep {
  lease: string;
  guess: number;
}

// guesses are offsets from what is true, mostly 0: histories then get far enough to be interesting
const guess = fc.oneof(
  { weight: 9, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
);
const stream = fc.constantFrom('a', 'b');
const lease = fc.constantFrom('engine', 'sweeper');
const owner = fc.constantFrom('me', 'you');
const key = fc.constantFrom('k', 'k/1', 'k/2', 'ü');
const rowStep = fc.record({
  key,
  guess,
  value: fc.oneof({ weight: 3, arbitrary: fc.nat(9) }, fc.constant(null)),
});
const kinds: { [Kind in Step['do']]: fc.Arbitrary<Extract<Step, { do: Kind }>> } = {
  commit: fc.record({
    do: fc.constant('commit'),
    stream,
    guess,
    types: fc.array(fc.constantFrom('x', 'y'), { maxLength: 3 }),
    rows: fc.array(rowStep, { maxLength: 3 }),
    fence: fc.option(fc.record({ lease, guess })),
  }),
  acquire: fc.record({ do: fc.constant('acquire'), lease, owner, length: fc.integer({ min: 0, max: 100 }) }),
  giveUp: fc.record({ do: fc.constant('giveUp'), lease, owner }),
  pass: fc.record({ do: fc.constant('pass'), time: fc.integer({ min: -20, max: 80 }) }),
  look: fc.record({
    do: fc.constant('look'),
    stream,
    after: fc.nat(20),
    limit: fc.nat(10),
    prefix: fc.constantFrom('', 'k', 'k/', 'z'),
  }),
  reopen: fc.record({ do: fc.constant('reopen') }),
};

/** Each history first draws how often each kind of step happens in it, so that histories differ in character. */
const history: fc.Arbitrary<readonly Step[]> = fc
  .tuple(...(Object.keys(kinds) as Step['do'][]).map((kind) => fc.tuple(fc.constant(kind), fc.nat(8))))
  .chain((weights) =>
    fc.array(
      fc.oneof(
        { weight: 1, arbitrary: kinds.commit },
        ...weights.map(([kind, weight]) => ({ weight, arbitrary: kinds[kind] as fc.Arbitrary<Step> })),
      ),
      { minLength: 20, maxLength: 80 },
    ),
  );

it('the SQLite store answers every history as the memory store does', async () => {
  await fc.assert(fc.asyncProperty(history, agree), { numRuns: 60 });
});

async function agree(steps: readonly Step[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-model-'));
  const clock = settableClock();
  const open = async () => {
    const opened = await openSqliteStore(join(folder, 'store.db'), { clock });
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    return opened.value;
  };
  const oracle = createMemoryStore({ clock });
  let store = await open();
  try {
    for (const [number, step] of steps.entries()) {
      if (step.do === 'pass') clock.set(instant(clock.now() + step.time));
      if (step.do === 'reopen') {
        await store.close();
        store = await open();
      }
      const action = await actionOf(step, oracle, clock.now());
      expect(await action(store), `step ${number}: ${JSON.stringify(step)}`).toEqual(await action(oracle));
    }
    for (const name of ['a', 'b']) {
      expect(await store.read(name, 0, 1_000)).toEqual(await oracle.read(name, 0, 1_000));
      expect([await store.verify(name), await oracle.verify(name)]).toEqual([null, null]);
    }
    expect(await store.rows('doc', '')).toEqual(await oracle.rows('doc', ''));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** The step as a call that can be made on both stores; what it expects to find is read from the oracle once. */
async function actionOf(
  step: Step,
  oracle: Store,
  now: Instant,
): Promise<(store: Store) => Promise<unknown>> {
  switch (step.do) {
    case 'commit': {
      const commit = await commitFrom(step, oracle, now);
      return (store) => store.commit(commit);
    }
    case 'acquire':
      return (store) => store.acquire(step.lease, step.owner, millis(step.length), now);
    case 'giveUp':
      return (store) => store.giveUp(step.lease, step.owner);
    case 'look':
      return (store) =>
        Promise.all([
          store.read(step.stream, step.after, step.limit),
          store.last(step.stream),
          store.rows('doc', step.prefix),
          store.row('doc', 'k/1'),
          store.verify(step.stream),
        ]);
    case 'pass':
    case 'reopen':
      return () => Promise.resolve();
  }
}

/** Epoch that commits fence with: the last one granted by the oracle, which the memory of a test keeps here. */
const fenceEpoch = async (oracle: Store, fence: FenceStep): Promise<number> => {
  const probe = await oracle.commit({
    stream: 'probe',
    expected: 0,
    entries: [],
    rows: [],
    fence: { lease: fence.lease, epoch: -1 },
  });
  const present = probe.ok ? 0 : Number(probe.error.facts['present']);
  return present + fence.guess;
};

async function commitFrom(step: Extract<Step, { do: 'commit' }>, oracle: Store, now: Instant) {
  const last = await oracle.last(step.stream);
  const rows = [];
  for (const { key: name, guess: offset, value } of step.rows) {
    const version = (await oracle.row('doc', name))?.version ?? 0;
    rows.push({ kind: 'doc', key: name, expected: version + offset, format: 1, value });
  }
  return {
    stream: step.stream,
    expected: (last?.sequence ?? 0) + step.guess,
    entries: step.types.map((type) => ({ type, at: now, data: { type, now } })),
    rows,
    fence:
      step.fence === null ? null : { lease: step.fence.lease, epoch: await fenceEpoch(oracle, step.fence) },
  };
}
