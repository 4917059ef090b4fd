/** Where prices begin, in cents. */
export const beginnings: Readonly<Record<string, number>> = {
  AAPL: 22_815,
  AMZN: 18_640,
  GOOGL: 17_020,
  META: 58_490,
  MSFT: 42_105,
  NVDA: 13_260,
  TSLA: 24_935,
  SPY: 56_870,
};

/** The next price: a step of at most 0.15%, with a pull back to where it began, and at least a cent to move. */
export function nextPrice(price: number, beginning: number, random: () => number): number {
  const step = (random() - 0.5) * 0.003;
  const pull = (beginning - price) / beginning / 200;
  return Math.max(100, Math.round(price * (1 + step + pull)));
}
