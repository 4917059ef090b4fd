/** What users of the tests write down. */
export const trade = {
  symbol: 'AAPL',
  side: 'buy',
  quantity: '3',
  price: '101.25',
  profitCents: 1_250,
  executedAt: '2025-01-15T10:00:00Z',
};
export const reflection = { note: 'I followed the plan and kept the stop-loss where it was.' };
