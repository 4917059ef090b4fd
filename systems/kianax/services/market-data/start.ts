import { randomUUID } from 'node:crypto';
import { createClient, type Host, type Parts, type Service } from 'fairway-kit';
import { honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { createBoard } from './board.ts';
import { follow } from './feed.ts';
import { leadByTurns } from './leader.ts';
import { settings } from './settings.ts';

export const marketData: Service<typeof settings> = { name: 'market-data', settings, start };

async function start(host: Host<typeof settings>): Promise<Parts> {
  const { log, metrics, clock, stopping } = host;
  const { redisUrl, polygonUrl, polygonKey, standIn } = host.settings;
  const cache = createRedis({ url: redisUrl, use: 'store' }, { log, name: 'market-data' });
  const subscriber = createRedis({ url: redisUrl, use: 'queue' }, { log, name: 'market-data-subscriber' });
  const board = createBoard(cache.redis, subscriber.redis, log);
  await board.load().catch((reason: unknown) => log.warning('the board begins empty', { reason }));

  const client = createClient(
    { name: 'polygon', base: standIn ?? polygonUrl, timeout: 5_000, outside: true },
    { log, metrics, clock },
  );
  const streamUrl = standIn === null ? host.settings.streamUrl : `${standIn.replace(/^http/, 'ws')}/stocks`;
  const feed = { client, streamUrl, key: polygonKey, board, clock, log };
  const leading = leadByTurns({ redis: cache.redis, id: randomUUID(), clock, log, stopping }, (signal) =>
    follow(feed, signal),
  );
  metrics.gauge('quotes', 'Symbols with a quote.', () => board.all().length);
  metrics.gauge('quotes_age_seconds', 'Since the last trade of any symbol.', () =>
    ageOf(board.all(), clock.now()),
  );

  const app = new Hono();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.get('/quotes', (c) => c.json({ quotes: board.all() }));
  app.get('/quotes/:symbol', (c) => {
    const symbol = c.req.param('symbol');
    const quote = board.get(symbol);
    return quote === null
      ? problem(c, 404, 'unknown_symbol', `There is no price of ${symbol}.`)
      : c.json(quote);
  });

  return {
    handler: honoHandler(app),
    ready: {
      cache: cache.ready,
      quotes: () =>
        board.all().length > 0 ? Promise.resolve() : Promise.reject(new Error('there are no quotes yet')),
    },
    started: () => board.all().length > 0,
    finish: () => leading,
    async close() {
      await Promise.all([cache.close(), subscriber.close()]);
    },
  };
}

function ageOf(quotes: readonly { readonly at: number }[], now: number): number {
  const latest = Math.max(0, ...quotes.map(({ at }) => at));
  return latest === 0 ? 0 : Math.max(0, now - latest) / 1_000;
}
