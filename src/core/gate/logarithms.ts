/** ln(e^a + e^b) without overflow. */
export function logAddExp(a: number, b: number): number {
  const [high, low] = a < b ? [b, a] : [a, b];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

/** ln Σ e^x without overflow. */
export function logSum(logs: readonly number[]): number {
  const highest = Math.max(...logs);
  let sum = 0;
  for (const each of logs) sum += Math.exp(each - highest);
  return highest + Math.log(sum);
}

/** e^x, but never beyond what JSON can hold. */
export const boundedExp = (x: number) => Math.exp(Math.min(x, 700));
