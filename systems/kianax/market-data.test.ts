import { manualClock } from 'fairway-kit/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProposal } from './services/agent/ask.ts';
import { leadByTurns } from './services/market-data/leader.ts';
import { quotesInSnapshot, statusInMessage, tradesInMessage } from './services/market-data/quotes.ts';
import { bucketOf } from './stand-ins/vendors/flags.ts';
import { eventually } from './testing/people.ts';
import { startStores, type Stores } from './testing/stores.ts';

describe('what Polygon says', () => {
  test('is a snapshot in dollars and nanoseconds', () => {
    const tickers = [
      { ticker: 'AAPL', lastTrade: { p: 187.455, t: 1_700_000_000_123_456_768 }, prevDay: { c: 185 } },
      { ticker: 'NEW', lastTrade: { p: 0.004, t: 1_000_000 }, prevDay: { c: 0 } },
    ];
    expect(quotesInSnapshot({ tickers })).toEqual([
      { symbol: 'AAPL', priceCents: 18_746, closeCents: 18_500, at: 1_700_000_000_123 },
      { symbol: 'NEW', priceCents: 1, closeCents: null, at: 1 },
    ]);
    expect(() => quotesInSnapshot({ status: 'ERROR' })).toThrow();
  });

  test('are trades among other events', () => {
    const text =
      '[{"ev":"T","sym":"MSFT","p":420.5,"t":5},{"ev":"Q","sym":"MSFT"},{"ev":"T","sym":"X","p":-1,"t":5}]';
    expect(tradesInMessage(text)).toEqual([{ symbol: 'MSFT', priceCents: 42_050, at: 5 }]);
    expect(statusInMessage(text)).toBeNull();
    expect(statusInMessage('[{"ev":"status","status":"connected"}]')).toBe('connected');
  });
});

test.each([
  ['{"side":"buy","quantity":2,"reason":"so"}', { side: 'buy', quantity: 2, reason: 'so' }],
  ['Sure! Buy two.', null],
  ['{"side":"steal","quantity":2,"reason":"so"}', null],
  ['{"side":"buy","quantity":-2,"reason":"so"}', null],
])('a model that says %s proposes %o', (content, proposal) => {
  expect(readProposal(content)).toEqual(proposal);
});

test.each([0.1, 0.5, 1])(
  'a gate for a share of %d is open to that share of users, always the same',
  (share) => {
    const users = Array.from({ length: 4_000 }, (_, number) => `user-${number}`);
    const opened = users.filter((user) => bucketOf('gate', user) < share);
    expect(opened.length / users.length).toBeCloseTo(share, 1);
    expect(users.filter((user) => bucketOf('gate', user) < share)).toEqual(opened);
  },
);

describe('of several replicas', () => {
  let stores: Stores;
  let redis: Redis;
  beforeAll(async () => {
    stores = await startStores();
    redis = new Redis(stores.env.REDIS_URL);
  }, 120_000);
  afterAll(async () => {
    redis?.disconnect();
    await stores?.close();
  });

  test('one listens to the vendor, and when it goes another one does', async () => {
    const clock = manualClock();
    const log = { info() {}, warning() {} } as unknown as Parameters<typeof leadByTurns>[0]['log'];
    const leaders = new Set<string>();
    const begin = (id: string) => {
      const stop = new AbortController();
      const done = leadByTurns({ redis, id, clock, log, stopping: stop.signal }, async (signal) => {
        leaders.add(id);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        leaders.delete(id);
      });
      return async () => {
        stop.abort();
        await done;
      };
    };
    const endFirst = begin('first');
    await eventually(() => leaders.has('first'), 'the first leads');
    const endSecond = begin('second');
    for (let turn = 0; turn < 5; turn += 1) await clock.advance(1_500);
    expect([...leaders]).toEqual(['first']);
    await endFirst();
    await eventually(async () => (await clock.advance(1_500), leaders.has('second')), 'the second leads');
    await endSecond();
    expect(leaders.size).toBe(0);
  }, 30_000);
});
