import { z } from 'zod';

/** What a share costs, and what it cost when the last day closed. */
export interface MarketQuote {
  readonly symbol: string;
  readonly priceCents: number;
  readonly closeCents: number | null;
  /** When it was traded: milliseconds since 1970. */
  readonly at: number;
}

export const marketQuote = z.object({
  symbol: z.string(),
  priceCents: z.int().positive(),
  closeCents: z.int().positive().nullable(),
  at: z.number(),
});

const snapshot = z.object({
  tickers: z.array(
    z.object({
      ticker: z.string(),
      lastTrade: z.object({ p: z.number().positive(), t: z.number() }),
      prevDay: z.object({ c: z.number() }).optional(),
    }),
  ),
});
const nanosecondsPerMillisecond = 1_000_000;

/** Polygon's answer to a question for all tickers; throws when it is something else. */
export function quotesInSnapshot(body: unknown): MarketQuote[] {
  return snapshot.parse(body).tickers.map(({ ticker, lastTrade, prevDay }) => ({
    symbol: ticker,
    priceCents: centsOf(lastTrade.p),
    closeCents: prevDay === undefined || prevDay.c <= 0 ? null : centsOf(prevDay.c),
    at: Math.floor(lastTrade.t / nanosecondsPerMillisecond),
  }));
}

const trade = z.object({ ev: z.literal('T'), sym: z.string(), p: z.number().positive(), t: z.number() });

/** The trades among the events of one message of Polygon's stream. */
export function tradesInMessage(text: string): { symbol: string; priceCents: number; at: number }[] {
  const events: unknown = JSON.parse(text);
  return (Array.isArray(events) ? events : []).flatMap((event) => {
    const parsed = trade.safeParse(event);
    return parsed.success
      ? [{ symbol: parsed.data.sym, priceCents: centsOf(parsed.data.p), at: parsed.data.t }]
      : [];
  });
}

/** What the message says of connecting: 'connected', 'auth_success' …; null for trades. */
export function statusInMessage(text: string): string | null {
  const parsed = z
    .array(z.object({ ev: z.literal('status'), status: z.string() }))
    .safeParse(JSON.parse(text));
  return parsed.success ? (parsed.data[0]?.status ?? null) : null;
}

const centsOf = (dollars: number) => Math.max(1, Math.round(dollars * 100));
