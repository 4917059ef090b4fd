/** What a user asks for. Money is in cents. */
export interface OrderRequest {
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  /** Whole shares. */
  readonly quantity: number;
  /** A buyer pays no more, a seller takes no less; null: whatever the market says. */
  readonly limitCents: number | null;
}

export type Decision =
  | { readonly take: true }
  | { readonly take: false; readonly reason: 'unknown_symbol' | 'limit_not_met' | 'not_enough_shares' };

/** Whether an order can be sent to the broker now: filled at once or not at all, and nobody sells what he has not. */
export function decide(order: OrderRequest, quoteCents: number | null, held: number): Decision {
  if (quoteCents === null) return { take: false, reason: 'unknown_symbol' };
  if (order.limitCents !== null && !meets(order.side, quoteCents, order.limitCents))
    return { take: false, reason: 'limit_not_met' };
  if (order.side === 'sell' && order.quantity > held) return { take: false, reason: 'not_enough_shares' };
  return { take: true };
}

const meets = (side: OrderRequest['side'], quote: number, limit: number) =>
  side === 'buy' ? quote <= limit : quote >= limit;

/** One dollar an order; half of it for those in the pricing experiment. */
export const commissionCents = (inExperiment: boolean): number => (inExperiment ? 50 : 100);

/** Whether a repeated request asks for what the first one with its key asked for. */
export const isSameOrder = (one: OrderRequest, other: OrderRequest): boolean =>
  one.symbol === other.symbol &&
  one.side === other.side &&
  one.quantity === other.quantity &&
  one.limitCents === other.limitCents;

const sentences = {
  unknown_symbol: 'There is no price for this symbol.',
  limit_not_met: 'The price is not within your limit.',
  not_enough_shares: 'You do not have that many shares.',
  broker_refused: 'The broker did not take it.',
} as const;

export const isReason = (reason: string): reason is keyof typeof sentences =>
  Object.hasOwn(sentences, reason);
/** What people are told about an order that was not filled. */
export const sentenceOf = (reason: string): string =>
  isReason(reason) ? sentences[reason] : 'It was not filled.';
