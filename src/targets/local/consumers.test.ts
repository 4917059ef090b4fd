import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '#kernel';
import { type ConsumerReplica, standingOf } from './consumers.ts';

const replica = (name: string, more: Partial<ConsumerReplica> = {}): ConsumerReplica => ({
  replica: name,
  createdAt: instant(name.charCodeAt(0)),
  isServing: true,
  state: 'ready',
  runs: true,
  served: true,
  role: 'passive',
  isTold: true,
  ...more,
});
const active = { role: 'active' } as const;

describe('who takes jobs', () => {
  test.each([
    ['the oldest begin', [replica('a'), replica('b'), replica('c')], 2, 'a resume b resume'],
    ['those at work stay', [replica('a'), replica('b', active)], 1, ''],
    ['of those at work the oldest stay', [replica('a', active), replica('b', active)], 1, 'b pause'],
    ['none is told to begin before it is ready', [replica('a', { state: 'starting' })], 1, ''],
    ['one that is gone is replaced', [replica('a', { ...active, runs: false }), replica('b')], 1, 'b resume'],
    [
      'one that is not ready any more pauses first',
      [replica('a', { ...active, state: 'unready' }), replica('b')],
      1,
      'a pause',
    ],
    [
      'one that is not ready stays where nobody else is',
      [replica('a', { ...active, state: 'unready' })],
      1,
      '',
    ],
    [
      'one that was left by another control plane keeps its place',
      [replica('a'), replica('b', { ...active, state: 'starting', isTold: false })],
      1,
      'b resume',
    ],
    [
      'one that has not answered yet holds its place',
      [replica('a', { role: 'resuming', isTold: false }), replica('b')],
      1,
      'a resume',
    ],
    [
      'one that leaves takes none',
      [replica('a', { ...active, isServing: false }), replica('b')],
      1,
      'a pause',
    ],
    ['one that was left paused is asked again', [replica('a', { isTold: false })], 0, 'a pause'],
    [
      'one that has never been ready is believed',
      [replica('a', { isTold: false, served: false, state: 'starting' })],
      0,
      '',
    ],
  ])('%s', (_, replicas, wanted, orders) => {
    const standing = standingOf(replicas, wanted);
    expect([...standing.orders].map((pair) => pair.join(' ')).join(' ')).toBe(orders);
  });

  test('so many and no more ever may take jobs, whoever answers when, and in the end exactly so many do', () => {
    const change = fc.record({
      at: fc.nat(4),
      what: fc.constantFrom('answer', 'crash', 'ready', 'unready'),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.array(change, { maxLength: 60 }), (wanted, changes) => {
        let all = ['a', 'b', 'c', 'd', 'e'].map((name) => replica(name));
        const put = (at: number, more: Partial<ConsumerReplica>) => {
          all = all.map((each, index) => (index === at ? { ...each, ...more } : each));
        };
        const send = () => {
          for (const [name, order] of standingOf(all, wanted).orders) {
            const at = all.findIndex((each) => each.replica === name);
            if (order === 'resume' && all[at]?.role === 'passive')
              put(at, { role: 'resuming', isTold: false });
          }
        };
        const answer = (at: number) => {
          const order = standingOf(all, wanted).orders.get(all[at]?.replica ?? '');
          if (order !== undefined) put(at, { role: order === 'pause' ? 'passive' : 'active', isTold: true });
        };
        const act = { answer, ready: (at: number) => put(at, { state: 'ready' }) } as const;
        for (const { at, what } of changes) {
          if (what === 'answer' || what === 'ready') act[what](at);
          else if (what === 'crash')
            put(at, { role: 'passive', isTold: false, served: false, state: 'starting' });
          else if (all[at]?.state === 'ready') put(at, { state: 'unready' });
          send();
          expect(all.filter(({ role }) => role !== 'passive').length).toBeLessThanOrEqual(wanted);
        }
        all = all.map((each) => ({ ...each, state: 'ready', served: true }));
        for (let round = 0; round < 12; round += 1)
          for (const at of all.keys()) {
            send();
            answer(at);
          }
        expect(standingOf(all, wanted)).toMatchObject({ isSettled: true, resumed: wanted, unpaused: [] });
      }),
      { numRuns: 300 },
    );
  });
});
