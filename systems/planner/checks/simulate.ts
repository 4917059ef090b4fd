import { check } from './check.ts';

const plan = {
  portfolio: 750_000,
  spending: 30_000,
  years: 25,
  equity: 55,
  inflation: 2,
  scenarios: 500,
  seed: 20_260,
};
/** What this plan has come to since the first version of the model. */
const known = { success: 0.936, median: 578_383 };

/** Green: the same outcome as ever, within 2 s. */
await check(2_000, async (ask) => {
  const response = await ask('/api/simulations', plan);
  const { success, years } = (await response.json()) as { success: number; years: { p50: number }[] };
  const median = years.at(-1)?.p50 ?? 0;
  if (success !== known.success || median !== known.median)
    throw new Error(`the outcome is ${success} and ${median}, not ${known.success} and ${known.median}`);
  return `${Math.round(success * 1_000) / 10} of 100 futures last, as ever (cache: ${response.headers.get('x-cache') ?? 'unknown'})`;
});
