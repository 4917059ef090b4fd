import type { Client } from 'fairway-kit';
import { z } from 'zod';

/** What a share costs. */
export interface Quote {
  readonly symbol: string;
  readonly priceCents: number;
  /** When it was traded at that price: milliseconds since 1970. */
  readonly at: number;
}

export const quoteSchema = z.object({
  symbol: z.string(),
  priceCents: z.int().positive(),
  at: z.number(),
});

/** Asks market-data. Null: there is no such symbol. Rejects when it does not answer. */
export async function askQuote(marketData: Client, symbol: string): Promise<Quote | null> {
  const { status, body } = await marketData.call('GET', `/quotes/${encodeURIComponent(symbol)}`);
  if (status === 404) return null;
  if (status !== 200) throw new Error(`market-data answered ${status}`);
  return quoteSchema.parse(body);
}

export const symbolSchema = z
  .string()
  .regex(/^[A-Z]{1,5}(\.[A-Z])?$/, 'write a symbol of a share, such as "AAPL"');
