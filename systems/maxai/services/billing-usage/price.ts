/** Prices in millionths of a dollar per unit, so that a token has a price in whole numbers. */
export const plans = {
  standard: { llm_tokens: 2, calls: 150_000, messages: 10_000, webhook_events: 100 },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

export type Plan = keyof typeof plans;

export interface Line {
  readonly meter: string;
  readonly amount: number;
  readonly priceMicros: number;
  readonly cents: number;
}

export interface Invoice {
  readonly lines: readonly Line[];
  readonly cents: number;
}

/** What was used, priced. Each line is rounded to whole cents, half up; what has no price costs nothing. */
export function invoiceOf(used: Readonly<Record<string, number>>, plan: Plan): Invoice {
  const prices: Readonly<Record<string, number>> = plans[plan];
  const lines = Object.entries(used)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([meter, amount]) => {
      const priceMicros = prices[meter] ?? 0;
      return { meter, amount, priceMicros, cents: Math.round((amount * priceMicros) / 10_000) };
    });
  return { lines, cents: lines.reduce((sum, { cents }) => sum + cents, 0) };
}
