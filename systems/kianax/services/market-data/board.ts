import type { Log } from 'fairway-kit';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { channels } from '../common/channels.ts';
import { type MarketQuote, marketQuote } from './quotes.ts';

const key = 'quotes';
const list = z.array(marketQuote);

/**
 * The latest quote of each symbol. Redis has it for all replicas; each keeps a copy, which what is published keeps up to
 * date, so that a question costs nothing.
 */
export interface Board {
  get(symbol: string): MarketQuote | null;
  all(): readonly MarketQuote[];
  /** Writes to Redis and tells everybody, this replica too. */
  publish(quotes: readonly MarketQuote[]): Promise<void>;
  /** Takes over what Redis has. */
  load(): Promise<void>;
}

export function createBoard(redis: Redis, subscriber: Redis, log: Log): Board {
  const quotes = new Map<string, MarketQuote>();
  const take = (news: readonly MarketQuote[]) => {
    for (const quote of news) {
      const known = quotes.get(quote.symbol);
      if (known === undefined || known.at <= quote.at) quotes.set(quote.symbol, quote);
    }
  };
  subscriber.on('message', (_channel: string, text: string) => {
    const parsed = list.safeParse(JSON.parse(text));
    if (parsed.success) take(parsed.data);
    else log.warning('what was published is no list of quotes');
  });
  // Queued until there is a connection, and repeated by itself on every new one.
  void subscriber.subscribe(channels.quotes).catch(() => undefined);

  return {
    get: (symbol) => quotes.get(symbol) ?? null,
    all: () => [...quotes.values()].toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    async publish(news) {
      if (news.length === 0) return;
      take(news);
      await redis
        .pipeline()
        .hset(key, Object.fromEntries(news.map((quote) => [quote.symbol, JSON.stringify(quote)])))
        .expire(key, 3_600)
        .publish(channels.quotes, JSON.stringify(news))
        .exec();
    },
    async load() {
      const found = await redis.hgetall(key);
      take(list.parse(Object.values(found).map((text) => JSON.parse(text) as unknown)));
    },
  };
}
